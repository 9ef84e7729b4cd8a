"""Who on the waiting list freed money would serve, in rank order: a proposal, never an act.

Each dossier takes, line after line, the first eligible enveloppe that covers what it aims at,
else the one with most left; what it takes is no longer there for those behind it. An amount
below the enveloppe's floor is not proposed. Source: parcours.md §6 (freed money goes back to the
enveloppe, then to the waiting list in rank order). Pure, deterministic; amounts are cents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LigneVisee:
    """A funder's line of a waiting dossier; ``offertes``: ids of enveloppes that may pay it."""

    id: int
    vise: int
    offertes: tuple[int, ...]


@dataclass(frozen=True)
class Bornes:
    """Smallest and largest aid that an enveloppe gives; None: no bound."""

    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class Attribution:
    ligne: int
    enveloppe: int
    montant: int


@dataclass
class _Caisse:
    restes: dict[int, int]
    bornes: Mapping[int, Bornes]

    def possible(self, enveloppe: int, vise: int) -> int:
        """Cents that this enveloppe may still give to a line that aims at ``vise``."""
        bornes = self.bornes.get(enveloppe, Bornes())
        plafond = vise if bornes.maximum is None else min(vise, bornes.maximum)
        montant = max(0, min(plafond, self.restes.get(enveloppe, 0)))
        return montant if montant >= (bornes.minimum or 0) else 0

    def servir(self, ligne: LigneVisee) -> Attribution | None:
        offres = [(self.possible(e, ligne.vise), e) for e in ligne.offertes]
        meilleure = max((montant for montant, _ in offres), default=0)
        if not meilleure:
            return None
        choisie = next(e for montant, e in offres if montant == meilleure)
        self.restes[choisie] -= meilleure
        return Attribution(ligne.id, choisie, meilleure)


@dataclass(frozen=True)
class Proposition:
    """What one dossier would get; nothing in ``attributions`` when it cannot be served."""

    dossier: int
    attributions: tuple[Attribution, ...] = field(default=())

    @property
    def montant(self) -> int:
        return sum(a.montant for a in self.attributions)


def proposer_repechages(
    file: Sequence[tuple[int, Sequence[LigneVisee]]],
    disponibles: Mapping[int, int],
    bornes: Mapping[int, Bornes],
) -> tuple[Proposition, ...]:
    """One proposal per dossier of the list, in its order.

    ``file``: (dossier id, its lines) by rank; ``disponibles``: cents left per enveloppe (below
    zero counts for nothing). Never gives more than an enveloppe holds.
    """
    caisse = _Caisse({e: max(0, x) for e, x in disponibles.items()}, bornes)
    propositions = []
    for dossier, lignes in file:
        servies = [caisse.servir(x) for x in lignes]
        propositions.append(Proposition(dossier, tuple(a for a in servies if a is not None)))
    return tuple(propositions)
