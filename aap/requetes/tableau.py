"""The board of a campaign: what it is made of. ``lecture_tableau`` reads it.

A scenario and the calculation read the same rows.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from aap.requetes.notation import Resultat
from workflows.dossier import EtatDossier

REPARTIS = (
    EtatDossier.INSTRUIT,
    EtatDossier.INSCRIT,
    EtatDossier.AJOURNE,
    EtatDossier.LISTE_ATTENTE,
)
"""Dossiers that may still receive an amount: examined, and not decided for good."""

SANS_RANG = 1_000_000


@dataclass(frozen=True)
class CaisseTableau:
    """An enveloppe as a column. ``disponible``: cents once its children and the lines of other
    dossiers (decided, out of the board) are taken off."""

    id: int
    code: str
    libelle: str
    financeur_id: int
    financeur: str
    montant: int
    disponible: int


class OffreTableau(NamedTuple):
    """An enveloppe that may pay a line, up to ``maximum`` and from ``minimum`` cents."""

    enveloppe_id: int
    maximum: int
    minimum: int


class LigneTableau(NamedTuple):
    """What one funder is asked on one dossier; ``propose``: after its opinion (cents)."""

    id: int
    dossier_id: int
    financeur_id: int
    financeur: str
    collectivite: bool
    demande: int
    propose: int | None
    arbitre: int | None
    enveloppe_id: int | None
    offres: tuple[OffreTableau, ...]


class RangeeTableau(NamedTuple):
    """A dossier as a row. Places by name; ``poche``: led only outside QPV, in pockets."""

    id: int
    etat: EtatDossier
    reference: str
    intitule: str
    organisme: str
    organisme_id: int
    orientation: str
    quartiers: tuple[str, ...]
    communes: tuple[str, ...]
    secteurs: tuple[str, ...]
    budget: int
    pluriannuel: bool
    premiere: bool
    renouvellement: bool
    poche: bool
    resultat: Resultat | None
    lignes: tuple[LigneTableau, ...]

    @property
    def rang(self) -> int:
        """Place in the ranking; dossiers without one come last."""
        place = self.resultat.rang if self.resultat else None
        return SANS_RANG if place is None else place

    @property
    def demande(self) -> int:
        return sum(v.demande for v in self.lignes)


class Dessins:
    """Rows of a board as drawn last: variant -> dossier -> (amounts, row)."""

    VARIANTES = 2
    """A scenario, for those who may write or for those who only read."""

    def __init__(self) -> None:
        self._verrou = Lock()
        self._variantes: OrderedDict[Hashable, dict[int, tuple[object, str]]] = OrderedDict()

    def variante(self, cle: Hashable) -> dict[int, tuple[object, str]]:
        """The drawings of ``cle``; the variant unused for the longest time is forgotten."""
        with self._verrou:
            trouvee = self._variantes.setdefault(cle, {})
            self._variantes.move_to_end(cle)
            while len(self._variantes) > self.VARIANTES:
                self._variantes.popitem(last=False)
            return trouvee


@dataclass(frozen=True)
class Tableau:
    """Columns (by funder, then code) and rows (by rank). ``masques``: rows left out by déport."""

    caisses: tuple[CaisseTableau, ...]
    rangees: tuple[RangeeTableau, ...]
    masques: int
    dessins: Dessins = field(default_factory=Dessins, compare=False, repr=False)


class CelluleLue(NamedTuple):
    """An amount of a scenario as the board reads it (cents)."""

    financement_id: int
    enveloppe_id: int | None
    montant: int | None
    verrouille: bool
    motif_ecart: str
    numero: int
