/* What is not saved yet, tried again with growing delays, at once when the network or the session
   is back; and the band that says where things stand, without chatter. */

import { disponible } from "./copies.js";
import { typo } from "./mots.js";

const DELAIS = [2, 4, 8, 15, 30, 60];
const TEXTES = {
  reseau: "Hors connexion : vos réponses sont gardées sur cet appareil. Elles partiront dès que la connexion reviendra.",
  serveur: "Le service ne répond pas pour l’instant : vos réponses sont gardées sur cet appareil. Nous réessayons.",
  session: "Votre session est terminée : vos réponses sont gardées sur cet appareil. Reconnectez-vous ici pour les enregistrer.",
  autre: "Une autre personne s’est connectée dans ce navigateur : vos réponses restent gardées sur cet appareil, pour vous seulement. Reconnectez-vous avec votre compte pour les enregistrer.",
};
const SANS_COPIE = "Ce navigateur ne garde pas de copie : laissez cette page ouverte.";

const enPanne = new Set();
let bandeau = null;
let voix = null;
let sorteDite = "";
let essai = 0;
let minuterie = 0;
let demanderConnexion = () => {};

function creer(balise, classe, texte = "") {
  const element = document.createElement(balise);
  element.className = classe;
  element.textContent = texte;
  return element;
}

/* Before the first form of the page. ``connexion``: opens the sign-in dialog. */
export function installer(formulaire, connexion) {
  demanderConnexion = connexion;
  bandeau = creer("div", "bandeau-copie");
  bandeau.hidden = true;
  voix = creer("p", "visually-hidden");
  voix.setAttribute("role", "status");
  formulaire.before(bandeau, voix);
  window.addEventListener("online", () => relancer());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && enPanne.size) relancer();
  });
}

export function annoncer(texte) {
  if (voix.textContent !== typo(texte)) voix.textContent = typo(texte);
}

async function montrer(sorte) {
  if (sorte === sorteDite) return;
  sorteDite = sorte;
  bandeau.hidden = !sorte;
  bandeau.replaceChildren();
  if (!sorte) return;
  const texte = creer("p", "", typo(TEXTES[sorte]));
  bandeau.append(texte);
  annoncer(texte.textContent);
  if (sorte === "session" || sorte === "autre") {
    bandeau.append(bouton("Se reconnecter ici", demanderConnexion));
  } else {
    bandeau.append(bouton("Réessayer maintenant", relancer));
  }
  if (!(await disponible())) texte.textContent = `${texte.textContent} ${typo(SANS_COPIE)}`;
}

export function bouton(libelle, acte) {
  const element = creer("button", "btn btn-secondaire", libelle);
  element.type = "button";
  element.addEventListener("click", acte);
  return element;
}

/* ``objet`` (with an ``envoyer`` method) could not be saved. */
export function panne(objet, sorte) {
  enPanne.add(objet);
  montrer(sorte);
  clearTimeout(minuterie);
  minuterie = setTimeout(relancer, DELAIS[Math.min(essai, DELAIS.length - 1)] * 1000);
  essai += 1;
}

export function repris(objet) {
  if (!enPanne.delete(objet) || enPanne.size) return;
  essai = 0;
  clearTimeout(minuterie);
  montrer("");
  annoncer("Connexion retrouvée : vos réponses sont enregistrées.");
}

/* Try everything again; the first that fails stops the round. */
export async function relancer() {
  clearTimeout(minuterie);
  for (const objet of [...enPanne]) {
    await objet.envoyer();
    if (enPanne.has(objet)) return;
  }
}
