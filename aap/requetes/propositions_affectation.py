"""What the screens show of a computed sharing out: balance, loads, lines with their reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from aap.extensions import db
from aap.models import (
    Campagne,
    Dossier,
    EtatLigneRepartition,
    EtatRepartition,
    LigneRepartition,
    Repartition,
)
from aap.permissions import Acteur

PAR_PAGE = 50
EN_COURS = (EtatRepartition.CALCUL, EtatRepartition.APPLICATION, EtatRepartition.ANNULATION)


@dataclass(frozen=True)
class SuiteRepartition:
    """``comptes``: state of the lines -> how many; ``lignes``: one page of them."""

    comptes: dict[EtatLigneRepartition, int]
    lignes: Sequence[LigneRepartition]
    page: int
    filtre: EtatLigneRepartition | None
    par_page: int = PAR_PAGE

    @property
    def total(self) -> int:
        """Lines of the filter."""
        if self.filtre is not None:
            return self.comptes.get(self.filtre, 0)
        return sum(self.comptes.values())

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.par_page))

    @property
    def premier(self) -> int:
        return min(self.total, (self.page - 1) * self.par_page + 1)

    @property
    def dernier(self) -> int:
        return min(self.total, self.page * self.par_page)

    def nombre(self, *etats: str) -> int:
        """How many lines are in these states (their codes)."""
        return sum(n for etat, n in self.comptes.items() if etat.value in etats)


def derniere_repartition(campagne: Campagne) -> Repartition | None:
    """The latest one asked for this campaign (1 query)."""
    return db.session.scalar(
        select(Repartition)
        .where(Repartition.campagne_id == campagne.id)
        .order_by(Repartition.id.desc())
        .limit(1)
    )


def suite_repartition(
    acteur: Acteur, repartition: Repartition, filtre: str = "", page: int = 1
) -> SuiteRepartition:
    """Counts, then one page of lines (2 queries), dossiers in conflict of the reader left out."""
    visible = Dossier.organisme_id.not_in(sorted(acteur.deports))
    base = (
        select(LigneRepartition.etat, func.count())
        .join(LigneRepartition.dossier)
        .where(LigneRepartition.repartition_id == repartition.id, visible)
    )
    comptes = {e: n for e, n in db.session.execute(base.group_by(LigneRepartition.etat))}
    etat = next((e for e in EtatLigneRepartition if e.value == filtre), None)
    suite = SuiteRepartition(comptes, (), 1, etat)
    page = min(max(1, page), suite.pages)
    lignes = (
        select(LigneRepartition)
        .join(LigneRepartition.dossier)
        .where(LigneRepartition.repartition_id == repartition.id, visible)
        .order_by(
            LigneRepartition.etat != EtatLigneRepartition.PERSONNE, Dossier.numero,
            LigneRepartition.id,
        )
        .limit(PAR_PAGE)
        .offset((page - 1) * PAR_PAGE)
        .options(
            joinedload(LigneRepartition.dossier).joinedload(Dossier.organisme),
            joinedload(LigneRepartition.utilisateur),
            joinedload(LigneRepartition.financeur),
        )
    )  # fmt: skip
    if etat is not None:
        lignes = lignes.where(LigneRepartition.etat == etat)
    return SuiteRepartition(comptes, db.session.scalars(lignes).all(), page, etat)
