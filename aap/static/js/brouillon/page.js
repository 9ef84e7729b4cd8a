/* A page whose fields are saved together: <form data-page>. Somebody else's changes are merged
   field by field; where both wrote, both texts are shown and nothing is sent before the choice. */

import { champs, ecrire, enMots, libelle, lire, pareil, valeurs } from "./champs.js";
import { comparer } from "./comparer.js";
import * as copies from "./copies.js";
import { typo } from "./mots.js";
import { phrase, poster } from "./transport.js";
import { annoncer, bouton, panne, repris } from "./veille.js";

const DELAI = 1800;

export class Page {
  constructor(formulaire, utilisateur) {
    this.formulaire = formulaire;
    this.utilisateur = utilisateur;
    this.adresse = formulaire.getAttribute("action") || location.pathname + location.search;
    this.lieu = new URL(this.adresse, location.href).pathname;
    this.base = valeurs(formulaire);
    this.conflits = new Map();
    this.envoyes = [];
    this.refuse = "";
    this.enCours = null;
    this.minuterie = 0;
    this.etat = document.createElement("p");
    this.etat.className = "etat-reponse etat-page discret";
    (formulaire.querySelector(".barre-actions") ?? formulaire.lastElementChild).before(this.etat);
    formulaire.addEventListener("input", () => this.modifier(DELAI));
    formulaire.addEventListener("change", () => this.modifier(300));
  }

  dire(texte, faute = false) {
    this.etat.textContent = typo(texte);
    this.etat.classList.toggle("en-faute", faute);
  }

  /* Keys typed here and not yet acknowledged, with their text. */
  ecarts() {
    const sortie = {};
    for (const [cle, champ] of champs(this.formulaire)) {
      if (lire(champ) !== (this.base.get(cle) ?? "")) sortie[cle] = lire(champ);
    }
    return sortie;
  }

  get change() {
    return Object.keys(this.ecarts()).length > 0;
  }

  garder() {
    const ecarts = this.ecarts();
    const cles = Object.keys(ecarts);
    if (!cles.length) return copies.oublier(copies.cleDe(this.utilisateur, this.lieu));
    const base = Object.fromEntries(cles.map((cle) => [cle, this.base.get(cle) ?? ""]));
    const contenu = { valeurs: ecarts, base, envoyes: this.envoyes };
    return copies.garder(this.utilisateur, this.lieu, contenu);
  }

  modifier(delai) {
    if (this.enFusion) return;
    this.garder();
    clearTimeout(this.minuterie);
    if (!this.conflits.size) this.minuterie = setTimeout(() => this.envoyer(), delai);
  }

  async retrouver() {
    for (const copie of await copies.orphelines(this.utilisateur, this.lieu)) {
      this.reprendre(copie);
      await this.garder();
      if (!this.perdus) await copies.oublier(copie.cle);
    }
    if (this.change && !this.conflits.size) await this.envoyer();
  }

  reprendre(copie) {
    const presents = champs(this.formulaire);
    const orphelins = [];
    this.envoyes = copie.envoyes || [];
    for (const [cle, mien] of Object.entries(copie.valeurs)) {
      const champ = presents.get(cle);
      if (!champ) orphelins.push([cle, mien]);
      else this.fusionner(cle, champ, mien, this.dejaRecu(copie, cle, champ) ? lire(champ) : copie.base[cle]);
    }
    if (orphelins.length) this.montrerOrphelins(orphelins, copie.cle);
    this.dire("Texte retrouvé sur cet appareil : il n’était pas encore enregistré.");
  }

  /* Was what the server shows sent by that very page, its answer being lost? */
  dejaRecu(copie, cle, champ) {
    return (copie.envoyes || []).some((envoi) => cle in envoi && pareil(champ, envoi[cle], lire(champ)));
  }

  /* Put ``mien`` in the field unless somebody else changed it since ``base``. */
  fusionner(cle, champ, mien, base) {
    const autre = lire(champ);
    if (pareil(champ, mien, autre)) {
      if (this.formulaire.hasAttribute("data-refus")) this.base.set(cle, base); // shown, not stored
      return;
    }
    if (pareil(champ, autre, base)) return this.poser(champ, mien);
    this.poser(champ, mien);
    this.opposer(cle, champ, autre);
  }

  poser(champ, valeur) {
    this.enFusion = true;
    ecrire(champ, valeur);
    this.enFusion = false;
    const volet = (Array.isArray(champ) ? champ[0] : champ).closest("details");
    if (volet) volet.open = true; // what comes back is seen
  }

  /* Fields of a row that exists no more: their text is given back to read and copy. */
  montrerOrphelins(orphelins, cle) {
    const textes = orphelins.map(([, texte]) => texte).filter((t) => t && !["true", "false"].includes(t));
    if (!textes.length) return;
    this.perdus = true;
    const boite = document.createElement("section");
    boite.className = "conflit";
    const tete = document.createElement("p");
    tete.className = "conflit-entete";
    tete.textContent = typo("Ces textes étaient sur des lignes qui n’existent plus. Recopiez ce qui sert encore :");
    const corps = document.createElement("div");
    corps.className = "citation conflit-texte";
    corps.textContent = textes.join("\n");
    boite.append(tete, corps, bouton("C’est fait", () => { boite.remove(); copies.oublier(cle); }));
    this.formulaire.prepend(boite);
  }

