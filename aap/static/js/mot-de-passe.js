/* A password may be read while it is typed: long ones are typed right, on a telephone too.
   It is hidden again when the form leaves, so that browsers know it for what it is. */
"use strict";

(() => {
  function montrer(champ, bouton, oui) {
    champ.type = oui ? "text" : "password";
    bouton.textContent = oui ? "Masquer" : "Afficher";
    bouton.setAttribute("aria-label", oui ? "Masquer la saisie" : "Afficher la saisie");
  }

  document.querySelectorAll("main input[type=password]").forEach((champ) => {
    const cadre = document.createElement("div");
    const bouton = document.createElement("button");
    cadre.className = "avec-bouton";
    bouton.type = "button";
    bouton.className = "btn btn-secondaire";
    bouton.setAttribute("aria-controls", champ.id);
    champ.setAttribute("autocapitalize", "none");
    champ.setAttribute("spellcheck", "false");
    champ.replaceWith(cadre);
    cadre.append(champ, bouton);
    montrer(champ, bouton, false);
    bouton.addEventListener("click", () => montrer(champ, bouton, champ.type === "password"));
    champ.form.addEventListener("submit", () => montrer(champ, bouton, false));
  });
})();
