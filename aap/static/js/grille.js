/* The amounts of the budget as cells: arrows and Enter go from one to the next, rows are added.
   Without this file the page is a plain form: Tab moves, « Ajouter cette ligne » adds a row. */
"use strict";

(() => {
  const cadre = document.querySelector("[data-budget]");
  if (!cadre) return;
  const CELLULE = ".rang input[data-montant]:not([type=hidden])";
  const aide = cadre.querySelector("[data-aide-clavier]");
  if (aide) aide.hidden = false;

  const bloc = (champ) => champ.closest(".bloc-budget");
  /* Cells that one sees: those of a folded account are skipped. */
  const cellules = (place) =>
    [...place.querySelectorAll(CELLULE)].filter((c) => c.closest("details").open);

  function viser(champ) {
    if (!champ) return;
    champ.focus();
    champ.select();
    champ.scrollIntoView({ block: "nearest" });
  }

  function voisin(champ, pas) {
    const liste = cellules(cadre);
    return liste[liste.indexOf(champ) + pas];
  }

  /* The cell at the same height on the other side, when both sides are side by side. */
  function enFace(champ, sens) {
    const ici = bloc(champ);
    const autre = sens > 0 ? ici.nextElementSibling : ici.previousElementSibling;
    if (!autre) return null;
    const haut = champ.getBoundingClientRect().top;
    const cotes = autre.getBoundingClientRect().left - ici.getBoundingClientRect().left;
    if (Math.sign(cotes) !== sens) return null;
    const ecart = (c) => Math.abs(c.getBoundingClientRect().top - haut);
    return cellules(autre).sort((a, b) => ecart(a) - ecart(b))[0];
  }

  /* Left and right leave a cell only from its ends: inside, they move the caret. */
  function bord(champ, sens) {
    const { selectionStart: debut, selectionEnd: fin, value } = champ;
    const tout = debut === 0 && fin === value.length;
    return tout || (debut === fin && debut === (sens > 0 ? value.length : 0));
  }

  const TOUCHES = {
    ArrowDown: (c) => voisin(c, 1),
    ArrowUp: (c) => voisin(c, -1),
    ArrowRight: (c) => (bord(c, 1) ? enFace(c, 1) : null),
    ArrowLeft: (c) => (bord(c, -1) ? enFace(c, -1) : null),
  };

  cadre.addEventListener("keydown", (evenement) => {
    const champ = evenement.target;
    if (!champ.matches(CELLULE) || evenement.ctrlKey || evenement.metaKey || evenement.altKey) return;
    if (evenement.key === "Enter") {
      evenement.preventDefault();
      return viser(voisin(champ, evenement.shiftKey ? -1 : 1));
    }
    if (evenement.shiftKey || !TOUCHES[evenement.key]) return;
    const cible = TOUCHES[evenement.key](champ);
    if (!cible) return;
    evenement.preventDefault();
    viser(cible);
  });

  /* A further row for the same account, empty, with names of its own. */
  function ajouter(ligne) {
    const numeros = [...cadre.querySelectorAll(CELLULE)].map((c) => Number(c.name.split("-")[1]));
    const ancien = ligne.querySelector(CELLULE).name.replace(/saisie$/, "");
    const nouveau = `lignes-${Math.max(...numeros) + 1}-`;
    const copie = ligne.cloneNode(true);
    copie.querySelector(".repere")?.remove();
    copie.querySelectorAll("[id], [for], [name], [aria-describedby]").forEach((element) => {
      ["id", "for", "name", "aria-describedby"].forEach((nom) => {
        const valeur = element.getAttribute(nom);
        if (valeur) element.setAttribute(nom, valeur.replaceAll(ancien, nouveau));
      });
    });
    copie.querySelectorAll("input:not([type=hidden])").forEach((c) => (c.value = ""));
    copie.querySelectorAll("select").forEach((c) => (c.selectedIndex = 0));
    copie.querySelector("[data-erreur]").hidden = true;
    copie.querySelector(CELLULE).removeAttribute("aria-invalid");
    copie.querySelector("[data-precisions]").hidden = false;
    ligne.after(copie);
    equiper(copie);
    return copie;
  }

  function equiper(ligne) {
    ligne.querySelector("[data-ajouter]")?.remove();
    const bouton = document.createElement("button");
    bouton.type = "button";
    bouton.className = "btn btn-lien";
    bouton.dataset.ajouter = "";
    const compte = document.createElement("span");
    compte.className = "visually-hidden";
    compte.textContent = ` au compte ${ligne.dataset.nom}`;
    bouton.append(ligne.dataset.rang.startsWith("produit:74") ? "Ajouter un financeur" : "Ajouter une ligne", compte);
    bouton.addEventListener("click", () => {
      const neuve = ajouter(ligne);
      neuve.querySelector("[data-precisions] input").focus();
      neuve.dispatchEvent(new Event("input", { bubbles: true }));
    });
    ligne.querySelector("[data-precisions]").append(bouton);
  }

  cadre.querySelectorAll("[data-rang]").forEach(equiper);
  const sansScript = document.getElementById("ajouter");
  sansScript?.querySelector(".champ")?.remove();
  sansScript?.querySelector("button[value=ajouter]")?.remove();
  window.aapGrille = { CELLULE, ajouter, viser };
})();
