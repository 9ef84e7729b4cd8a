"""Aids that wait for an act, and what became of those prepared together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from aap.domaine.cpo import TypeActe, choisir_acte
from aap.domaine.montants import pour_saisie
from aap.extensions import db
from aap.models import (
    Convention,
    Dossier,
    EtatLigneLot,
    Financement,
    Financeur,
    LigneLotActes,
    LotActes,
)
from aap.permissions import Acteur
from aap.requetes.essai import hors_essai
from aap.requetes.finance import financeurs_de, lignes, sans_acte
from aap.requetes.soldes import RETENU
from workflows.convention import EtatConvention
from workflows.financement import EtatFinancement

SANS_ACTE = (EtatFinancement.ENGAGE, EtatFinancement.NOTIFIE)
"""A line already engaged waits again when its act ended before any payment."""
DUREE_MAX = 4
LOTS_MONTRES = 20
LIGNES_MONTREES = 100
E = EtatLigneLot


@dataclass(frozen=True)
class AidePreparable:
    """An aid, the act that the rules give it, and how many later years its CPO has."""

    ligne: Financement
    type: TypeActe
    suites: int

    @property
    def annees(self) -> list[int]:
        """The later exercices of its CPO."""
        return [self.ligne.exercice + i for i in range(1, self.suites + 1)]

    @property
    def propose(self) -> str:
        """What a later year is proposed to be, as typed: the amount voted."""
        return pour_saisie(self.ligne.montant_vote or 0)


def aides_a_preparer(
    acteur: Acteur, *conditions: ColumnElement[bool], limite: int | None = None
) -> list[AidePreparable]:
    """Notified aids that no act covers, with the act the rules give (2 queries)."""
    requete = lignes(acteur, Financement.etat.in_(SANS_ACTE), sans_acte(), *conditions)
    lues = list(db.session.scalars(requete.limit(limite)))
    cumuls = _cumuls({f.financeur_id for f in lues})
    return [_preparable(f, cumuls) for f in lues]


def _cumuls(financeurs: set[int]) -> dict[tuple[int, int, int], int]:
    """(Funder, organisme, exercice) -> cents, as ``requetes/cumuls.cumul_financeur``."""
    sommes = db.session.execute(
        select(
            Financement.financeur_id,
            Dossier.organisme_id,
            Financement.exercice,
            func.sum(RETENU),
        )
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .where(Financement.financeur_id.in_(sorted(financeurs)), hors_essai())
        .group_by(Financement.financeur_id, Dossier.organisme_id, Financement.exercice)
    )
    return {(f, o, e): int(somme or 0) for f, o, e, somme in sommes}


def _preparable(f: Financement, cumuls: dict[tuple[int, int, int], int]) -> AidePreparable:
    suites = min(f.dossier.duree_annees, DUREE_MAX) - 1
    cumul = cumuls.get((f.financeur_id, f.dossier.organisme_id, f.exercice), 0)
    return AidePreparable(f, choisir_acte(cumul, pluriannuel=suites > 0), max(0, suites))


def attentes(acteur: Acteur) -> list[tuple[Financeur, int, int]]:
    """(Funder, aids that wait for an act, cents), the reader's own (1 query)."""
    choisies = (
        lignes(acteur, Financement.etat.in_(SANS_ACTE), sans_acte())
        .with_only_columns(Financement.id, maintain_column_froms=True)
        .order_by(None)
    )
    lus = db.session.execute(
        select(Financeur, func.count(), func.coalesce(func.sum(Financement.montant_vote), 0))
        .join(Financement, Financement.financeur_id == Financeur.id)
        .where(Financement.id.in_(choisies))
        .group_by(Financeur.id)
        .order_by(Financeur.nom)
    )
    return [(f, n, int(somme or 0)) for f, n, somme in lus]


def lots_actes(acteur: Acteur) -> list[tuple[LotActes, int]]:
    """The last lots of the reader's funders, with how many acts each (1 query)."""
    nombre = (
        select(func.count())
        .where(LigneLotActes.lot_id == LotActes.id)
        .correlate(LotActes)
        .scalar_subquery()
    )
    lus = db.session.execute(
        select(LotActes, nombre)
        .join(Financeur, Financeur.id == LotActes.financeur_id)
        .where(financeurs_de(acteur), *_sans_deport(acteur))
        .options(joinedload(LotActes.financeur), joinedload(LotActes.auteur))
        .order_by(LotActes.id.desc())
        .limit(LOTS_MONTRES)
    )
    return [(lot, n) for lot, n in lus]


