/* One question, saved alone: <div data-reponse="address" data-champ="code">. */

import * as copies from "./copies.js";
import { comparer } from "./comparer.js";
import { typo } from "./mots.js";
import { phrase, poster } from "./transport.js";
import { annoncer, panne, repris } from "./veille.js";

const DELAI = 1000;
const plat = (texte) => texte.replace(/\r\n?/g, "\n").trim();

export class Question {
  constructor(cadre, formulaire, utilisateur) {
    this.cadre = cadre;
    this.utilisateur = utilisateur;
    this.url = cadre.dataset.reponse;
    this.version = formulaire.querySelector(`[name="version_${cadre.dataset.champ}"]`);
    this.etat = cadre.querySelector("[data-etat]");
    this.champs = [...cadre.querySelectorAll("textarea, input:not([type=hidden])")];
    this.base = this.lire();
    this.envoyes = [];
    this.autres = [];
    this.conflit = null;
    this.enCours = null;
    this.minuterie = 0;
    cadre.addEventListener("input", () => this.modifier(DELAI));
    cadre.addEventListener("change", () => this.modifier(50));
  }

  get choix() {
    return this.champs.filter((c) => c.type === "radio");
  }

  lire() {
    if (this.choix.length) return this.choix.find((c) => c.checked)?.value ?? "";
    return this.champs[0].value;
  }

  ecrire(texte) {
    if (this.choix.length) this.choix.forEach((c) => (c.checked = c.value === texte));
    else this.champs[0].value = texte;
    this.champs[0].dispatchEvent(new Event("input", { bubbles: true }));
  }

  get change() {
    return this.lire() !== this.base;
  }

  dire(texte, faute = false) {
    this.etat.textContent = typo(texte);
    this.etat.classList.toggle("en-faute", faute);
  }

  garder() {
    if (!this.change) return copies.oublier(copies.cleDe(this.utilisateur, this.url));
    return copies.garder(this.utilisateur, this.url, {
      texte: this.lire(),
      version: Number(this.version.value),
      envoyes: this.envoyes,
    });
  }

  modifier(delai) {
    this.garder();
    if (this.conflit) return;
    clearTimeout(this.minuterie);
    this.minuterie = setTimeout(() => this.envoyer(), delai);
  }

  /* Texts left by a page that was closed or killed before they were saved. */
  async retrouver() {
    const trouvees = await copies.orphelines(this.utilisateur, this.url);
    for (const copie of trouvees) {
      if (plat(copie.texte) !== plat(this.lire()) && !this.reprendre(copie)) continue;
      await this.garder();
      await copies.oublier(copie.cle);
    }
    if (this.change) await this.envoyer();
  }

  /* False: another text was found first, this one waits for its turn and stays stored. */
  reprendre(copie) {
    if (this.change) {
      this.autres.push(copie);
      return false;
    }
    const recue = copie.envoyes.some((texte) => plat(texte) === plat(this.base));
    if (!recue) this.version.value = copie.version;
    this.envoyes = copie.envoyes;
    this.ecrire(copie.texte);
    this.dire("Texte retrouvé sur cet appareil : il n’était pas encore enregistré.");
    return true;
  }

  envoyer(options = {}) {
    if (this.conflit || !this.change) return repris(this);
    this.enCours ??= this.poster(options).finally(() => (this.enCours = null));
    return this.enCours;
  }

  async poster(options) {
    clearTimeout(this.minuterie);
    const texte = this.lire();
    this.envoyes = [...this.envoyes.slice(-4), texte];
    this.garder();
    const issue = await poster(this.utilisateur, this.url, {
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ valeur: texte, version: Number(this.version.value) }),
      ...options,
    });
    await this.traiter(issue, texte);
  }

  async traiter({ sorte, corps }, texte) {
    if (sorte === "ok") return this.reussir(corps, texte);
    if (sorte === "conflit") return this.opposer(corps);
    if (sorte === "refus") {
      repris(this);
      return this.dire(`Non enregistré, gardé sur cet appareil. ${phrase(corps)}`, true);
    }
    this.dire("Gardé sur cet appareil, pas encore enregistré.", true);
    panne(this, sorte);
  }

  async reussir(corps, texte) {
    this.version.value = corps.version;
    this.base = texte;
    this.envoyes = [];
    await this.garder();
    repris(this);
    if (this.change) return this.modifier(DELAI);
    this.dire(corps.conseil ? `${corps.message}. À revoir : ${corps.conseil}` : corps.message);
    if (this.autres.length) this.proposer(this.autres.shift());
  }

  /* Another text of the same person, left by another closed page. */
  proposer(copie) {
    const finir = () => copies.oublier(copie.cle);
    if (plat(copie.texte) === plat(this.lire())) return finir();
    this.montrer(copie.texte, "Autre texte retrouvé sur cet appareil", finir);
  }

  opposer(corps) {
    repris(this);
    const version = corps.version;
    if (this.envoyes.slice(0, -1).some((texte) => plat(texte) === plat(corps.autre))) {
      this.version.value = version; // her own text, received although the answer was lost
      this.base = corps.autre;
      return this.modifier(50);
    }
    this.dire(corps.message, true);
    annoncer(corps.message);
    this.montrer(corps.autre, `Texte de ${corps.auteur}, ${corps.quand}`, () => {
      this.version.value = version;
      this.base = corps.autre;
      this.envoyes = [];
    });
  }

  montrer(autre, titreAutre, avant) {
    this.conflit?.remove();
    const libelle = this.cadre.querySelector("label, legend").firstChild.textContent.trim();
    const moi = () => this.libelleDe(this.lire());
    this.conflit = comparer(this.etat, {
      question: typo(`« ${libelle} » : deux textes ont été écrits. Rien n’est effacé avant votre choix.`),
      moi,
      autre: this.libelleDe(autre),
      titreAutre,
      long: this.champs[0].tagName === "TEXTAREA",
      choisir: (texte) => {
        const mien = texte === moi();
        const brut = mien ? this.lire() : texte === this.libelleDe(autre) ? autre : texte;
        this.conflit = null;
        avant();
        this.ecrire(brut);
        this.champs[0].focus();
        this.dire("Choix fait.");
        this.modifier(50);
      },
    });
  }

  /* A choice is told by its words, not by its code. */
  libelleDe(valeur) {
    const bouton = this.choix.find((c) => c.value === valeur);
    return bouton ? bouton.labels[0].textContent.trim() : valeur;
  }
}
