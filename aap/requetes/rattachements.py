"""Requests to join an organisme that nobody has answered, for the administration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import DemandeRattachement, EtatRattachement, Membre, Organisme

PAR_PAGE_MAX = 200  # older ones first: the newest are still for the members to answer
REFUS_REVU_PENDANT = timedelta(days=90)


def rattachements_en_attente() -> Sequence[DemandeRattachement]:
    """The requests that wait, then those refused lately to people still outside (1 query).

    A refused one stays open to the administration: who usurped a number refuses the true people.
    """
    refusee_depuis_peu = and_(
        DemandeRattachement.etat == EtatRattachement.REFUSE,
        DemandeRattachement.repondu_le >= maintenant() - REFUS_REVU_PENDANT,
        ~exists().where(
            Membre.organisme_id == DemandeRattachement.organisme_id,
            Membre.utilisateur_id == DemandeRattachement.utilisateur_id,
            Membre.parti_le.is_(None),
        ),
    )
    return db.session.scalars(
        select(DemandeRattachement)
        .where(or_(DemandeRattachement.etat == EtatRattachement.DEMANDE, refusee_depuis_peu))
        .options(
            joinedload(DemandeRattachement.organisme), joinedload(DemandeRattachement.utilisateur)
        )
        .order_by(DemandeRattachement.etat, DemandeRattachement.cree_le, DemandeRattachement.id)
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
