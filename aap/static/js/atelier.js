/* Keyboard and tick boxes of the workbench. Without this file everything is done by links and buttons.
   <tr data-rangee data-n="…" data-a="…"> holds <a data-ouvrir>, perhaps a tick box; a page holds
   <div data-atelier data-n data-a data-u> and links <a data-touche="j">. Single letters do
   nothing in a field, and a switch turns them off (WCAG 2.1.4). */
"use strict";

(() => {
  const MEMOIRE = "aap.raccourcis";
  const CASES = ["checkbox", "radio", "button", "submit"];
  const fenetre = document.querySelector("[data-raccourcis-fenetre]");
  const interrupteur = document.querySelector("[data-raccourcis-actifs]");
  const bouton = document.querySelector("[data-raccourcis]");
  if (!fenetre || !bouton) return;

  function lire() {
    try {
      return localStorage.getItem(MEMOIRE) !== "non";
    } catch {
      return true;
    }
  }

  function garder(actifs) {
    try {
      localStorage.setItem(MEMOIRE, actifs ? "oui" : "non");
    } catch {
      /* Private browsing: the choice lasts as long as the page. */
    }
  }

  let actifs = lire();
  interrupteur.checked = actifs;
  interrupteur.addEventListener("change", () => {
    actifs = interrupteur.checked;
    garder(actifs);
  });
  bouton.hidden = false;
  bouton.querySelector("[data-raccourcis-aide]").addEventListener("click", () => {
    fenetre.showModal();
  });

  function ecrit(cible) {
    if (cible.isContentEditable || cible.matches("textarea, select")) return true;
    return cible.matches("input") && !CASES.includes(cible.type);
  }

  const rangees = () => [...document.querySelectorAll("tr[data-rangee]")];
  const courante = () => document.activeElement?.closest("tr[data-rangee]") ?? null;

  function suivre(selecteur) {
    const lien = document.querySelector(selecteur);
    if (lien) lien.click();
    return Boolean(lien);
  }

  function avancer(pas) {
    const toutes = rangees();
    if (toutes.length === 0) return suivre(`[data-touche="${pas > 0 ? "j" : "k"}"]`);
    const ici = toutes.indexOf(courante());
    const rang = ici < 0 ? (pas > 0 ? 0 : toutes.length - 1) : ici + pas;
    if (!toutes[rang]) return suivre(pas > 0 ? "a[data-page=suivante]" : "a[data-page=precedente]");
    const lien = toutes[rang].querySelector("a[data-ouvrir]");
    lien.focus();
    lien.scrollIntoView({ block: "nearest" });
    return true;
  }

  function aller(nom) {
    const adresse = (courante() ?? document.querySelector("[data-atelier]"))?.dataset[nom];
    if (adresse) location.assign(adresse);
    return Boolean(adresse);
  }

  function cliquer(selecteur) {
    const cible = courante()?.querySelector(selecteur);
    if (cible) cible.click();
    return Boolean(cible);
  }

  const LETTRES = {
    j: () => avancer(1),
    k: () => avancer(-1),
    o: () => cliquer("a[data-ouvrir]"),
    x: () => cliquer("input[type=checkbox]"),
    n: () => aller("n"),
    a: () => aller("a"),
    u: () => aller("u"),
    "?": () => {
      fenetre.showModal();
      return true;
    },
  };
  const FLECHES = { ArrowDown: () => avancer(1), ArrowUp: () => avancer(-1) };

  document.addEventListener("keydown", (evenement) => {
    if (evenement.defaultPrevented || evenement.ctrlKey || evenement.metaKey || evenement.altKey)
      return;
    if (fenetre.open || ecrit(evenement.target)) return;
    let geste = actifs ? LETTRES[evenement.key] : undefined;
    if (!geste && courante()) geste = FLECHES[evenement.key];
    if (geste?.()) evenement.preventDefault();
  });
})();

/* <form data-cases> with <input data-case>: how many are ticked, and a button that ticks the page. */
(() => {
  const formulaire = document.querySelector("form[data-cases]");
  if (!formulaire) return;
  const cases = [...formulaire.querySelectorAll("[data-case]")];
  const compte = formulaire.querySelector("[data-cochees]");
  const bouton = formulaire.querySelector("[data-cocher-page]");

  function dire() {
    const nombre = cases.filter((c) => c.checked).length;
    compte.textContent = nombre > 1 ? `${nombre} dossiers cochés` : nombre ? "1 dossier coché" : "";
    bouton.textContent =
      nombre === cases.length ? "Décocher toute la page" : "Cocher toute la page";
  }

  bouton.hidden = false;
  bouton.addEventListener("click", () => {
    const cocher = cases.some((c) => !c.checked);
    cases.forEach((c) => (c.checked = cocher));
    dire();
  });
  formulaire.addEventListener("change", dire);
  window.addEventListener("pageshow", dire);
  dire();
})();
