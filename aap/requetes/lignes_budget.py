"""The budget lines of a dossier in their pure form."""

from __future__ import annotations

from aap.domaine.budget import Ligne
from aap.models import LigneBudget


def lignes_de_budget(lignes: list[LigneBudget], annee: int = 1) -> list[Ligne]:
    """The pure form of the lines of one year (amounts in cents, unreadable ones left out)."""
    return [
        Ligne(ligne.compte, ligne.cote.value, ligne.montant, ligne.libelle)
        for ligne in lignes
        if ligne.annee == annee and ligne.montant is not None
    ]
