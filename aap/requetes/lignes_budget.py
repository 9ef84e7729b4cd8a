"""The budget lines of a dossier in their pure form, and what they say of an aid."""

from __future__ import annotations

from sqlalchemy import func, select

from aap.domaine.budget import Ligne
from aap.domaine.montants import en_euros
from aap.extensions import db
from aap.models import CoteBudget, LigneBudget

ANNEES_MAX = 4


def lignes_de_budget(lignes: list[LigneBudget], annee: int = 1) -> list[Ligne]:
    """The pure form of the lines of one year (amounts in cents, unreadable ones left out)."""
    return [
        Ligne(ligne.compte, ligne.cote.value, ligne.montant, ligne.libelle)
        for ligne in lignes
        if ligne.annee == annee and ligne.montant is not None
    ]


def budget_de_quatre_ans(dossier_id: int) -> int:
    """Cents of charges (volunteers apart) of the dearest year, four times; 0 without a budget."""
    sommes = (
        select(func.sum(LigneBudget.montant))
        .where(
            LigneBudget.dossier_id == dossier_id,
            LigneBudget.cote == CoteBudget.CHARGE,
            LigneBudget.compte.not_like("86%"),
        )
        .group_by(LigneBudget.annee)
    )
    return ANNEES_MAX * max((int(x or 0) for x in db.session.scalars(sommes)), default=0)


def raison_demesure(exercice: int, montant: int, budget: int) -> str:
    """The aid of one year is larger than the action over four years: a figure is wrong."""
    if not budget or montant <= budget:
        return ""
    return (
        f"Le montant de {exercice} ({en_euros(montant)}) dépasse le budget de l’action sur quatre "
        f"ans ({en_euros(budget)})\u00a0: vérifiez-le."
    )
