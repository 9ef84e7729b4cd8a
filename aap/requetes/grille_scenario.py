"""The board of a scenario as drawn: for each dossier its cells, and the gaps between them.

A row of forty columns holds a few cells only: the empty ones are merged, so that the page stays
light with a thousand dossiers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from aap.domaine.montants import en_euros, pour_saisie
from aap.requetes.tableau import CelluleLue, LigneTableau, RangeeTableau, Tableau
from aap.requetes.totaux_scenario import AXES


class CelluleVue(NamedTuple):
    """An amount that may be typed. ``avant``: empty columns before it; ``valeur``: as typed."""

    avant: int
    ligne: int
    enveloppe: int
    etiquette: str
    valeur: str
    numero: int
    verrouille: bool
    motif: str
    demande: int
    indication: str

    @property
    def nom(self) -> str:
        """Name of the field."""
        return f"m-{self.ligne}-{self.enveloppe}"


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
    cellules: Mapping[int, CelluleLue],
) -> list[RangeeVue]:
    """Rows ready to be drawn, in the order given."""
    colonnes = {
        c.id: (rang, f"{c.financeur}, {c.libelle}") for rang, c in enumerate(tableau.caisses)
    }
    return [_rangee(colonnes, r, cellules) for r in rangees]


def _rangee(
    colonnes: Mapping[int, tuple[int, str]],
    r: RangeeTableau,
    cellules: Mapping[int, CelluleLue],
) -> RangeeVue:
    places = sorted(
        (colonnes[o.enveloppe_id][0], v.id, rang, o.enveloppe_id)
        for rang, v in enumerate(r.lignes)
        for o in v.offres
    )
    lues = [_ligne(v, cellules.get(v.id)) for v in r.lignes]
    vues, suivante = [], 0
    for colonne, _, rang, enveloppe in places:
        ligne = lues[rang]
        vues.append(
            CelluleVue(
                colonne - suivante,
                ligne.ligne,
                enveloppe,
                colonnes[enveloppe][1],
                ligne.valeur if enveloppe == ligne.enveloppe else "",
                ligne.numero,
                ligne.verrouille,
                ligne.motif,
                ligne.demande,
                ligne.indication,
            )
        )
        suivante = colonne + 1
    return RangeeVue(
        rangee=r,
        lieux=_lieux(tuple((code, lire(r)) for code, _, lire in AXES)),
        recu=sum(m.montant or 0 for v in r.lignes if (m := cellules.get(v.id)) is not None),
        cellules=tuple(vues),
        apres=len(colonnes) - suivante,
    )


@lru_cache(2048)  # some hundreds of combinations of places in a contrat
def _lieux(axes: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    return json.dumps([f"{code}:{nom}" for code, noms in axes for nom in noms], ensure_ascii=False)


def _ligne(v: LigneTableau, m: CelluleLue | None) -> CelluleVue:
    """What the cells of one line share; its own column is the one that holds the amount."""
    indication = f"{_euros(v.demande)} demandés"
    if v.propose is not None:
        indication += f", {_euros(v.propose)} proposés"
    pose = m is not None and m.montant is not None
    return CelluleVue(
        0,
        v.id,
        m.enveloppe_id or 0 if m is not None and pose else 0,
        "",
        pour_saisie(m.montant or 0) if m is not None and pose else "",
        m.numero if m else 0,
        bool(m and m.verrouille),
        m.motif_ecart if m else "",
        v.demande,
        indication,
    )


_euros = lru_cache(4096)(en_euros)
