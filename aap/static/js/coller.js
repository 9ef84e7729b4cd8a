/* Cells copied from a spreadsheet, pasted in an amount of the budget: the server says what each
   row means (one reading, the same as for a file), this file puts it in place, tells what was
   done and can undo it. Pasting a single value stays what the browser does. */
"use strict";

(() => {
  const cadre = document.querySelector("[data-budget][data-coller]");
  if (!cadre || !window.aapGrille || !window.fetch) return;
  const { CELLULE, ajouter, viser } = window.aapGrille;
  const place = cadre.querySelector("[data-collage]");
  const jeton = () => document.querySelector('form input[name="csrf_token"]').value;

  async function comprendre(texte) {
    const reponse = await fetch(cadre.dataset.coller, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": jeton() },
      body: JSON.stringify({ texte }),
    });
    const corps = await reponse.json().catch(() => ({}));
    if (reponse.ok) return corps;
    throw new Error(corps.message || "Le bloc n’a pas été lu. Rechargez la page, puis réessayez.");
  }

  function cellule(ligne) {
    return ligne.querySelector(CELLULE);
  }

  /* What was in the page before: values of the fields touched, rows added. */
  class Collage {
    constructor() {
      this.avant = new Map();
      this.ajoutees = [];
      this.prises = new Set();
    }

    ecrire(champ, valeur) {
      if (!champ || valeur === "") return;
      if (!this.avant.has(champ)) this.avant.set(champ, champ.value);
      champ.value = valeur;
    }

    /* The first row of this account that this paste has not used: empty ones first. */
    rangee(cle) {
      const toutes = [...cadre.querySelectorAll(`[data-rang="${CSS.escape(cle)}"]`)];
      const libres = toutes.filter((r) => !this.prises.has(r));
      let ligne = libres[0];
      if (!ligne && toutes.length) {
        ligne = ajouter(toutes[toutes.length - 1]);
        this.ajoutees.push(ligne);
      }
      if (ligne) this.prises.add(ligne);
      return ligne;
    }

    poser(ligne, lue) {
      ligne.closest("details").open = true;
      ligne.classList.add("rang-modifie");
      this.prises.add(ligne);
      this.ecrire(cellule(ligne), lue.montant);
      this.ecrire(ligne.querySelector('[name$="-libelle"]'), lue.libelle || "");
      this.ecrire(ligne.querySelector('[name$="-etat"]'), lue.etat || "");
      this.ecrire(ligne.querySelector('[name$="-origine"]'), lue.origine || "");
      ligne.querySelector("[data-precisions]").hidden = false;
    }

    annuler() {
      this.avant.forEach((valeur, champ) => (champ.value = valeur));
      this.ajoutees.forEach((ligne) => ligne.remove());
      this.prises.forEach((ligne) => ligne.classList.remove("rang-modifie"));
      this.signaler();
    }

    signaler() {
      cadre.dispatchEvent(new Event("input", { bubbles: true }));
      this.avant.forEach((_, champ) => {
        if (!champ.isConnected) return;
        champ.dispatchEvent(new Event("input", { bubbles: true }));
        champ.dispatchEvent(new Event("change", { bubbles: true }));
      });
    }
  }

  function placer(collage, corps, depart) {
    let places = 0;
    const restes = [];
    corps.lignes.forEach((lue) => {
      const ligne = collage.rangee(lue.rang);
      if (!ligne) return restes.push(`${lue.nom} : cette ligne n’est pas dans la page.`);
      collage.poser(ligne, lue);
      places += 1;
    });
    const suivantes = [...depart.closest(".bloc-budget").querySelectorAll(CELLULE)]
      .filter((c) => c === depart || c.closest("details").open);
    let rang = suivantes.indexOf(depart);
    corps.suite.forEach((montant) => {
      const champ = suivantes[rang];
      rang += 1;
      if (montant === null) return;
      if (!champ) return restes.push(`${montant}\u00a0€ : il n’y a plus de ligne ouverte en dessous.`);
      collage.poser(champ.closest("[data-rang]"), { montant });
      places += 1;
    });
    return [places, restes];
  }

  function paragraphe(texte) {
    const p = document.createElement("p");
    p.textContent = texte;
    return p;
  }

  function liste(phrases) {
    const ul = document.createElement("ul");
    phrases.forEach((phrase) => {
      const li = document.createElement("li");
      li.textContent = phrase;
      ul.append(li);
    });
    return ul;
  }

  function bouton(libelle, acte) {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "btn btn-secondaire";
    element.textContent = libelle;
    element.addEventListener("click", acte);
    return element;
  }

  function raconter(collage, places, restes, depart) {
    const boite = document.createElement("div");
    boite.className = "collage";
    const dit = places > 1 ? `${places} montants sont collés.` : places ? "Un montant est collé." : "Rien n’a été collé.";
    boite.append(paragraphe(dit));
    if (restes.length) boite.append(paragraphe("Ce qui n’a pas été compris ou demande attention :"), liste(restes));
    if (places) {
      boite.append(
        bouton("Annuler ce collage", () => {
          collage.annuler();
          place.replaceChildren(paragraphe("Le collage est annulé : les montants d’avant sont revenus."));
          viser(depart);
        }),
      );
    }
    place.replaceChildren(boite);
    boite.scrollIntoView({ block: "nearest" });
  }

  async function coller(texte, depart) {
    place.replaceChildren(paragraphe("Lecture des cellules collées…"));
    try {
      const corps = await comprendre(texte);
      const collage = new Collage();
      const [places, restes] = placer(collage, corps, depart);
      if (places) collage.signaler();
      raconter(collage, places, [...corps.problemes, ...restes], depart);
    } catch (erreur) {
      const reseau = erreur instanceof TypeError;
      place.replaceChildren(
        paragraphe(reseau ? "Le serveur ne répond pas : rien n’a été collé. Réessayez dans un moment." : erreur.message),
      );
    }
  }

  cadre.addEventListener("paste", (evenement) => {
    if (!evenement.target.matches(CELLULE)) return;
    const texte = evenement.clipboardData.getData("text/plain").replace(/[\r\n]+$/, "");
    if (!/[\t\n]/.test(texte)) return;
    evenement.preventDefault();
    coller(texte, evenement.target);
  });
})();
