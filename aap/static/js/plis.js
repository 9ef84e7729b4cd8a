/* Folded blocks: an anchor opens the block it points to; <button data-deplier hidden> opens all.
   <details class="pli-etroit" open data-plier-etroit="oui">: folded on a phone, always open wider.
   Without this file each block opens by itself, one click more (or one page longer). */
"use strict";

(() => {
  function ouvrirLaCible() {
    const cible = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!cible) return;
    for (let bloc = cible.closest("details"); bloc; bloc = bloc.parentElement.closest("details")) {
      bloc.open = true;
    }
    cible.scrollIntoView();
  }

  function preparer(bouton) {
    const libelles = [bouton.textContent, bouton.dataset.deplier];
    let ouverts = false;
    bouton.hidden = false;
    bouton.addEventListener("click", () => {
      ouverts = !ouverts;
      document.querySelectorAll("details.pli").forEach((bloc) => (bloc.open = ouverts));
      bouton.textContent = libelles[Number(ouverts)];
    });
  }

  const etroit = matchMedia("(width < 600px)");

  function plierSiEtroit() {
    document.querySelectorAll("[data-plier-etroit]").forEach((bloc) => {
      bloc.open = !etroit.matches || bloc.dataset.plierEtroit === "non";
    });
  }

  function ouvrirDedans() {
    const cible = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    cible?.querySelectorAll("[data-plier-etroit]").forEach((bloc) => (bloc.open = true));
  }

  plierSiEtroit();
  etroit.addEventListener("change", plierSiEtroit);
  addEventListener("hashchange", ouvrirDedans);
  if (location.hash) ouvrirDedans();
  document.querySelectorAll("[data-deplier]").forEach(preparer);
  addEventListener("hashchange", ouvrirLaCible);
  if (location.hash) ouvrirLaCible();
})();
