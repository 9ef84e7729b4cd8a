/* The board of a scenario: each amount is saved when its cell is left, others' changes arrive
   within two seconds, arrows move, a block pastes, the last changes can be undone and redone.
   Without this file the button of the page sends every amount at once. */

import { Totaux } from "./totaux.js";

const ENTRE_DEUX_MS = 2000;
const DELAI_MS = 15000;
const { ecrire, lire } = window.aapMontants;
const formulaire = document.querySelector("[data-scenario]");
const jeton = () => formulaire.querySelector("[name=csrf_token]").value;

/* ---- a calculation goes on: tell it, reload at its end ---- */
const calcul = document.querySelector("[data-calcul]");
if (calcul) {
  setInterval(async () => {
    if (document.visibilityState !== "visible") return;
    try {
      const lu = await (await fetch(calcul.dataset.calcul, { headers: { Accept: "application/json" } })).json();
      calcul.querySelector("[data-avancement]").textContent = lu.avancement;
      if (["fini", "echoue"].includes(lu.calcul)) location.reload();
    } catch {
      /* the next turn will tell */
    }
  }, ENTRE_DEUX_MS);
}

if (formulaire && "modifiable" in formulaire.dataset) demarrer();
else if (formulaire && !calcul) suivreSansEcrire();

/* A frozen or read-only board is drawn again when somebody has changed it. */
function suivreSansEcrire() {
  setInterval(async () => {
    if (document.visibilityState !== "visible") return;
    const lu = await interroger().catch(() => null);
    if (lu && lu.numero > Number(formulaire.dataset.numero)) location.reload();
  }, 5 * ENTRE_DEUX_MS);
}

async function interroger() {
  const adresse = `${formulaire.dataset.changements}?depuis=${formulaire.dataset.numero}`;
  const reponse = await fetch(adresse, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(DELAI_MS) });
  return reponse.json();
}

