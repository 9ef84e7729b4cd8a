/* Amounts saved as soon as a field is left, remainders drawn again, one step of undo.
   Without this file the button of each dossier does the same by an ordinary form.
   <form data-montants> … <input data-version-de="12"> … <p data-etat-montants> ; <div data-solde="3">.
   <div data-actualiser="15"> reloads its page every 15 seconds while it is on screen. */
"use strict";

(() => {
  const DELAI_MS = 20000;

  function champs(formulaire) {
    return [...formulaire.querySelectorAll("input:not([type=hidden]), select")];
  }

  function photographier(formulaire) {
    return champs(formulaire).map((champ) => champ.value);
  }

  function dire(formulaire, texte, ton) {
    const sortie = formulaire.querySelector("[data-etat-montants]");
    sortie.textContent = texte;
    sortie.dataset.ton = ton;
  }

  function rafraichir(formulaire, reponse) {
    Object.entries(reponse.lignes).forEach(([ligne, version]) => {
      const champ = formulaire.querySelector(`[data-version-de="${ligne}"]`);
      if (champ) champ.value = version;
    });
    document.querySelectorAll("[data-solde]").forEach((zone) => {
      const neuf = reponse.soldes[zone.dataset.solde];
      if (neuf !== undefined) zone.innerHTML = neuf;
    });
  }

  /* What the page says of the saved amounts: total, plan, versions that the decision has seen. */
  function redire(formulaire, reponse) {
    const total = formulaire.querySelector("[data-total]");
    if (total) total.textContent = reponse.total;
    const plan = document.querySelector("[data-plan]");
    if (!plan) return;
    plan.innerHTML = reponse.plan;
    const vues = document.querySelector("[name=lignes_vues]");
    if (vues) {
      vues.value = vues.value
        .split(",")
        .map((couple) => couple.split(":"))
        .map(([ligne, version]) => `${ligne}:${reponse.lignes[ligne] ?? version}`)
        .join(",");
    }
    const impossible = document.querySelector("[data-acte=programmer]");
    if (impossible) impossible.hidden = reponse.retenu;
  }

  function proposer(formulaire) {
    formulaire.querySelectorAll("[data-propose]").forEach((mot) => {
      const champ = mot.parentElement.querySelector("input:not([type=hidden])");
      if (champ && champ.value.trim() === "") champ.value = mot.dataset.propose;
    });
  }

  function phrase(reponse) {
    const problemes = (reponse.problemes ?? []).map((p) => p.message);
    return [reponse.message, ...problemes, reponse.que_faire].filter(Boolean).join(" ");
  }

  /* Nothing is sent while a positive amount has no enveloppe yet: the person is still typing. */
  function inacheve(formulaire) {
    return [...formulaire.querySelectorAll("tbody tr")].some((rangee) => {
      const montant = rangee.querySelector("input:not([type=hidden])");
      const enveloppe = rangee.querySelector("select");
      return montant && enveloppe && /[1-9]/.test(montant.value) && enveloppe.value === "";
    });
  }

  async function envoyer(formulaire, memoire) {
    if (memoire.enCours || inacheve(formulaire)) {
      memoire.aRefaire = memoire.enCours;
      return;
    }
    memoire.enCours = true;
    const envoyees = photographier(formulaire);
    dire(formulaire, "Enregistrement…", "attente");
    try {
      const reponse = await fetch(formulaire.action, {
        method: "POST",
        body: new FormData(formulaire),
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(DELAI_MS),
      });
      const lu = await reponse.json();
      if (reponse.ok) {
        rafraichir(formulaire, lu);
        redire(formulaire, lu);
        memoire.refuse = false;
        memoire.precedentes = memoire.actuelles;
        memoire.actuelles = envoyees;
        formulaire.querySelector("[data-defaire]").hidden = false;
        dire(formulaire, lu.message, "succes");
      } else {
        memoire.refuse = true;
        formulaire.querySelector("[data-defaire]").hidden = false;
        dire(formulaire, phrase(lu), "refus");
      }
    } catch {
      dire(
        formulaire,
        "Le serveur ne répond pas : ce montant n’est pas enregistré. Utilisez le bouton.",
        "refus",
      );
    }
    memoire.enCours = false;
    if (memoire.aRefaire) {
      memoire.aRefaire = false;
      envoyer(formulaire, memoire);
    }
  }

  function preparer(formulaire) {
    const depart = photographier(formulaire);
    const memoire = { actuelles: depart, precedentes: depart, enCours: false, aRefaire: false };
    formulaire.addEventListener("change", () => envoyer(formulaire, memoire));
    const proposes = formulaire.querySelector("[data-proposer]");
    proposes.hidden = formulaire.querySelector("[data-propose]") === null;
    proposes.addEventListener("click", () => {
      proposer(formulaire);
      envoyer(formulaire, memoire);
    });
    formulaire.querySelector("[data-defaire]").addEventListener("click", () => {
      const valeurs = memoire.refuse ? memoire.actuelles : memoire.precedentes;
      champs(formulaire).forEach((champ, i) => (champ.value = valeurs[i]));
      envoyer(formulaire, memoire);
    });
  }

  function actualiser(zone) {
    setInterval(
      () => {
        if (document.visibilityState === "visible") location.reload();
      },
      Number(zone.dataset.actualiser) * 1000,
    );
  }

  document.querySelectorAll("form[data-montants]").forEach(preparer);
  document.querySelectorAll("[data-actualiser]").forEach(actualiser);
})();
