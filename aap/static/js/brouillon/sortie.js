/* On every page of a signed-in person: what this device still keeps for her is said, with the way
   back to it; signing out erases her copies, after a warning when some were never saved. */

import * as copies from "./copies.js";
import { typo } from "./mots.js";

const { utilisateur } = document.querySelector("[data-sortie]")?.dataset ?? {};

function element(balise, classe, texte = "") {
  const cree = document.createElement(balise);
  cree.className = classe;
  cree.textContent = typo(texte);
  return cree;
}

function bouton(classe, texte, acte) {
  const cree = element("button", `btn ${classe}`, texte);
  cree.type = "button";
  cree.addEventListener("click", acte);
  return cree;
}

/* Texts left by closed pages, elsewhere than here: one link per page. */
async function rappeler() {
  const restees = (await copies.orphelines(utilisateur)).filter((c) => c.adresse !== location.pathname);
  const pages = new Map(restees.map((c) => [c.adresse, c.titre || "la page"]));
  if (!pages.size) return;
  const boite = element("section", "bandeau-copie bandeau-rappel");
  boite.setAttribute("aria-label", "Réponses gardées sur cet appareil");
  const liste = element("ul", "");
  for (const [adresse, titre] of pages) {
    const lien = element("a", "", titre);
    lien.href = adresse;
    const ligne = element("li", "");
    ligne.append(lien);
    liste.append(ligne);
  }
  boite.append(
    element("p", "", "Des réponses gardées sur cet appareil ne sont pas encore enregistrées. Ouvrez ces pages pour les enregistrer :"),
    liste,
  );
  document.querySelector("main h1").closest(".tete").after(boite);
}

function avertir(nombre, effacer) {
  const dialogue = element("dialog", "carte reconnexion");
  const titre = element("h2", "carte-titre", "Des réponses ne sont pas enregistrées");
  titre.id = "sortie-titre";
  dialogue.setAttribute("aria-labelledby", titre.id);
  const combien = nombre > 1 ? `${nombre} textes ne sont gardés` : "Un texte n’est gardé";
  const texte = element("p", "", `${combien} que sur cet appareil. En vous déconnectant, vous les effacez.`);
  const boutons = element("div", "groupe-boutons");
  boutons.append(
    bouton("btn-principal", "Rester connecté", () => dialogue.close()),
    bouton("btn-secondaire", "Se déconnecter et effacer", effacer),
  );
  dialogue.append(titre, texte, boutons);
  dialogue.addEventListener("close", () => dialogue.remove());
  document.body.append(dialogue);
  dialogue.showModal();
}

function surDeconnexion(formulaire) {
  let libre = false;
  formulaire.addEventListener("submit", async (evenement) => {
    if (libre) return;
    evenement.preventDefault();
    const siennes = await copies.lister(utilisateur);
    const partir = async () => {
      await copies.vider(utilisateur);
      libre = true;
      formulaire.requestSubmit();
    };
    if (siennes.length) avertir(siennes.length, partir);
    else await partir();
  });
}

if (utilisateur) {
  const formulaire = document.querySelector("[data-sortie]");
  surDeconnexion(formulaire);
  if (location.pathname.startsWith("/porteur")) rappeler();
}
