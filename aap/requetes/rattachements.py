"""Requests to join an organisme that nobody has answered, for the administration."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from aap.extensions import db
from aap.models import DemandeRattachement, EtatRattachement, Membre, Organisme

PAR_PAGE_MAX = 200  # older ones first: the newest are still for the members to answer


def rattachements_en_attente() -> Sequence[DemandeRattachement]:
    """The requests that wait, oldest first (1 query)."""
    return db.session.scalars(
        select(DemandeRattachement)
        .where(DemandeRattachement.etat == EtatRattachement.DEMANDE)
        .options(
            joinedload(DemandeRattachement.organisme), joinedload(DemandeRattachement.utilisateur)
        )
        .order_by(DemandeRattachement.cree_le, DemandeRattachement.id)
        .limit(PAR_PAGE_MAX)
    ).all()


def nombre_de_rattachements() -> int:
    """How many requests wait (1 query)."""
    return int(
        db.session.scalar(
            select(func.count()).where(DemandeRattachement.etat == EtatRattachement.DEMANDE)
        )
        or 0
    )


def membres_actuels(organisme: Organisme) -> Sequence[Membre]:
    """The members of today, with their accounts (1 query)."""
    return db.session.scalars(
        select(Membre)
        .where(Membre.organisme_id == organisme.id, Membre.parti_le.is_(None))
        .options(joinedload(Membre.utilisateur))
        .order_by(Membre.id)
    ).all()
