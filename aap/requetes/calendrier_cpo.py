"""The calendar of the CPO: each exercice, firm or provisional, and the next yearly act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import contains_eager, selectinload

from aap.extensions import db
from aap.models import (
    Bilan,
    Convention,
    Dossier,
    Financement,
    Financeur,
    Organisme,
    Tranche,
    TypeConvention,
)
from aap.permissions import Acteur
from aap.requetes.actes_cpo import financeurs_lus
from aap.requetes.bilans_retard import NON_RENDUS
from aap.requetes.choix_cpo import ChoixCpo
from aap.requetes.essai import hors_essai
from aap.requetes.finance import PAR_PAGE, PageListe, sans_deport
from workflows.convention import EtatConvention
from workflows.tranche import EtatTranche

VIVANTES = (EtatConvention.SIGNEE, EtatConvention.EN_VIGUEUR)


@dataclass(frozen=True)
class LigneCalendrier:
    """A CPO; ``prochaine``: its next exercice to make firm, None when none is left.
    ``bilan_attendu``: the bilan of the exercice before is not handed in yet."""

    convention: Convention
    prochaine: Tranche | None
    bilan_attendu: bool

    @property
    def tranches(self) -> Sequence[Tranche]:
        return self.convention.tranches


def _prochain() -> ColumnElement[int]:
    """The first provisional exercice of the act."""
    return (
        select(func.min(Tranche.exercice))
        .where(Tranche.convention_id == Convention.id, Tranche.etat == EtatTranche.PREVISIONNELLE)
        .correlate(Convention)
        .scalar_subquery()
    )


def calendrier_cpo(acteur: Acteur, choix: ChoixCpo) -> PageListe:
    """Signed CPO that run, the nearest yearly act first (4 queries)."""
    conditions = [
        Convention.type == TypeConvention.CPO,
        Convention.etat.in_(VIVANTES),
        financeurs_lus(acteur),
        hors_essai(),
        *sans_deport(acteur),
    ]
    if choix.financeur:
        conditions.append(Convention.financeur_id == choix.financeur)
    if choix.exercice:
        conditions.append(
            exists().where(
                Tranche.convention_id == Convention.id, Tranche.exercice == choix.exercice
            )
        )
    base = (
        select(Convention)
        .join(Financeur, Financeur.id == Convention.financeur_id)
        .join(Organisme, Organisme.id == Convention.organisme_id)
        .join(Dossier, Dossier.id == Convention.dossier_id)
        .where(*conditions)
    )
    total = db.session.scalar(base.with_only_columns(func.count())) or 0
    pages = max(1, -(-total // PAR_PAGE))
    page = min(choix.page, pages)
    prochain = _prochain()
    requete = (
        base.options(
            contains_eager(Convention.financeur),
            contains_eager(Convention.organisme),
            contains_eager(Convention.dossier),
            selectinload(Convention.tranches),
        )
        .order_by(
            case((prochain.is_(None), 1), else_=0),
            prochain,
            Organisme.nom_recherche,
            Convention.id,
        )
        .limit(PAR_PAGE)
        .offset((page - 1) * PAR_PAGE)
    )
    conventions = list(db.session.scalars(requete).unique())
    attendus = _bilans_attendus(conventions)
    lignes = [_ligne(c, attendus) for c in conventions]
    return PageListe(lignes, total, 0, page, pages)


def _bilans_attendus(conventions: Sequence[Convention]) -> set[tuple[int, int]]:
    """(tranche, exercice) whose bilan is not handed in (1 query)."""
    ids = [t.financement_id for c in conventions for t in c.tranches if t.financement_id]
    lus = db.session.execute(
        select(Tranche.id, Bilan.exercice)
        .join(Financement, Financement.id == Tranche.financement_id)
        .join(Bilan, Bilan.dossier_id == Financement.dossier_id)
        .where(Tranche.financement_id.in_(ids), Bilan.etat.in_(NON_RENDUS))
    )
    return {(int(t), int(n)) for t, n in lus}


def _ligne(convention: Convention, attendus: set[tuple[int, int]]) -> LigneCalendrier:
    suite = [t for t in convention.tranches if t.etat is EtatTranche.PREVISIONNELLE]
    prochaine = min(suite, key=lambda t: t.exercice, default=None)
    avant = prochaine.exercice - 1 if prochaine is not None else 0
    attendu = any((t.id, avant) in attendus for t in convention.tranches if t.exercice == avant)
    return LigneCalendrier(convention, prochaine, attendu)
