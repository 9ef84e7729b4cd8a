/* Totals of the board, made again at each change. The server made the first ones
   (aap/requetes/totaux_scenario.py): same additions, in whole cents. */

const { ecrire } = window.aapMontants;
const ENTIER = new Intl.NumberFormat("fr-FR");

/* One decimal at most, half away from zero, like pourcent() of the server. */
function taux(partie, total) {
  if (!total) return "–";
  const milliemes = Math.floor((2000 * partie + total) / (2 * total));
  const reste = milliemes % 10;
  return `${Math.trunc(milliemes / 10)}${reste ? `,${reste}` : ""}\u00a0%`;
}

function dire(zone, texte) {
  if (zone && zone.textContent !== texte) zone.textContent = texte;
}

/* The dossiers that the filters hide still count: what they had stays in `fond`. */
export class Totaux {
  constructor(formulaire) {
    this.zone = document;
    this.formulaire = formulaire;
    this.rangees = [...formulaire.querySelectorAll("tr[data-dossier]")].map((tr) => ({
      tr,
      lieux: JSON.parse(tr.dataset.lieux),
      champs: [...tr.querySelectorAll("input[data-ligne]")],
      recu: tr.querySelector("[data-recu]"),
    }));
    this.filtre = new URLSearchParams(location.search).size > 0;
  }

  /* `montant(champ)`: cents of a cell as saved or typed. */
  refaire(montant) {
    const caisses = new Map();
    const lieux = new Map();
    const ici = { donne: 0, aides: 0, pluri: 0, pluriMontant: 0, premieres: 0, poches: 0 };
    this.rangees.forEach((r) => {
      let total = 0;
      r.champs.forEach((champ) => {
        const cents = montant(champ);
        total += cents;
        const cle = champ.dataset.enveloppe;
        caisses.set(cle, (caisses.get(cle) ?? 0) + cents);
      });
      dire(r.recu, ecrire(total));
      ici.donne += total;
      if (total) {
        ici.aides += 1;
        if ("pluri" in r.tr.dataset) [ici.pluri, ici.pluriMontant] = [ici.pluri + 1, ici.pluriMontant + total];
        if ("premiere" in r.tr.dataset) ici.premieres += 1;
        if ("poche" in r.tr.dataset) ici.poches += total;
      }
      r.lieux.forEach((lieu) => {
        const somme = lieux.get(lieu) ?? [0, 0];
        lieux.set(lieu, [somme[0] + (total ? 1 : 0), somme[1] + total]);
      });
    });
    if (this.filtre) return;
    this.montrer(ici);
    this.montrerCaisses(caisses);
    this.montrerLieux(lieux);
  }

  montrer(ici) {
    const place = (nom) => this.zone.querySelector(`[data-t="${nom}"]`);
    dire(place("donne"), ecrire(ici.donne));
    dire(place("aides"), ENTIER.format(ici.aides));
    dire(place("cpo_nombre"), taux(ici.pluri, ici.aides));
    dire(place("cpo_montant"), taux(ici.pluriMontant, ici.donne));
    dire(place("premieres"), ENTIER.format(ici.premieres));
    dire(place("poches"), ecrire(ici.poches));
  }

  montrerCaisses(caisses) {
    this.zone.querySelectorAll("tr[data-caisse]").forEach((tr) => {
      const donne = caisses.get(tr.dataset.caisse) ?? 0;
      const reste = Number(tr.dataset.disponible) - donne;
      const dit = reste < 0 ? `−${ecrire(-reste)}` : ecrire(reste);
      dire(tr.querySelector('[data-c="donne"]'), ecrire(donne));
      dire(tr.querySelector('[data-c="reste"]'), dit);
      tr.querySelector('[data-c="depasse"]').hidden = reste >= 0;
      const tete = this.formulaire.querySelector(`[data-reste="${tr.dataset.caisse}"]`);
      dire(tete, dit);
      if (tete) tete.toggleAttribute("data-depasse", reste < 0);
    });
  }

  montrerLieux(lieux) {
    this.zone.querySelectorAll("tr[data-lieu]").forEach((tr) => {
      const [aides, donne] = lieux.get(tr.dataset.lieu) ?? [0, 0];
      dire(tr.querySelector('[data-c="aides"]'), ENTIER.format(aides));
      dire(tr.querySelector('[data-c="donne"]'), ecrire(donne));
    });
  }
}
