"""Is a dossier being examined? A missing piece that is not indispensable does not stop it."""

from __future__ import annotations

from sqlalchemy import Exists, exists, select

from aap.extensions import db
from aap.models import DemandeComplement, Dossier, Evenement
from workflows.dossier import EtatDossier


def examen_ouvert(dossier: Dossier) -> bool:
    """May funders give their opinion now? (no query in the ordinary state)

    While complements are awaited, yes if the dossier was already declared admissible and nothing
    indispensable is awaited (CRPA L114-5: only indispensable pieces suspend).
    """
    if dossier.etat is EtatDossier.EN_INSTRUCTION:
        return True
    if dossier.etat is not EtatDossier.A_COMPLETER:
        return False
    recevable = _recevable(dossier)
    bloquante = exists().where(
        DemandeComplement.dossier_id == dossier.id,
        DemandeComplement.repondue_le.is_(None),
        DemandeComplement.bloquante,
    )
    return bool(db.session.scalar(select(recevable & ~bloquante)))


def _recevable(dossier: Dossier) -> Exists:
    return exists().where(
        Evenement.chaine == f"dossier:{dossier.id}",
        Evenement.acte == "dossier.prendre_en_instruction",
    )


def deja_recevable(dossier: Dossier) -> bool:
    """Was the dossier declared admissible once? (1 query)"""
    return bool(db.session.scalar(select(_recevable(dossier))))


def derniere_demande(dossier: Dossier) -> DemandeComplement | None:
    """The last request for complements, answered or not (1 query)."""
    return db.session.scalar(
        select(DemandeComplement)
        .where(DemandeComplement.dossier_id == dossier.id)
        .order_by(DemandeComplement.id.desc())
        .limit(1)
    )
