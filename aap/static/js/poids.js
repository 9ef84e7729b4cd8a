/* The sum of the weights while one types; the server checks it again.
   Inputs carry data-poids; the sentence is written in the element data-total-poids. */
"use strict";

(() => {
  const sortie = document.querySelector("[data-total-poids]");
  const champs = [...document.querySelectorAll("input[data-poids]")];
  if (!sortie || !champs.length) return;
  const INSECABLE = "\u00a0";
  const FINE = "\u202f";

  function dire() {
    const valeurs = champs.map((c) => c.value.trim());
    if (valeurs.some((v) => !/^\d{1,3}$/.test(v))) {
      return `Total${INSECABLE}: chaque poids est un nombre entier.`;
    }
    const total = valeurs.reduce((somme, v) => somme + Number(v), 0);
    const ecart = 100 - total;
    const reste = ecart > 0 ? `il reste ${ecart} à répartir` : `${-ecart} de trop`;
    return `Total${INSECABLE}: ${total} sur 100${ecart === 0 ? `. C’est juste.` : `${FINE}; ${reste}.`}`;
  }

  let attente;
  function montrer() {
    clearTimeout(attente);
    attente = setTimeout(() => (sortie.textContent = dire()), 150);
  }

  champs.forEach((c) => c.addEventListener("input", montrer));
  sortie.textContent = dire();
})();
