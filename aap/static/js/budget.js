/* The balance of the budget in words while one types. The sentences come with the page
   (data-phrases, aap/domaine/budget_phrases.py): the server and this file say the same. */
"use strict";

(() => {
  const cadre = document.querySelector("[data-budget]");
  const constats = cadre?.querySelector("[data-constats]");
  if (!constats || !window.aapMontants) return;
  const { ecrire, lire, sommes } = window.aapMontants;
  const PHRASES = JSON.parse(cadre.dataset.phrases);
  const MAXIMUM = Number(cadre.dataset.maximum);
  const REGLE = cadre.querySelector("[data-indirectes]");

  const dire = (nom, valeurs = {}) =>
    PHRASES[nom].replace(/\{(\w+)\}/g, (_, cle) => valeurs[cle] ?? "");

  /* One decimal at most, half away from zero, like pourcent() of the server. */
  function taux(partie, total) {
    const milliemes = Math.floor((2000 * partie + total) / (2 * total));
    const reste = milliemes % 10;
    return `${Math.trunc(milliemes / 10)}${reste ? `,${reste}` : ""}\u00a0%`;
  }

  function equilibre(charges, produits) {
    if (charges === null || produits === null) return [dire("illisible"), "attention"];
    if (!charges && !produits) return [dire("vide"), "neutre"];
    const ecart = charges - produits;
    if (!ecart) return [dire("equilibre", { montant: ecrire(charges) }), "succes"];
    const nom = ecart > 0 ? "manque_produits" : "manque_charges";
    return [dire(nom, { montant: ecrire(Math.abs(ecart)) }), "attention"];
  }

  function nature(emplois, contributions) {
    if (emplois === null || contributions === null) return [dire("illisible"), "attention"];
    const ecart = emplois - contributions;
    if (!ecart) return [emplois ? dire("nature", { montant: ecrire(emplois) }) : "", "neutre"];
    const nom = ecart > 0 ? "manque_87" : "manque_86";
    return [dire(nom, { montant: ecrire(Math.abs(ecart)) }), "attention"];
  }

  function argentPublic(partie, produits) {
    if (!produits || partie === null) return ["", "neutre"];
    const trop = partie * 1000 > produits * MAXIMUM;
    const nom = !trop ? "public" : "ferme" in cadre.dataset ? "public_ferme" : "public_conseil";
    const valeurs = { taux: taux(partie, produits), maximum: cadre.dataset.maximumDit };
    return [dire(nom, valeurs), trop ? "attention" : "neutre"];
  }

  function indirectes(partie, charges) {
    if (!partie || !charges) return ["", "neutre"];
    return [dire("indirectes", { taux: taux(partie, charges) }), "neutre"];
  }

  function poser(sujet, [texte, ton]) {
    const place = constats.querySelector(`[data-constat="${sujet}"]`);
    if (!place || place.textContent === texte) return;
    place.textContent = texte;
    place.hidden = texte === "";
    place.className = `constat ton-${ton}`;
  }

  function actualiser() {
    const totaux = sommes(cadre);
    const v = (nom) => (totaux.has(nom) ? totaux.get(nom) : 0);
    poser("equilibre", equilibre(v("charges"), v("produits")));
    poser("nature", nature(v("emplois"), v("contributions")));
    poser("public", argentPublic(v("public"), v("produits")));
    poser("indirectes", indirectes(v("indirectes"), v("charges")));
    montrerRegle(v("indirectes"));
  }

  function montrerRegle(montant) {
    if (!REGLE) return;
    const texte = REGLE.querySelector("textarea");
    REGLE.hidden = montant === 0 && texte.value.trim() === "";
  }

  /* What can be said of one row: its details when it is used, its fault when it is left. */
  function rang(champ, quitte) {
    const ligne = champ.closest("[data-rang]");
    if (!ligne) return;
    const precisions = ligne.querySelector("[data-precisions]");
    if (champ.value.trim()) precisions.hidden = false;
    const faute = lire(champ.value) === null || lire(champ.value) < 0;
    if (faute && !quitte) return;
    ligne.querySelector("[data-erreur]").hidden = !faute;
    if (faute) champ.setAttribute("aria-invalid", "true");
    else champ.removeAttribute("aria-invalid");
  }

  let minuterie = 0;
  cadre.addEventListener("totaux", () => {
    clearTimeout(minuterie);
    minuterie = setTimeout(actualiser, 400);
  });
  cadre.addEventListener("input", (e) => e.target.matches("[data-montant]") && rang(e.target, false));
  cadre.addEventListener("change", (e) => e.target.matches("[data-montant]") && rang(e.target, true));
  actualiser();
})();
