"""The history of one object, as pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from aap.extensions import db
from aap.models import Evenement, Utilisateur


@dataclass(frozen=True)
class Trace:
    """One line of a history, as the macro ``chronologie`` reads it."""

    quand: Any
    qui: str
    quoi: str
    motif: str


def historique(objet: Any, *, porteur: bool = False) -> list[Trace]:
    """What was done to one object, newest first (1 query)."""
    requete = (
        select(Evenement, Utilisateur.prenom, Utilisateur.nom)
        .outerjoin(Utilisateur, Utilisateur.id == Evenement.acteur_id)
        .where(Evenement.entite == objet.__tablename__, Evenement.entite_id == objet.id)
        .order_by(Evenement.id.desc())
        .limit(100)
    )
    if porteur:
        requete = requete.where(Evenement.visible_porteur)
    return [
        Trace(e.le, f"{prenom or ''} {nom or ''}".strip() or e.qualite, e.libelle, e.motif)
        for e, prenom, nom in db.session.execute(requete)
    ]
