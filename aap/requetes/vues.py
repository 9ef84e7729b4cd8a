"""The saved views of one person."""

from __future__ import annotations

from sqlalchemy import select

from aap.extensions import db
from aap.models import VueListe
from aap.permissions import Acteur


def vues(acteur: Acteur) -> list[VueListe]:
    """By name (1 query)."""
    return list(
        db.session.scalars(
            select(VueListe)
            .where(VueListe.utilisateur_id == acteur.utilisateur_id)
            .order_by(VueListe.nom, VueListe.id)
        )
    )
