/* Small comforts; every page works without this file. Behaviour is bound on data-* attributes. */
"use strict";

(() => {
  const FINE = "\u202f";

  /* A form sent once is not sent twice; the way back re-opens it. */
  function protegerEnvois() {
    document.addEventListener("submit", (evenement) => {
      const formulaire = evenement.target;
      if (evenement.defaultPrevented || formulaire.method === "get") return;
      if (formulaire.dataset.envoi === "en-cours") {
        evenement.preventDefault();
        return;
      }
      formulaire.dataset.envoi = "en-cours";
      const bouton = evenement.submitter;
      if (!bouton || bouton.hasAttribute("data-sans-attente")) return;
      bouton.dataset.libelle = bouton.innerHTML;
      bouton.setAttribute("aria-disabled", "true");
      bouton.textContent = "Envoi en cours…";
    });
    window.addEventListener("pageshow", rouvrirEnvois);
    document.addEventListener("htmx:afterRequest", rouvrirEnvois);
  }

  function rouvrirEnvois() {
    document.querySelectorAll('form[data-envoi="en-cours"]').forEach((formulaire) => {
      delete formulaire.dataset.envoi;
    });
    document.querySelectorAll("button[data-libelle]").forEach((bouton) => {
      bouton.innerHTML = bouton.dataset.libelle;
      delete bouton.dataset.libelle;
      bouton.removeAttribute("aria-disabled");
    });
  }

  /* Characters left, as the server counts them (a line break is one, code points not units). */
  function grouper(n) {
    return String(n).replace(/\B(?=(\d{3})+$)/g, FINE);
  }

  function compter(compteur) {
    const champ = document.getElementById(compteur.dataset.compteurDe);
    if (!champ) return;
    const maximum = Number(compteur.dataset.max);
    const annonce = compteur.cloneNode(false);
    annonce.removeAttribute("data-compteur-de");
    annonce.className = "visually-hidden";
    annonce.setAttribute("role", "status");
    compteur.after(annonce);
    let minuterie = 0;
    const dire = () => {
      const reste = maximum - [...champ.value].length;
      const pluriel = Math.abs(reste) > 1 ? "s" : "";
      compteur.textContent =
        reste >= 0
          ? `Il reste ${grouper(reste)} caractère${pluriel} sur ${grouper(maximum)}.`
          : `${grouper(-reste)} caractère${pluriel} de trop (limite : ${grouper(maximum)}).`;
      compteur.classList.toggle("compteur-depasse", reste < 0);
      clearTimeout(minuterie);
      if (reste <= maximum / 10 && document.activeElement === champ) {
        minuterie = setTimeout(() => (annonce.textContent = compteur.textContent), 1200);
      }
    };
    champ.addEventListener("input", dire);
    dire();
  }

  /* Unsaved work: the browser asks before the page is left. */
  function garder(formulaire) {
    let change = false;
    const marquer = () => (change = true);
    formulaire.addEventListener("input", marquer);
    formulaire.addEventListener("change", marquer);
    formulaire.addEventListener("submit", (evenement) => {
      if (!evenement.defaultPrevented) change = false;
    });
    window.addEventListener("beforeunload", (evenement) => {
      if (change) evenement.preventDefault();
    });
  }

  /* Menus made of <details>: one open at a time, closed by Escape or a click elsewhere. */
  function fermerMenus() {
    const fermer = (sauf) =>
      document.querySelectorAll("details[data-deroulant][open]").forEach((menu) => {
        if (menu !== sauf) menu.open = false;
      });
    document.addEventListener("click", (evenement) => {
      fermer(evenement.target.closest("details[data-deroulant]"));
    });
    document.addEventListener("keydown", (evenement) => {
      if (evenement.key !== "Escape") return;
      const menu = document.activeElement.closest("details[data-deroulant][open]");
      fermer(null);
      if (menu) menu.querySelector("summary").focus();
    });
  }

  /* A quick question before an act that can be undone; grave acts have their own page. */
  function confirmer() {
    document.addEventListener(
      "submit",
      (evenement) => {
        const porteur = evenement.submitter?.dataset.confirme
          ? evenement.submitter
          : evenement.target;
        const question = porteur.dataset.confirme;
        if (question && !window.confirm(question)) {
          evenement.preventDefault();
          evenement.stopImmediatePropagation();
        }
      },
      true,
    );
  }

  /* After a refused form, the reader starts at the summary of what is wrong. */
  function viserErreurs() {
    const resume = document.getElementById("resume-erreurs");
    if (resume && !location.hash) resume.focus();
  }

  function preparer(racine) {
    racine.querySelectorAll("[data-compteur-de]").forEach(compter);
    racine.querySelectorAll("form[data-garde]").forEach(garder);
  }

  confirmer();
  protegerEnvois();
  fermerMenus();
  preparer(document);
  viserErreurs();
  document.addEventListener("htmx:load", (evenement) => {
    if (evenement.target !== document.body) preparer(evenement.target);
  });
})();