def _sans_deport(acteur: Acteur) -> list[ColumnElement[bool]]:
    if not acteur.deports:
        return []
    touches = (
        select(LigneLotActes.lot_id)
        .join(Financement, Financement.id == LigneLotActes.financement_id)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .where(Dossier.organisme_id.in_(sorted(acteur.deports)))
    )
    return [LotActes.id.not_in(touches)]


@dataclass(frozen=True)
class SuiteActes:
    """``prepares`` and ``envois``: state -> how many. ``a_imprimer``: acts that live;
    ``imprimes``: those in the booklets. ``lignes``: refusals first."""

    lot: LotActes
    prepares: dict[EtatLigneLot, int]
    envois: dict[EtatLigneLot, int]
    lignes: Sequence[LigneLotActes]
    projets: int
    a_imprimer: int

    @property
    def total(self) -> int:
        return sum(self.prepares.values())

    @property
    def imprimes(self) -> int:
        return sum(c.actes for c in self.lot.cahiers)

    @property
    def travail(self) -> tuple[str, int, int] | None:
        """(What is being done, how many are done, out of how many); None at rest."""
        if reste := self.prepares.get(E.ATTENTE, 0):
            return "Préparation des actes", self.total - reste, self.total
        if reste := self.envois.get(E.ATTENTE, 0):
            total = sum(self.envois.values())
            return "Envoi à la signature", total - reste, total
        if self.lot.impression_le and self.imprimes < self.a_imprimer:
            return "Cahiers à imprimer", self.imprimes, self.a_imprimer
        return None


def suite_actes(lot: LotActes) -> SuiteActes:
    """How far it is, and the first lines (5 queries)."""
    siennes = LigneLotActes.lot_id == lot.id
    prepares: dict[EtatLigneLot, int] = {}
    envois: dict[EtatLigneLot, int] = {}
    for etat, envoi, n in db.session.execute(
        select(LigneLotActes.etat, LigneLotActes.envoi, func.count())
        .where(siennes)
        .group_by(LigneLotActes.etat, LigneLotActes.envoi)
    ):
        prepares[etat] = prepares.get(etat, 0) + n
        if envoi is not None:
            envois[envoi] = envois.get(envoi, 0) + n
    actes = dict(
        db.session.execute(
            select(Convention.etat, func.count())
            .join(LigneLotActes, LigneLotActes.convention_id == Convention.id)
            .where(siennes)
            .group_by(Convention.etat)
        ).all()
    )
    refusee = or_(LigneLotActes.etat == E.REFUSEE, LigneLotActes.envoi == E.REFUSEE)
    lignes_lues = db.session.scalars(
        select(LigneLotActes)
        .where(siennes)
        .options(
            joinedload(LigneLotActes.convention),
            joinedload(LigneLotActes.financement)
            .joinedload(Financement.dossier)
            .joinedload(Dossier.organisme),
        )
        .order_by(refusee.is_not(True), LigneLotActes.id)
        .limit(LIGNES_MONTREES)
    )
    return SuiteActes(
        lot,
        prepares,
        envois,
        list(lignes_lues),
        projets=actes.get(EtatConvention.PROJET, 0),
        a_imprimer=sum(n for etat, n in actes.items() if etat is not EtatConvention.RESILIEE),
    )


def actes_a_imprimer(lot_id: int, apres: int, limite: int) -> list[LigneLotActes]:
    """Lines after ``apres`` whose act lives, in order (the acts with what their text reads)."""
    return list(
        db.session.scalars(
            select(LigneLotActes)
            .join(Convention, Convention.id == LigneLotActes.convention_id)
            .where(
                LigneLotActes.lot_id == lot_id,
                LigneLotActes.id > apres,
                Convention.etat != EtatConvention.RESILIEE,
            )
            .options(joinedload(LigneLotActes.convention))
            .order_by(LigneLotActes.id)
            .limit(limite)
        )
    )
