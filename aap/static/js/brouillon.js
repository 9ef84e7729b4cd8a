/* Autosaved forms (data-brouillon="#where-to-speak"): what is not saved is said, and the browser
   asks before the page is left. Without this file the « Enregistrer » button does everything. */
"use strict";

(() => {
  function raison(requete) {
    let lu = {};
    try {
      lu = JSON.parse(requete.responseText);
    } catch {
      lu = {};
    }
    const details = (lu.problemes || []).map((p) => p.message);
    const phrases = [lu.message, ...details, lu.que_faire].filter(Boolean);
    return phrases.join(" ") || "Le serveur ne répond pas : gardez la page ouverte et réessayez.";
  }

  function suivre(formulaire) {
    const place = document.querySelector(formulaire.dataset.brouillon);
    let enAttente = false;
    formulaire.addEventListener("input", () => (enAttente = true));
    formulaire.addEventListener("submit", () => (enAttente = false));
    formulaire.addEventListener("htmx:beforeRequest", () => (enAttente = false));
    const echec = (evenement) => {
      enAttente = true;
      place.textContent = `Non enregistré. ${raison(evenement.detail.xhr || {})}`;
    };
    formulaire.addEventListener("htmx:responseError", echec);
    formulaire.addEventListener("htmx:sendError", echec);
    window.addEventListener("beforeunload", (evenement) => {
      if (enAttente) evenement.preventDefault();
    });
  }

  document.querySelectorAll("form[data-brouillon]").forEach(suivre);
})();