function demarrer() {
  const champs = [...formulaire.querySelectorAll("input[data-ligne]")];
  const parLigne = Map.groupBy ? Map.groupBy(champs, (c) => c.dataset.ligne) : grouper(champs);
  const sauves = new Map(champs.map((c) => [c, cents(c.value) ?? 0]));
  const poses = new Map(champs.map((c) => [c, c.value])); // as last left, saved or on its way
  const totaux = new Totaux(formulaire);
  const etat = formulaire.querySelector("[data-etat]");
  const conflits = formulaire.querySelector("[data-conflits]");
  const annulables = [];
  const refaisables = [];
  let enCours = Promise.resolve();
  let choisi = null;
  let frappe = null; // the cell in which somebody is typing

  for (const b of ["annuler", "refaire", "verrouiller"]) formulaire.querySelector(`[data-${b}]`).hidden = false;
  const secours = formulaire.querySelector(".sans-script");
  if (secours) secours.hidden = true;

  const dire = (texte, ton = "neutre") => {
    etat.textContent = texte;
    etat.dataset.ton = ton;
  };
  const montant = (champ) => cents(champ.value) ?? sauves.get(champ);
  const redire = () => totaux.refaire(montant);

  /* ---- writing ---- */

  function mettre(champ, valeur) {
    champ.value = valeur;
    poses.set(champ, valeur);
    if (frappe === champ) frappe = null;
  }

  /* changes: [{champ, valeur}] ; the other enveloppes of the same line are emptied. */
  function poser(changes, { garder = true } = {}) {
    const avant = [];
    for (const { champ, valeur } of changes) {
      for (const voisin of parLigne.get(champ.dataset.ligne)) {
        const neuve = voisin === champ ? valeur : valeur === "" ? voisin.value : "";
        if (voisin !== champ && voisin.value === neuve) continue;
        avant.push({ champ: voisin, avant: poses.get(voisin), apres: neuve });
        mettre(voisin, neuve);
      }
    }
    redire();
    if (garder && avant.some((x) => x.avant !== x.apres)) {
      annulables.push(avant);
      refaisables.length = 0;
    }
    boutons();
    return envoyer([...new Set(changes.map((x) => x.champ.dataset.ligne))]);
  }

  function cellule(ligne) {
    const groupe = parLigne.get(ligne);
    const plein = groupe.find((c) => c.value.trim() !== "");
    const temoin = plein ?? groupe[0];
    return {
      ligne: Number(ligne),
      enveloppe: plein ? Number(plein.dataset.enveloppe) : null,
      montant: plein ? plein.value : null,
      verrou: groupe.some((c) => "verrou" in c.dataset),
      motif: temoin.dataset.motif ?? "",
      vu: Number(temoin.dataset.numero),
    };
  }

  function envoyer(lignes) {
    enCours = enCours.then(() => transmettre(lignes));
    return enCours;
  }

  async function transmettre(lignes) {
    const touches = lignes.flatMap((l) => parLigne.get(l));
    touches.forEach((c) => (c.dataset.etat = "attente"));
    dire("Enregistrement…");
    try {
      const reponse = await fetch(formulaire.action, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": jeton() },
        body: JSON.stringify({ cellules: lignes.map(cellule) }),
        signal: AbortSignal.timeout(DELAI_MS),
      });
      const lu = await reponse.json();
      if (reponse.ok) {
        lu.cellules.forEach((c) => noter(c));
        touches.forEach((c) => {
          sauves.set(c, cents(c.value) ?? 0);
          delete c.dataset.etat;
          c.removeAttribute("aria-invalid");
        });
        dire("Enregistré.", "succes");
      } else if (reponse.status === 409 && lignes.length) {
        await heurter(lignes, lu);
      } else {
        refuser(touches, lu);
      }
    } catch {
      touches.forEach((c) => (c.dataset.etat = "refus"));
      dire("Le serveur ne répond pas : ce montant n’est pas enregistré. Nouvel essai dans un instant.", "refus");
      setTimeout(() => envoyer(lignes), 5 * ENTRE_DEUX_MS);
    }
  }

  function refuser(touches, lu) {
    const phrases = (lu.problemes ?? []).map((p) => p.message);
    touches.filter((c) => c.value.trim() !== "").forEach((c) => {
      c.dataset.etat = "refus";
      c.setAttribute("aria-invalid", "true");
    });
    const depasse = touches.find((c) => (cents(c.value) ?? 0) > Number(c.dataset.demande));
    dire(phrases.join(" ") || [lu.message, lu.que_faire].filter(Boolean).join(" "), "refus");
    if (depasse && phrases.length) demanderMotif(depasse, phrases.join(" "));
  }

  /* Above the request: the reason is asked on the spot. */
  function demanderMotif(champ, phrase) {
    const bloc = alerte(`${phrase}`);
    const saisie = document.createElement("input");
    saisie.className = "form-control";
    saisie.maxLength = 500;
    saisie.setAttribute("aria-label", "Pourquoi plus que la demande");
    bloc.append(saisie, bouton("Enregistrer avec ce motif", () => {
      champ.dataset.motif = saisie.value;
      bloc.remove();
      envoyer([champ.dataset.ligne]);
    }), bouton("Remettre le montant d’avant", () => {
      mettre(champ, texte(sauves.get(champ)));
      delete champ.dataset.etat;
      champ.removeAttribute("aria-invalid");
      bloc.remove();
      redire();
      dire("Le montant d’avant est remis.");
    }));
    saisie.focus();
  }

  /* ---- two people on one cell ---- */

  async function heurter(lignes, lu) {
    const miens = lignes.map(cellule);
    const neuf = await interroger().catch(() => null);
    if (!neuf) return dire(lu.message, "refus");
    appliquer(neuf, new Set());
    miens.forEach((mien) => {
      const groupe = parLigne.get(String(mien.ligne));
      const autre = groupe.find((c) => c.value.trim() !== "");
      const leur = autre ? ecrire(cents(autre.value) ?? 0) : "aucun montant";
      const mienne = mien.montant === null ? "aucun montant" : `${mien.montant} €`;
      if (leur === mienne) return;
      const bloc = alerte(`Une autre personne vient d’écrire ${leur} là où vous avez saisi ${mienne}.`);
      bloc.append(
        bouton(`Garder ${leur}`, () => bloc.remove()),
        bouton(`Mettre ${mienne}`, () => {
          bloc.remove();
          const cible = groupe.find((c) => Number(c.dataset.enveloppe) === mien.enveloppe) ?? groupe[0];
          poser([{ champ: cible, valeur: mien.montant ?? "" }]);
        }),
      );
    });
    dire("Deux valeurs différentes : choisissez au-dessus du tableau.", "refus");
    return undefined;
  }

  function alerte(phrase) {
    const bloc = document.createElement("div");
    bloc.className = "alerte ton-attention";
    const p = document.createElement("p");
    p.textContent = phrase;
    bloc.append(p);
    conflits.append(bloc);
    return bloc;
  }

  function bouton(mots, geste) {
    const b = document.createElement("button");
    b.type = "button";
    b.className = "btn btn-secondaire";
    b.textContent = mots;
    b.addEventListener("click", geste);
    return b;
  }

  function noter(c) {
    (parLigne.get(String(c.ligne)) ?? []).forEach((champ) => {
      champ.dataset.numero = c.numero;
      champ.toggleAttribute("data-verrou", c.verrou);
      const mot = champ.parentElement.querySelector(".verrou");
      if (mot) mot.hidden = !c.verrou;
    });
  }

  /* What others wrote, except the cell that one is typing in. */
  function appliquer(lu, proteges) {
    lu.cellules.forEach((c) => {
      const groupe = parLigne.get(String(c.ligne));
      if (!groupe || groupe.some((champ) => proteges.has(champ))) return;
      if (groupe.every((champ) => Number(champ.dataset.numero) >= c.numero)) return;
      groupe.forEach((champ) => {
        const valeur = Number(champ.dataset.enveloppe) === c.enveloppe ? texte(c.montant ?? 0) : "";
        if (champ.value !== valeur) {
          mettre(champ, valeur);
          champ.dataset.etat = "autre";
          setTimeout(() => champ.dataset.etat === "autre" && delete champ.dataset.etat, 4000);
          if (valeur) dire(`${c.qui || "Une autre personne"} a écrit ${ecrire(c.montant)}.`);
        }
        sauves.set(champ, cents(champ.value) ?? 0);
        if (c.motif) champ.dataset.motif = c.motif;
      });
      noter(c);
    });
    formulaire.dataset.numero = Math.max(Number(formulaire.dataset.numero), lu.numero);
    redire();
  }

  setInterval(async () => {
    if (document.visibilityState !== "visible") return;
    await enCours;
    const lu = await interroger().catch(() => null);
    if (!lu) return;
    if (lu.etat !== "brouillon" || !["aucun", "fini", "echoue"].includes(lu.calcul)) return location.reload();
    const actif = document.activeElement;
    const proteges = new Set(champs.filter((c) => c === actif && c === frappe));
    const retenu = lu.cellules.some((c) => [...proteges].some((p) => p.dataset.ligne === String(c.ligne)));
    const numero = formulaire.dataset.numero;
    appliquer(lu, proteges);
    if (retenu) formulaire.dataset.numero = numero;
  }, ENTRE_DEUX_MS);

  /* ---- keyboard, paste, undo ---- */

  function boutons() {
    formulaire.querySelector("[data-annuler]").disabled = !annulables.length;
    formulaire.querySelector("[data-refaire]").disabled = !refaisables.length;
  }

  function rejouer(de, vers, cote) {
    const dernier = de.pop();
    if (!dernier) return;
    vers.push(dernier);
    const changes = dernier.map((x) => ({ champ: x.champ, valeur: x[cote] }));
    changes.forEach(({ champ, valeur }) => mettre(champ, valeur));
    redire();
    boutons();
    envoyer([...new Set(changes.map((x) => x.champ.dataset.ligne))]);
    changes[0].champ.focus();
  }

  const annuler = () => rejouer(annulables, refaisables, "avant");
  const refaire = () => rejouer(refaisables, annulables, "apres");
  formulaire.querySelector("[data-annuler]").addEventListener("click", annuler);
  formulaire.querySelector("[data-refaire]").addEventListener("click", refaire);

  const verrou = formulaire.querySelector("[data-verrouiller]");
  verrou.addEventListener("click", () => {
    if (!choisi) return;
    const groupe = parLigne.get(choisi.dataset.ligne);
    const mis = groupe.some((c) => "verrou" in c.dataset);
    groupe.forEach((c) => c.toggleAttribute("data-verrou", !mis));
    envoyer([choisi.dataset.ligne]).then(() => montrerVerrou(choisi));
  });

  function montrerVerrou(champ) {
    verrou.disabled = false;
    verrou.textContent = "verrou" in champ.dataset ? "Déverrouiller ce montant" : "Verrouiller ce montant";
  }

  function deplacer(champ, sens) {
    const colonne = champs.filter((c) => c.dataset.enveloppe === champ.dataset.enveloppe);
    const suivant = colonne[colonne.indexOf(champ) + sens];
    if (suivant) {
      suivant.focus();
      suivant.select();
    }
  }

  formulaire.addEventListener("focusin", (e) => {
    if (!e.target.matches("input[data-ligne]")) return;
    choisi = e.target;
    montrerVerrou(choisi);
  });

  formulaire.addEventListener("change", (e) => {
    const champ = e.target;
    if (!champ.matches("input[data-ligne]")) return;
    if (champ.value.trim() !== "" && cents(champ.value) === null) {
      champ.dataset.etat = "refus";
      champ.setAttribute("aria-invalid", "true");
      dire("Ce montant ne peut pas être lu : écrivez par exemple 1 200 ou 1 200,50.", "refus");
      return;
    }
    poser([{ champ, valeur: champ.value.trim() === "" ? "" : texte(cents(champ.value)) }]);
  });

  formulaire.addEventListener("input", (e) => {
    if (!e.target.matches("input[data-ligne]")) return;
    frappe = e.target;
    redire();
  });

  formulaire.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && ["z", "y"].includes(e.key.toLowerCase())) {
      if (frappe === e.target) return; // the browser undoes what is being typed
      e.preventDefault();
      (e.key.toLowerCase() === "y" || e.shiftKey ? refaire : annuler)();
      return;
    }
    if (!e.target.matches("input[data-ligne]")) return;
    if (e.key === "ArrowDown" || e.key === "Enter") [e.preventDefault(), deplacer(e.target, 1)];
    else if (e.key === "ArrowUp") [e.preventDefault(), deplacer(e.target, -1)];
    else if (e.key === "Escape") [mettre(e.target, poses.get(e.target)), redire()];
  });

  formulaire.addEventListener("submit", (e) => e.preventDefault());

  formulaire.addEventListener("paste", (e) => {
    const bloc = e.clipboardData?.getData("text/plain") ?? "";
    if (!e.target.matches("input[data-ligne]") || !/[\t\n]/.test(bloc.trim())) return;
    e.preventDefault();
    const rangees = bloc.replace(/\r/g, "").replace(/\n$/, "").split("\n").map((x) => x.split("\t"));
    const colonnes = [...formulaire.querySelectorAll("[data-colonne]")].map((th) => th.dataset.colonne);
    const lignes = [...formulaire.querySelectorAll("tr[data-dossier]")];
    const y = lignes.indexOf(e.target.closest("tr"));
    const x = colonnes.indexOf(e.target.dataset.enveloppe);
    const changes = [];
    let perdues = 0;
    rangees.forEach((rangee, i) =>
      rangee.forEach((brut, j) => {
        if (brut.trim() === "") return;
        const champ = lignes[y + i]?.querySelector(`input[data-enveloppe="${colonnes[x + j]}"]`);
        const lu = cents(brut);
        if (!champ || lu === null) perdues += 1;
        else changes.push({ champ, valeur: texte(lu) });
      }),
    );
    if (changes.length) poser(changes);
    if (perdues) dire(`${perdues} cases du bloc n’ont pas trouvé de place, ou ne sont pas des montants.`, "refus");
  });

  function grouper(liste) {
    const groupes = new Map();
    liste.forEach((c) => groupes.set(c.dataset.ligne, [...(groupes.get(c.dataset.ligne) ?? []), c]));
    return groupes;
  }
}

function cents(valeur) {
  const brut = String(valeur ?? "").trim();
  return brut === "" ? null : lire(brut);
}

function texte(montantEnCents) {
  return montantEnCents ? ecrire(montantEnCents).replace(/\s*€$/, "") : "";
}
