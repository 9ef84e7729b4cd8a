"""The board of a scenario as drawn: for each dossier its cells, and the gaps between them.

A row of forty columns holds a few cells only: the empty ones are merged, so that the page stays
light with a thousand dossiers.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass
class RangeeVue:
    """A dossier and its amounts, in the order of its lines; ``colonnes``: enveloppe -> (place,
    name). ``dessins``: the rows drawn last, where a row whose amounts are the same is found."""

    rangee: RangeeTableau
    lues: tuple[CelluleLue | None, ...]
    colonnes: Mapping[int, tuple[int, str]]
    dessins: dict[int, tuple[object, str]] = field(default_factory=dict)

    @property
    def recu(self) -> int:
        """Cents given."""
        return sum(m.montant or 0 for m in self.lues if m is not None)

    @property
    def lieux(self) -> str:
        """JSON list of « axis:place », for the totals made in the page."""
        return _lieux(tuple((code, lire(self.rangee)) for code, _, lire in AXES))

    def cellules(self) -> tuple[list[CelluleVue], int]:
        """The cells, by column, and how many empty columns come after them."""
        r = self.rangee
        places = sorted(
            (self.colonnes[o.enveloppe_id][0], v.id, rang, o.enveloppe_id)
            for rang, v in enumerate(r.lignes)
            for o in v.offres
        )
        lignes = [_ligne(v, lue) for v, lue in zip(r.lignes, self.lues, strict=True)]
        vues, suivante = [], 0
        for colonne, _, rang, enveloppe in places:
            ligne = lignes[rang]
            vues.append(
                CelluleVue(
                    colonne - suivante,
                    ligne.ligne,
                    enveloppe,
                    self.colonnes[enveloppe][1],
                    ligne.valeur if enveloppe == ligne.enveloppe else "",
                    ligne.numero,
                    ligne.verrouille,
                    ligne.motif,
                    ligne.demande,
                    ligne.indication,
                )
            )
            suivante = colonne + 1
        return vues, len(self.colonnes) - suivante


def grille(
    tableau: Tableau,
    rangees: Sequence[RangeeTableau],
    cellules: Mapping[int, CelluleLue],
    variante: Hashable = None,
) -> list[RangeeVue]:
    """Rows ready to be drawn, in the order given. ``variante``: what else the drawing depends on
    (scenario, rights); the columns are added to it."""
    colonnes = {
        c.id: (rang, f"{c.financeur}, {c.libelle}") for rang, c in enumerate(tableau.caisses)
    }
    dessins = tableau.dessins.variante((variante, tuple(colonnes.items())))
    return [
        RangeeVue(r, tuple(cellules.get(v.id) for v in r.lignes), colonnes, dessins)
        for r in rangees
    ]


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