  envoyer(options = {}) {
    if (this.conflits.size || !this.change) return repris(this);
    this.enCours ??= this.poster(options).finally(() => (this.enCours = null));
    return this.enCours;
  }

  corps() {
    const donnees = new URLSearchParams();
    for (const [nom, valeur] of new FormData(this.formulaire)) {
      if (typeof valeur === "string" && !["ajouter", "retirer", "proposer"].includes(nom)) donnees.append(nom, valeur);
    }
    donnees.set("action", "rester");
    return donnees;
  }

  async poster(options) {
    clearTimeout(this.minuterie);
    const envoyees = valeurs(this.formulaire);
    this.envoyes = [...this.envoyes.slice(-4), this.ecarts()];
    this.garder();
    const issue = await poster(this.utilisateur, this.adresse, {
      headers: { "X-Enregistrement": "auto" },
      body: this.corps(),
      ...options,
    });
    await this.traiter(issue, envoyees);
  }

  async traiter({ sorte, corps }, envoyees) {
    this.refuse = "";
    if (sorte === "ok") return this.reussir(corps, envoyees);
    if (sorte === "conflit") return this.rapprocher(corps);
    if (sorte === "refus") {
      repris(this);
      this.refuse = phrase(corps);
      return this.dire(`Gardé sur cet appareil, à corriger pour l’enregistrer : ${this.refuse}`, true);
    }
    this.dire("Gardé sur cet appareil, pas encore enregistré.", true);
    panne(this, sorte);
  }

  marquer(marques) {
    for (const [nom, valeur] of Object.entries(marques || {})) {
      const cache = this.formulaire.querySelector(`input[type=hidden][name="${nom}"]`);
      if (cache) cache.value = valeur;
    }
  }

  async reussir(corps, envoyees) {
    this.marquer(corps.marques);
    this.base = envoyees;
    this.envoyes = [];
    await this.garder();
    repris(this);
    if (this.change) return this.modifier(DELAI);
    this.dire(corps.message);
    this.formulaire.dispatchEvent(new CustomEvent("brouillon:enregistre", { bubbles: true }));
  }

  /* The page as it is stored now, read again, then merged with what is on the screen. */
  async rapprocher(corps) {
    repris(this);
    const fraiche = await this.relire();
    if (!fraiche) return panne(this, "reseau");
    const ici = champs(this.formulaire);
    const labas = valeurs(fraiche);
    if ([...ici.keys()].sort().join() !== [...labas.keys()].sort().join()) return this.recharger(corps);
    for (const nom of ["empreinte", "version"]) {
      const neuf = fraiche.querySelector(`input[type=hidden][name="${nom}"]`);
      if (neuf) this.marquer({ [nom]: neuf.value });
    }
    for (const [cle, champ] of ici) this.rapprocherChamp(cle, champ, labas.get(cle));
    await this.garder();
    if (!this.conflits.size) return this.modifier(50);
    this.dire(corps.message, true);
    annoncer(corps.message);
  }

  rapprocherChamp(cle, champ, autre) {
    const mien = lire(champ);
    const base = this.base.get(cle) ?? "";
    const recu = this.envoyes.slice(0, -1).some((e) => cle in e && pareil(champ, e[cle], autre));
    if (recu || pareil(champ, autre, base) || pareil(champ, autre, mien)) {
      this.base.set(cle, autre);
    } else if (mien === base) {
      this.base.set(cle, autre);
      this.poser(champ, autre);
    } else {
      this.opposer(cle, champ, autre);
    }
  }

  async relire() {
    try {
      const reponse = await fetch(location.pathname + location.search, { credentials: "same-origin" });
      if (!reponse.ok || reponse.redirected) return null;
      const lu = new DOMParser().parseFromString(await reponse.text(), "text/html");
      return lu.querySelector("form[data-page]");
    } catch {
      return null;
    }
  }

  /* Rows were added or taken away by somebody else: she asks for the new page when she is ready. */
  recharger(corps) {
    const phraseDite = `${corps.message} Des lignes ont été ajoutées ou retirées. Votre saisie est gardée sur cet appareil et sera reportée.`;
    this.dire(phraseDite, true);
    annoncer(phraseDite);
    this.etat.append(" ", bouton("Afficher la page à jour", async () => {
      await this.garder();
      location.reload();
    }));
  }

  opposer(cle, champ, autre) {
    this.conflits.get(cle)?.remove();
    const premier = Array.isArray(champ) ? champ[0].closest("fieldset") : champ;
    const place = premier.closest(".champ, .form-check, .avec-suffixe") ?? premier;
    this.conflits.set(cle, comparer(place, {
      question: typo(`« ${libelle(champ)} » : deux personnes ont écrit. Rien n’est effacé avant votre choix.`),
      moi: () => enMots(champ, lire(champ)),
      autre: enMots(champ, autre),
      titreAutre: "Texte enregistré entre-temps",
      long: champ.tagName === "TEXTAREA",
      choisir: (texte) => this.choisir(cle, champ, autre, texte),
    }));
  }

  choisir(cle, champ, autre, texte) {
    this.conflits.delete(cle);
    if (texte === enMots(champ, autre)) this.poser(champ, autre);
    else if (champ.tagName === "TEXTAREA") this.poser(champ, texte);
    this.base.set(cle, autre);
    (Array.isArray(champ) ? champ[0] : champ).focus();
    this.modifier(50);
    if (!this.change && !this.conflits.size) this.dire("C’est choisi.");
  }
}
