"""What an act on many dossiers would do, and what it has done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from aap.extensions import db
from aap.models import ActeLot, Dossier, EtatLigneLot, LigneLot, Lot, Organisme, RoleHabilitation
from aap.permissions import Acteur
from aap.requetes.affectations import A_INSTRUIRE
from aap.requetes.filtres_dossiers import Filtres
from aap.requetes.instruction import base_liste, conditions_selection
from aap.requetes.perimetre import dossiers_lisibles
from workflows.dossier import MACHINE, EtatDossier

LOT_MAX = 10_000
MONTREES = 50
PAR_PAGE = 100
R = RoleHabilitation


def etats_possibles(acte: ActeLot) -> frozenset[EtatDossier]:
    """From which states the act exists: the table of the workflow says it."""
    if acte is ActeLot.AFFECTER:
        return frozenset(A_INSTRUIRE)
    return frozenset(e for e in EtatDossier if MACHINE.trouver(acte.value, e) is not None)


def actes_offerts(acteur: Acteur) -> list[ActeLot]:
    """The acts that this person's roles may do somewhere."""
    actes = []
    if acteur.est(R.INSTRUCTEUR) or acteur.est(R.COORDINATEUR):
        actes += [ActeLot.PRENDRE_EN_INSTRUCTION, ActeLot.DEMANDER_COMPLEMENTS]
    if acteur.est(R.COORDINATEUR):
        actes.append(ActeLot.AFFECTER)
    return actes


@dataclass(frozen=True)
class Cible:
    """A dossier that the act aims at. ``campagne_id``: to know who may examine it."""

    id: int
    version: int
    campagne_id: int
    reference: str
    intitule: str
    organisme: str
    etat: EtatDossier

    @property
    def cle(self) -> str:
        return f"{self.id}:{self.version}"


def cibles_cochees(acteur: Acteur, ids: Collection[int]) -> list[Cible]:
    """Those of these dossiers that the reader may read (1 query)."""
    return _cibles([Dossier.id.in_(sorted(ids)), dossiers_lisibles(acteur)], False)


def cibles_filtrees(acteur: Acteur, filtres: Filtres) -> list[Cible]:
    """Every dossier of the selection, one more than allowed at most (1 query)."""
    return _cibles(conditions_selection(acteur, filtres), True)


def _cibles(conditions: Sequence[ColumnElement[bool]], filtre: bool) -> list[Cible]:
    requete = base_liste(
        (
            Dossier.id,
            Dossier.version,
            Dossier.campagne_id,
            Dossier.numero,
            Dossier.intitule,
            Organisme.nom,
            Dossier.etat,
        ),
        conditions,
        organisme=True,
    )
    limite = LOT_MAX + 1 if filtre else MONTREES * 4
    return [
        Cible(x.id, x.version, x.campagne_id, x.numero or "", x.intitule, x.nom, x.etat)
        for x in db.session.execute(requete.order_by(Dossier.numero, Dossier.id).limit(limite))
    ]


@dataclass(frozen=True)
class ApercuLot:
    """``ecartes``: (state, how many) of those that the act would refuse for their state."""

    cibles: list[Cible]
    possibles: list[Cible]
    ecartes: list[tuple[EtatDossier, int]]


def apercu_lot(acte: ActeLot, cibles: list[Cible]) -> ApercuLot:
    """Sort by what the state allows; rights and conflicts are settled dossier by dossier."""
    permis = etats_possibles(acte)
    ecartes: dict[EtatDossier, int] = {}
    for c in cibles:
        if c.etat not in permis:
            ecartes[c.etat] = ecartes.get(c.etat, 0) + 1
    return ApercuLot(cibles, [c for c in cibles if c.etat in permis], sorted(ecartes.items()))


@dataclass(frozen=True)
class SuiteLot:
    """``comptes``: state of the lines -> how many. ``lignes``: refusals first.

    ``masquees``: dossiers that the reader may no longer read (right over, déport declared since).
    """

    lot: Lot
    comptes: dict[EtatLigneLot, int]
    lignes: list[LigneLot]
    masquees: int = 0

    @property
    def total(self) -> int:
        return sum(self.comptes.values())

    @property
    def en_cours(self) -> bool:
        a_faire = EtatLigneLot.ATTENTE if self.lot.annule_le is None else EtatLigneLot.FAITE
        return self.comptes.get(a_faire, 0) > 0

    @property
    def traites(self) -> int:
        return self.total - self.comptes.get(EtatLigneLot.ATTENTE, 0)


def suite_lot(acteur: Acteur, lot: Lot) -> SuiteLot:
    """How far it is, and the first lines: what was refused comes first (3 queries)."""
    comptes = {
        etat: n
        for etat, n in db.session.execute(
            select(LigneLot.etat, func.count())
            .where(LigneLot.lot_id == lot.id)
            .group_by(LigneLot.etat)
        )
    }
    siennes = (LigneLot.lot_id == lot.id, dossiers_lisibles(acteur))
    lisibles = db.session.scalar(
        select(func.count()).select_from(LigneLot).join(LigneLot.dossier).where(*siennes)
    )
    lignes = db.session.scalars(
        select(LigneLot)
        .join(LigneLot.dossier)
        .where(*siennes)
        .order_by(LigneLot.etat != EtatLigneLot.REFUSEE, Dossier.numero, LigneLot.id)
        .limit(PAR_PAGE)
    )
    return SuiteLot(lot, comptes, list(lignes), sum(comptes.values()) - (lisibles or 0))
