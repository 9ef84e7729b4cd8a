/* Live totals of amounts, in integer cents; the server computes them again.
   <table data-totaux> holds inputs with data-montant="charges" (one or several group names parted
   by spaces) and outputs with data-total="charges". data-total="produits - charges" is a difference.
   An amount that cannot be read makes its totals read « – ».
   Other scripts of the page read the same cents: window.aapMontants.{lire, ecrire, sommes, calculer},
   and the event « totaux » is sent on the frame after each computation. */
"use strict";

(() => {
  const FINE = "\u202f";
  const INSECABLE = "\u00a0";

  /* Cents of a typed text; 0 when empty, null when unreadable (same rule as lire_montant). */
  function lire(texte) {
    const brut = texte
      .replace(/[\s\u2007\u2009]+/g, " ")
      .trim()
      .replace(/\s*(€|euros?|eur)$/i, "");
    if (brut === "") return 0;
    const m = /^([-−–]?)\s*(\d{1,3}(?: \d{3})+|\d{1,10})(?:[.,](\d{1,2}))?$/.exec(brut);
    if (!m) return null;
    const cents = Number(m[2].replaceAll(" ", "")) * 100 + Number((m[3] ?? "").padEnd(2, "0"));
    return m[1] ? -cents : cents;
  }

  function ecrire(cents) {
    if (cents === null) return "–";
    const valeur = Math.abs(cents);
    const entier = String(Math.trunc(valeur / 100)).replace(/\B(?=(\d{3})+$)/g, FINE);
    const reste = valeur % 100;
    const decimales = reste ? `,${String(reste).padStart(2, "0")}` : "";
    return `${cents < 0 ? "−" : ""}${entier}${decimales}${INSECABLE}€`;
  }

  function sommes(cadre) {
    const totaux = new Map();
    cadre.querySelectorAll("input[data-montant]").forEach((champ) => {
      const cents = lire(champ.value);
      champ.dataset.montant.split(/\s+/).forEach((groupe) => {
        const avant = totaux.has(groupe) ? totaux.get(groupe) : 0;
        totaux.set(groupe, avant === null || cents === null ? null : avant + cents);
      });
    });
    return totaux;
  }

  function calculer(cadre) {
    const totaux = sommes(cadre);
    const valeur = (nom) => (totaux.has(nom) ? totaux.get(nom) : 0);
    cadre.querySelectorAll("[data-total]").forEach((sortie) => {
      const parts = sortie.dataset.total.split(" - ").map((nom) => valeur(nom.trim()));
      const total = parts.includes(null) ? null : parts.reduce((a, b) => a - b);
      sortie.textContent = ecrire(total);
      sortie.classList.toggle("nul", total === 0);
    });
    cadre.dispatchEvent(new CustomEvent("totaux", { detail: totaux }));
  }

  window.aapMontants = { lire, ecrire, sommes, calculer };

  document.querySelectorAll("[data-totaux]").forEach((cadre) => {
    cadre.addEventListener("input", () => calculer(cadre));
    calculer(cadre);
  });
})();
