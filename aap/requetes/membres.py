"""Who belongs to an organisme."""

from __future__ import annotations

from sqlalchemy import func, select

from aap.extensions import db
from aap.models import Membre, Utilisateur


def nombre_de_membres(organisme_id: int) -> int:
    """Active accounts that a mail to the organisme reaches (1 query)."""
    return int(
        db.session.scalar(
            select(func.count())
            .select_from(Membre)
            .join(Utilisateur, Utilisateur.id == Membre.utilisateur_id)
            .where(
                Membre.organisme_id == organisme_id,
                Membre.parti_le.is_(None),
                Utilisateur.desactive_le.is_(None),
            )
        )
        or 0
    )
