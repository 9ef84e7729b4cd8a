/* Autosave, one field at a time. The text never leaves the screen: when a save fails it is said,
   a copy stays in the tab (sessionStorage, so also through a new sign-in) and it is tried again. */
"use strict";

(() => {
  const DELAI = 1200;
  const ESSAIS = [3000, 8000, 20000, 60000];
  const formulaire = document.querySelector("form[data-enregistrement]");
  if (!formulaire || !window.fetch) return;
  const jeton = formulaire.querySelector('input[name="csrf_token"]');
  let enAttente = 0;

  class Reponse {
    constructor(cadre) {
      this.cadre = cadre;
      this.url = cadre.dataset.reponse;
      this.version = formulaire.querySelector(`[name="version_${cadre.dataset.champ}"]`);
      this.etat = cadre.querySelector("[data-etat]");
      this.champs = [...cadre.querySelectorAll("textarea, input:not([type=hidden])")];
      this.garde = this.lire();
      this.minuterie = 0;
      this.essai = 0;
      this.occupe = false;
      this.change = false;
      if (this.champs.some((c) => c.readOnly || c.disabled)) return;
      cadre.addEventListener("input", () => this.modifier(DELAI));
      cadre.addEventListener("change", () => this.modifier(50));
      this.retrouver();
    }

    lire() {
      const choix = this.champs.filter((c) => c.type === "radio");
      if (choix.length) return choix.find((c) => c.checked)?.value ?? "";
      return this.champs[0].value;
    }

    ecrire(texte) {
      const choix = this.champs.filter((c) => c.type === "radio");
      if (choix.length) choix.forEach((c) => (c.checked = c.value === texte));
      else this.champs[0].value = texte;
    }

    memoire(texte) {
      try {
        if (texte === null) sessionStorage.removeItem(this.url);
        else sessionStorage.setItem(this.url, texte);
      } catch {
        /* Storage refused by the browser: the text stays on screen. */
      }
    }

    retrouver() {
      let copie = null;
      try {
        copie = sessionStorage.getItem(this.url);
      } catch {
        return;
      }
      if (copie === null || copie.trim() === this.garde.trim()) return this.memoire(null);
      this.ecrire(copie);
      this.dire("Texte retrouvé : il n’était pas encore enregistré.");
      this.modifier(DELAI);
    }

    dire(texte, faute = false) {
      this.etat.textContent = texte;
      this.etat.classList.toggle("en-faute", faute);
    }

    modifier(delai) {
      if (this.lire() === this.garde && !this.change) return;
      if (!this.change) enAttente += 1;
      this.change = true;
      this.memoire(this.lire());
      this.planifier(delai);
    }

    planifier(delai) {
      clearTimeout(this.minuterie);
      this.minuterie = setTimeout(() => this.envoyer(), delai);
    }

    async envoyer() {
      if (this.occupe) return this.planifier(DELAI);
      const texte = this.lire();
      this.occupe = true;
      this.dire("Enregistrement…");
      try {
        const reponse = await fetch(this.url, {
          method: "POST",
          headers: {
            "Content-Type": "application/json",
            Accept: "application/json",
            "X-CSRFToken": jeton.value,
          },
          body: JSON.stringify({ valeur: texte, version: Number(this.version.value) }),
        });
        await this.traiter(reponse, texte);
      } catch {
        this.rater("La connexion ne répond pas. Votre texte reste ici, nous réessayons.");
      } finally {
        this.occupe = false;
      }
    }

    async traiter(reponse, texte) {
      const corps = await reponse.json().catch(() => ({}));
      if (reponse.ok) return this.reussir(corps, texte);
      if (reponse.status === 401) {
        return this.rater(
          "Votre session est terminée. Reconnectez-vous dans un autre onglet : votre texte reste ici et sera enregistré ensuite.",
        );
      }
      if (reponse.status === 400 && (await this.rafraichirJeton())) return this.planifier(50);
      if (reponse.status === 409 && corps.autre !== undefined) return this.comparer(corps);
      const suite = [corps.message, corps.que_faire].filter(Boolean).join(" ");
      if ([403, 404, 409, 422].includes(reponse.status)) {
        return this.dire(`Non enregistré. ${suite}`, true);
      }
      return this.rater(`Non enregistré pour l’instant, nous réessayons. ${suite}`);
    }

    reussir(corps, texte) {
      this.version.value = corps.version;
      this.garde = texte;
      this.essai = 0;
      if (this.lire() !== texte) return this.planifier(DELAI);
      if (this.change) enAttente -= 1;
      this.change = false;
      this.memoire(null);
      this.dire(corps.conseil ? `${corps.message}. À revoir : ${corps.conseil}` : corps.message);
    }

    rater(texte) {
      this.dire(texte, true);
      const delai = ESSAIS[Math.min(this.essai, ESSAIS.length - 1)];
      this.essai += 1;
      this.rafraichirJeton().finally(() => this.planifier(delai));
    }

    async rafraichirJeton() {
      try {
        const reponse = await fetch("/porteur/jeton", { headers: { Accept: "application/json" } });
        if (!reponse.ok) return false;
        const neuf = (await reponse.json()).jeton;
        const autre = neuf !== jeton.value;
        jeton.value = neuf;
        return autre;
      } catch {
        return false;
      }
    }

    comparer(corps) {
      clearTimeout(this.minuterie);
      this.dire(corps.message, true);
      this.cadre.querySelector(".conflit")?.remove();
      const boite = document.createElement("div");
      boite.className = "conflit";
      const titre = document.createElement("p");
      titre.textContent = "Le texte enregistré entre-temps :";
      const autre = document.createElement("div");
      autre.className = "citation";
      autre.textContent = corps.autre || "(réponse effacée)";
      const boutons = document.createElement("div");
      boutons.className = "groupe-boutons";
      const finir = (texte) => {
        boite.remove();
        this.version.value = corps.version;
        if (texte !== null) this.ecrire(texte);
        this.planifier(50);
      };
      boutons.append(
        this.bouton("Garder mon texte", () => finir(null)),
        this.bouton("Prendre l’autre texte", () => finir(corps.autre)),
      );
      boite.append(titre, autre, boutons);
      this.etat.after(boite);
    }

    bouton(libelle, acte) {
      const element = document.createElement("button");
      element.type = "button";
      element.className = "btn btn-secondaire";
      element.textContent = libelle;
      element.addEventListener("click", acte);
      return element;
    }
  }

  formulaire.querySelectorAll("[data-reponse]").forEach((cadre) => new Reponse(cadre));
  let envoi = false;
  formulaire.addEventListener("submit", () => (envoi = true));
  window.addEventListener("beforeunload", (evenement) => {
    if (enAttente > 0 && !envoi) evenement.preventDefault();
  });
})();
