/* Nothing typed is lost: each answer is saved while it is written, and a copy stays on the device
   until the server has acknowledged it. Without this file the buttons of the page do everything.
   <form data-utilisateur="id" data-enregistrement> holds questions saved one by one,
   <form data-utilisateur="id" data-page> fields saved together. */

import { disponible } from "./brouillon/copies.js";
import { preparerConnexion } from "./brouillon/connexion.js";
import { Page } from "./brouillon/page.js";
import { Question } from "./brouillon/question.js";
import { annoncer, installer } from "./brouillon/veille.js";

const ATTENTE = 10_000;

function objetsDe(formulaire) {
  const { utilisateur } = formulaire.dataset;
  if (formulaire.hasAttribute("data-page")) return [new Page(formulaire, utilisateur)];
  return [...formulaire.querySelectorAll("[data-reponse]")]
    .filter((cadre) => !cadre.querySelector("[readonly], :disabled"))
    .map((cadre) => new Question(cadre, formulaire, utilisateur));
}

function limite(promesse) {
  return Promise.race([promesse, new Promise((fin) => setTimeout(fin, ATTENTE))]);
}

async function vider(objets) {
  await Promise.all(objets.map((objet) => objet.enCours));
  await Promise.all(objets.map((objet) => objet.envoyer()));
}

/* The button sends the page once nothing is on its way any more; it does not send it into the
   void, nor over a choice still to be made. */
function surEnvoi(formulaire, objets) {
  let libre = false;
  formulaire.addEventListener("submit", async (evenement) => {
    if (libre || !objets.some((o) => o.change || o.enCours || o.conflit || o.conflits?.size)) return;
    evenement.preventDefault();
    const bouton = evenement.submitter;
    await limite(vider(objets));
    const ouvert = formulaire.querySelector(".conflit");
    if (ouvert) {
      annoncer("Choisissez d’abord le texte à garder.");
      return ouvert.querySelector("button").focus();
    }
    if (objets.some((o) => o.change && !o.refuse)) {
      return annoncer("La page reste ouverte : vos réponses ne sont pas encore enregistrées.");
    }
    libre = true;
    formulaire.requestSubmit(bouton);
    setTimeout(() => (libre = false), 0);
  });
}

/* The last words of a page that is being closed leave with it. */
function surDepart(objets) {
  window.addEventListener("pagehide", () => {
    objets.filter((o) => o.change && !o.enCours).forEach((o) => o.envoyer({ keepalive: true }));
  });
  window.addEventListener("beforeunload", (evenement) => {
    if (!copiesPossibles && objets.some((o) => o.change)) evenement.preventDefault();
  });
}

let copiesPossibles = false;
const formulaires = [...document.querySelectorAll("form[data-utilisateur]")].filter((f) =>
  f.matches("[data-enregistrement], [data-page]"),
);
if (formulaires.length) {
  const connexion = preparerConnexion(formulaires[0].dataset.utilisateur);
  installer(formulaires[0], connexion);
  disponible().then((oui) => (copiesPossibles = oui));
}
for (const formulaire of formulaires) {
  const objets = objetsDe(formulaire);
  surEnvoi(formulaire, objets);
  surDepart(objets);
  objets.forEach((objet) => objet.retrouver());
}
