"""The board of a scenario as drawn: for each dossier its cells, and the gaps between them.

A row of forty columns holds a few cells only: the empty ones are merged, so that the page stays
light with a thousand dossiers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aap.domaine.montants import en_euros, pour_saisie
from aap.models import MontantScenario
from aap.requetes.tableau import CaisseTableau, LigneTableau, RangeeTableau, Tableau
from aap.requetes.totaux_scenario import AXES


@dataclass(frozen=True)
class CelluleVue:
    """An amount that may be typed. ``avant``: empty columns before it; ``valeur``: as typed."""

    avant: int
    ligne: int
    enveloppe: int
    nom: str
    etiquette: str
    valeur: str
    numero: int
    verrouille: bool
    motif: str
    demande: int
    indication: str


@dataclass(frozen=True)
class RangeeVue:
    """``lieux``: JSON list of « axis:place », for the totals made in the page (cents)."""

    rangee: RangeeTableau
    lieux: str
    recu: int
    cellules: tuple[CelluleVue, ...]
    apres: int


def grille(
    tableau: Tableau,
    rangees: Sequence[RangeeTableau],
    cellules: Mapping[int, MontantScenario],
) -> list[RangeeVue]:
    """Rows ready to be drawn, in the order given."""
    rangs = {c.id: rang for rang, c in enumerate(tableau.caisses)}
    return [_rangee(tableau.caisses, rangs, r, cellules) for r in rangees]


def _rangee(
    caisses: Sequence[CaisseTableau],
    rangs: Mapping[int, int],
    r: RangeeTableau,
    cellules: Mapping[int, MontantScenario],
) -> RangeeVue:
    offres = ((rangs[o.enveloppe_id], v) for v in r.lignes for o in v.offres)
    places = sorted(offres, key=lambda place: (place[0], place[1].id))
    vues, suivante = [], 0
    for rang, ligne in places:
        vues.append(_cellule(caisses[rang], rang - suivante, r, ligne, cellules.get(ligne.id)))
        suivante = rang + 1
    return RangeeVue(
        rangee=r,
        lieux=json.dumps(
            [f"{code}:{lieu}" for code, _, lire in AXES for lieu in lire(r)], ensure_ascii=False
        ),
        recu=sum(m.montant or 0 for v in r.lignes if (m := cellules.get(v.id)) is not None),
        cellules=tuple(vues),
        apres=len(caisses) - suivante,
    )


def _cellule(
    caisse: CaisseTableau,
    avant: int,
    r: RangeeTableau,
    v: LigneTableau,
    m: MontantScenario | None,
) -> CelluleVue:
    ici = m is not None and m.montant is not None and m.enveloppe_id == caisse.id
    indication = f"{en_euros(v.demande)} demandés"
    if v.propose is not None:
        indication += f", {en_euros(v.propose)} proposés"
    return CelluleVue(
        avant=avant,
        ligne=v.id,
        enveloppe=caisse.id,
        nom=f"m-{v.id}-{caisse.id}",
        etiquette=f"{caisse.financeur}, {caisse.libelle}",
        valeur=pour_saisie(m.montant or 0) if m is not None and ici else "",
        numero=m.numero if m else 0,
        verrouille=bool(m and m.verrouille),
        motif=m.motif_ecart if m else "",
        demande=v.demande,
        indication=indication,
    )
