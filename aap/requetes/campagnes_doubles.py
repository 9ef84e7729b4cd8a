"""What tells a form sent twice from a second campaign."""

from __future__ import annotations

from sqlalchemy import func, select

from aap.extensions import db
from aap.models import Campagne
from workflows.campagne import EtatCampagne

DITES = (
    "type",
    "exercice",
    "nom",
    "service",
    "contact",
    "note_cadrage",
    "grace_minutes",
    "ouverture_le",
    "cloture_le",
    "bac_a_sable",
)


def deja_creee(contrat_id: int, voulue: Campagne) -> bool:
    """Is there a campaign in preparation that says exactly the same? (1 query)"""
    pareilles = select(Campagne.id).filter_by(
        contrat_id=contrat_id,
        etat=EtatCampagne.PREPARATION,
        **{nom: getattr(voulue, nom) for nom in DITES},
    )
    return db.session.scalar(pareilles.limit(1)) is not None


def derniere_copie(campagne: Campagne) -> int:
    """Id of the latest campaign made from this one; 0 when there is none (1 query)."""
    return (
        db.session.scalar(
            select(func.max(Campagne.id)).where(Campagne.precedente_id == campagne.id)
        )
        or 0
    )
