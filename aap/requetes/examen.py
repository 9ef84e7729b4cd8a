"""Is a dossier being examined? A missing piece that is not indispensable does not stop it."""

from __future__ import annotations

from sqlalchemy import exists, select

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
    recevable = exists().where(
        Evenement.chaine == f"dossier:{dossier.id}",
        Evenement.acte == "dossier.prendre_en_instruction",
    )
    bloquante = exists().where(
        DemandeComplement.dossier_id == dossier.id,
        DemandeComplement.repondue_le.is_(None),
        DemandeComplement.bloquante,
    )
    return bool(db.session.scalar(select(recevable & ~bloquante)))
