/* Sign in again without leaving the page: <dialog data-reconnexion>. The dialog opens only when it
   is asked for, so that nobody types half a sentence into a password. */

import { appeler, poserJeton } from "./transport.js";
import { relancer } from "./veille.js";

const dialogue = document.querySelector("dialog[data-reconnexion]");
const formulaire = dialogue?.querySelector("form");
const faute = dialogue?.querySelector("[data-faute]");

function dire(texte) {
  faute.hidden = !texte;
  faute.textContent = texte;
}

async function envoyer(utilisateur) {
  const { corps: depart } = await appeler(formulaire.action);
  return appeler(formulaire.action, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": depart.jeton ?? "" },
    body: JSON.stringify({
      courriel: formulaire.elements.courriel.value,
      mot_de_passe: formulaire.elements.mot_de_passe.value,
      utilisateur: Number(utilisateur),
    }),
  });
}

async function connecter(utilisateur) {
  const boutonEnvoi = formulaire.querySelector('[type="submit"]');
  boutonEnvoi.setAttribute("aria-disabled", "true");
  dire("");
  try {
    const { statut, corps } = await envoyer(utilisateur);
    if (statut !== 200) return dire(corps.message || "La connexion n’a pas abouti. Réessayez.");
    poserJeton(corps.jeton);
    dialogue.close();
    await relancer();
  } catch {
    dire("Le serveur ne répond pas. Vos réponses restent gardées sur cet appareil. Réessayez.");
  } finally {
    formulaire.elements.mot_de_passe.value = "";
    boutonEnvoi.removeAttribute("aria-disabled");
  }
}

export function preparerConnexion(utilisateur) {
  if (!dialogue) return () => location.assign("/connexion");
  formulaire.addEventListener("submit", (evenement) => {
    evenement.preventDefault();
    connecter(utilisateur);
  });
  dialogue.querySelector("[data-plus-tard]").addEventListener("click", () => dialogue.close());
  return () => {
    dire("");
    dialogue.showModal();
  };
}
