/* A file leaves by pieces as soon as it is chosen: progress, cancel, goes on by itself once the
   network is back, and, chosen again after a closed tab, goes on where it stopped.
   <div data-televersement data-annonce="/…/envois" data-octets="max" data-envoi="name of the hidden
   field"> holds the file field. Without this file the form carries the document itself. */
"use strict";

(() => {
  const ATTENTES = [1000, 2000, 4000, 8000, 15000, 30000];
  const INSECABLE = "\u00a0";

  class Refus extends Error {}
  class SessionTerminee extends Error {}

  function jeton(formulaire) {
    return formulaire.querySelector("[name=csrf_token]").value;
  }

  function enMots(octets) {
    const ko = octets / 1000;
    const nombre = ko < 1000 ? Math.max(1, Math.round(ko)) : Math.round(ko / 100) / 10;
    return `${String(nombre).replace(".", ",")}${INSECABLE}${ko < 1000 ? "ko" : "Mo"}`;
  }

  /* What tells this file from another: its hash where the browser may compute it. */
  async function empreinte(fichier) {
    if (!window.crypto?.subtle) return `${fichier.name}|${fichier.size}|${fichier.lastModified}`;
    const somme = await crypto.subtle.digest("SHA-256", await fichier.arrayBuffer());
    return [...new Uint8Array(somme)].map((o) => o.toString(16).padStart(2, "0")).join("");
  }

  class Envoi {
    constructor(cadre) {
      this.cadre = cadre;
      this.champ = cadre.querySelector("input[type=file]");
      this.formulaire = this.champ.form;
      this.cache = this.formulaire.elements[cadre.dataset.envoi];
      this.suivi = cadre.querySelector("[data-suivi]");
      this.phrase = cadre.querySelector("[data-phrase]");
      this.barre = cadre.querySelector("progress");
      this.reprise = cadre.querySelector("[data-reprendre]");
      this.voix = cadre.querySelector("[data-annonce-voix]");
      this.nom = this.champ.name;
      this.enCours = false;
      this.bouton = null;
      this.champ.addEventListener("change", () => this.choisir());
      cadre.querySelector("[data-annuler]").addEventListener("click", () => this.annuler());
      this.reprise.addEventListener("click", () => this.lancer());
      this.formulaire.addEventListener("submit", (evenement) => this.surEnvoi(evenement));
      window.addEventListener("online", () => this.reveil?.());
    }

    dire(phrase, { fort = true, faute = false } = {}) {
      this.suivi.hidden = false;
      this.phrase.textContent = phrase;
      this.phrase.classList.toggle("erreur-champ", faute);
      if (fort) this.voix.textContent = phrase;
    }

    choisir() {
      const fichier = this.champ.files[0];
      if (!fichier) return;
      const limite = Number(this.cadre.dataset.octets);
      if (fichier.size > limite) {
        const mo = Math.round(limite / 1048576);
        this.champ.value = "";
        this.barre.hidden = true;
        this.dire(
          `« ${fichier.name} » pèse ${enMots(fichier.size)} : la limite est de ${mo}${INSECABLE}Mo. Réduisez-le, ou choisissez-en un autre.`
            .replaceAll("« ", `«${INSECABLE}`).replaceAll(" »", `${INSECABLE}»`)
            .replaceAll(" :", `${INSECABLE}:`),
          { faute: true },
        );
        return;
      }
      this.fichier = fichier;
      this.lancer();
    }

    async lancer() {
      this.arret?.abort();
      const arret = (this.arret = new AbortController());
      this.enCours = true;
      this.reprise.hidden = true;
      this.barre.hidden = false;
      this.barre.value = 0;
      this.cache.value = "";
      this.champ.name = this.nom;
      this.cadre.querySelector("[data-deja]")?.remove();
      try {
        await this.envoyer(arret.signal);
        this.finir();
      } catch (erreur) {
        if (arret.signal.aborted) return;
        this.echouer(erreur);
      }
    }

    async envoyer(signal) {
      const f = this.fichier;
      this.dire("Préparation du fichier…", { fort: false });
      const corps = JSON.stringify({
        nom: f.name,
        taille: f.size,
        empreinte: await empreinte(f),
      });
      const etat = await this.demander(this.cadre.dataset.annonce, signal, corps);
      this.numero = etat.id;
      const deja = new Set(etat.recus);
      for (let rang = 0; rang < etat.nombre; rang += 1) {
        this.avancer(deja.size, etat.nombre);
        if (deja.has(rang)) continue;
        const bout = f.slice(rang * etat.morceau, (rang + 1) * etat.morceau);
        const adresse = `${this.cadre.dataset.annonce}/${etat.id}/morceaux/${rang}`;
        await this.demander(adresse, signal, bout);
        deja.add(rang);
      }
      this.avancer(etat.nombre, etat.nombre);
    }

    avancer(faits, nombre) {
      const part = Math.round((faits / nombre) * 100);
      this.barre.value = part;
      const dits = `Envoi de «${INSECABLE}${this.fichier.name}${INSECABLE}»${INSECABLE}: ${part}${INSECABLE}%`;
      this.dire(dits, { fort: false });
    }

    /* One request, repeated as long as the network or the server is away. */
    async demander(adresse, signal, corps) {
      for (let essai = 0; ; essai += 1) {
        const reponse = await this.essayer(adresse, signal, corps);
        if (reponse?.ok) return reponse.json();
        signal.throwIfAborted();
        if (reponse?.status === 401) throw new SessionTerminee();
        if (reponse && reponse.status < 500 && reponse.status !== 429) {
          const refus = await reponse.json().catch(() => ({}));
          throw new Refus([refus.message, refus.que_faire].filter(Boolean).join(" "));
        }
        this.dire("La connexion est coupée. L’envoi reprendra tout seul là où il s’est arrêté.", {
          fort: essai === 0,
        });
        await this.patienter(ATTENTES[Math.min(essai, ATTENTES.length - 1)], signal);
      }
    }

    async essayer(adresse, signal, corps) {
      const type = typeof corps === "string" ? "application/json" : "application/octet-stream";
      const headers = {
        Accept: "application/json",
        "Content-Type": type,
        "X-CSRFToken": jeton(this.formulaire),
      };
      try {
        return await fetch(adresse, { method: "POST", body: corps, headers, signal });
      } catch {
        return null;
      }
    }

    patienter(duree, signal) {
      return new Promise((fin) => {
        const reveil = () => {
          clearTimeout(minuterie);
          fin();
        };
        const minuterie = setTimeout(reveil, duree);
        this.reveil = reveil;
        signal.addEventListener("abort", reveil, { once: true });
      });
    }

    finir() {
      this.enCours = false;
      this.cache.value = this.numero;
      const { name, size } = this.fichier;
      this.champ.removeAttribute("name"); // it stays in sight, and is not sent twice
      this.champ.removeAttribute("aria-invalid");
      this.barre.hidden = true;
      const libelle = this.formulaire.querySelector("[type=submit]").textContent.trim();
      this.dire(
        `«${INSECABLE}${name}${INSECABLE}» (${enMots(size)}) est arrivé. Il reste à choisir «${INSECABLE}${libelle}${INSECABLE}».`,
      );
      if (this.bouton) {
        const bouton = this.bouton;
        this.bouton = null;
        this.formulaire.requestSubmit(bouton);
      }
    }

    echouer(erreur) {
      this.enCours = false;
      this.bouton = null;
      if (erreur instanceof Refus) {
        this.champ.value = "";
        this.barre.hidden = true;
        this.dire(erreur.message || "Ce fichier n’a pas pu être envoyé.", { faute: true });
        return;
      }
      this.reprise.hidden = false;
      const phrase =
        erreur instanceof SessionTerminee
          ? "Votre session est terminée. Reconnectez-vous dans un autre onglet, puis choisissez « Reprendre l’envoi »."
          : "L’envoi s’est arrêté. Choisissez « Reprendre l’envoi ».";
      this.dire(phrase.replaceAll("« ", `«${INSECABLE}`).replaceAll(" »", `${INSECABLE}»`), {
        faute: true,
      });
    }

    annuler() {
      this.arret?.abort();
      const { numero } = this;
      this.enCours = false;
      this.bouton = null;
      this.numero = undefined;
      this.cache.value = "";
      this.champ.name = this.nom;
      this.champ.value = "";
      this.suivi.hidden = true;
      this.voix.textContent = "Envoi annulé.";
      this.champ.focus();
      if (numero === undefined) return;
      const adresse = `${this.cadre.dataset.annonce}/${numero}/abandon`;
      this.essayer(adresse, new AbortController().signal, "{}");
    }

    /* The button pressed too early waits for the end, then sends the form by itself. */
    surEnvoi(evenement) {
      if (!this.enCours) return;
      evenement.preventDefault();
      this.bouton = evenement.submitter;
      this.dire("L’envoi se termine : le document sera déposé tout seul ensuite.".replace(" :", `${INSECABLE}:`));
    }
  }

  document.querySelectorAll("[data-televersement]").forEach((cadre) => new Envoi(cadre));
})();
