/* The balance of the budget in words, from the live totals written by totaux.js. */
"use strict";

(() => {
  const cadre = document.querySelector("[data-budget]");
  const phrase = cadre?.querySelector("[data-phrase]");
  if (!phrase) return;

  function cents(nom) {
    const texte = cadre.querySelector(`[data-total="${nom}"]`).textContent;
    if (!/\d/.test(texte)) return null;
    const [entier, decimales] = texte.replace(/[^\d,]/g, "").split(",");
    return Number(entier) * 100 + Number((decimales ?? "").padEnd(2, "0"));
  }

  function ecrire(valeur) {
    const entier = String(Math.trunc(valeur / 100)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
    const reste = valeur % 100 ? `,${String(valeur % 100).padStart(2, "0")}` : "";
    return `${entier}${reste}\u00a0€`;
  }

  function dire() {
    const charges = cents("charges");
    const produits = cents("produits");
    if (charges === null || produits === null) return "Un montant n’est pas lisible : corrigez-le pour voir l’équilibre.";
    if (!charges && !produits) return "Écrivez les premières charges de l’action.";
    if (charges > produits) return `Il manque ${ecrire(charges - produits)} de produits pour équilibrer le budget.`;
    if (produits > charges) return `Il manque ${ecrire(produits - charges)} de charges pour équilibrer le budget.`;
    return `Le budget est équilibré à ${ecrire(charges)}.`;
  }

  let minuterie = 0;
  cadre.addEventListener("input", () => {
    clearTimeout(minuterie);
    minuterie = setTimeout(() => (phrase.textContent = dire()), 400);
  });
})();
