"""Revised budgets of a dossier, and the budget in force: the last accepted, else the deposited."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from aap.domaine.budget import PlanComptable, plan_au
from aap.domaine.budget_revise import BilanRevision, totaux_revision
from aap.domaine.horloge import a_paris
from aap.extensions import db
from aap.models import CoteBudget, Dossier, IssueRevision, RevisionBudget
from aap.requetes.publication import lignes_porteur


@dataclass(frozen=True)
class LigneEnVigueur:
    """A line of the first year (cents; None: typed but unreadable in the deposited budget)."""

    cote: CoteBudget
    compte: str
    libelle: str
    montant: int | None


def plan_comptable(dossier: Dossier) -> PlanComptable:
    """The chart in force on the day the call opened."""
    return plan_au(a_paris(dossier.campagne.ouverture_le).date())


def revisions(dossier: Dossier) -> list[RevisionBudget]:
    """Every version, newest first."""
    return list(
        db.session.scalars(
            select(RevisionBudget)
            .where(RevisionBudget.dossier_id == dossier.id)
            .options(joinedload(RevisionBudget.demandee_par), joinedload(RevisionBudget.rendue_par))
            .order_by(RevisionBudget.rang.desc())
        )
    )


def revision_vivante(dossier: Dossier) -> RevisionBudget | None:
    """The one that is with the porteur, or awaits an answer."""
    return db.session.scalar(
        select(RevisionBudget).where(
            RevisionBudget.dossier_id == dossier.id, RevisionBudget.close_le.is_(None)
        )
    )


def revision_acceptee(dossier: Dossier) -> RevisionBudget | None:
    """The last accepted."""
    return db.session.scalar(
        select(RevisionBudget)
        .where(
            RevisionBudget.dossier_id == dossier.id,
            RevisionBudget.issue == IssueRevision.ACCEPTEE,
        )
        .order_by(RevisionBudget.rang.desc())
        .limit(1)
    )


def budget_en_vigueur(dossier: Dossier) -> list[LigneEnVigueur]:
    """The lines that count today, in their order: conventions and bilans are filled from them."""
    acceptee = revision_acceptee(dossier)
    if acceptee is None:
        return [
            LigneEnVigueur(x.cote, x.compte, x.libelle, x.montant)
            for x in sorted(dossier.lignes, key=lambda x: (x.rang, x.id))
            if x.annee == 1
        ]
    lignes = [
        LigneEnVigueur(CoteBudget(x["cote"]), x["compte"], x["libelle"], x["montant"])
        for x in acceptee.lignes
    ]
    comptes = {x.financement_id: x.compte for x in dossier.lignes if x.financement_id}
    aides = [
        LigneEnVigueur(CoteBudget.PRODUIT, comptes.get(i, "74"), nom, montant)
        for i, nom, montant in acceptee.aides
    ]
    return lignes + aides


def aides_publiees(dossier: Dossier) -> list[list[int | str]]:
    """``[financement id, name, cents]`` of what the funders of the call grant, once published."""
    return [
        [x.financement.id, x.financement.financeur.nom, x.montant]
        for x in lignes_porteur(dossier)
        if x.montant
    ]


def totaux_de(revision: RevisionBudget) -> BilanRevision:
    """Its sums: with the aids of today while it is written, with the frozen ones afterwards."""
    aides = revision.aides if revision.rendue_le else aides_publiees(revision.dossier)
    return totaux_revision(
        plan_comptable(revision.dossier), revision.lignes, sum(int(x[2]) for x in aides)
    )
