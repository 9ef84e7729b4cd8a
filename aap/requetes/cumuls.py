"""What a funder grants to an organisme in a year, all dossiers summed."""

from __future__ import annotations

from sqlalchemy import func, select

from aap.extensions import db
from aap.models import Dossier, Financement
from aap.requetes.soldes import RETENU


def cumul_financeur(financeur_id: int, organisme_id: int, exercice: int) -> int:
    """Cents per financeur × organisme × exercice (loi 2000-321 art. 10: 23 000 €)."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(RETENU), 0))
            .join(Dossier, Dossier.id == Financement.dossier_id)
            .where(
                Financement.financeur_id == financeur_id,
                Financement.exercice == exercice,
                Dossier.organisme_id == organisme_id,
            )
        )
        or 0
    )


def cumul_organisme(organisme_id: int, exercice: int) -> int:
    """Cents granted to an organisme in a year by every funder (153 000 € rule)."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(RETENU), 0))
            .join(Dossier, Dossier.id == Financement.dossier_id)
            .where(Financement.exercice == exercice, Dossier.organisme_id == organisme_id)
        )
        or 0
    )
