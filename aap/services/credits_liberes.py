"""Freed money is never used in silence: the coordination is told, and proposed the next dossier."""

from __future__ import annotations

from sqlalchemy import exists, select

from aap.domaine.montants import en_euros
from aap.extensions import db
from aap.models import Decision, Dossier, Financement, SensDecision
from aap.permissions import Acteur
from aap.services.avertissement import avertir_coordination
from aap.services.transition import effet
from workflows.dossier import EtatDossier


@effet("financement", "renoncer")
@effet("financement", "refuser_vote")
def _annoncer(_acteur: Acteur, financement: Financement, motif: str) -> None:
    """One mail per aid that goes back to its enveloppe while published dossiers wait."""
    montant = financement.montant_vote
    if montant is None:
        montant = financement.montant_arbitre or 0
    if not montant or financement.enveloppe is None or not _attend(financement.dossier):
        return
    avertir_coordination(
        financement.dossier,
        "credits_liberes",
        chemin=f"/copil/campagnes/{financement.dossier.campagne_id}/liste-attente",
        financement=financement,
        montant=en_euros(montant),
        motif=motif,
    )


def _attend(dossier: Dossier) -> bool:
    """Does a dossier of the same call wait, its rank published?"""
    publiee = (
        exists()
        .where(
            Decision.dossier_id == Dossier.id,
            Decision.sens == SensDecision.LISTE_ATTENTE,
            Decision.publiee_le.is_not(None),
        )
        .correlate(Dossier)
    )
    return bool(
        db.session.scalar(
            select(
                select(Dossier.id)
                .where(
                    Dossier.campagne_id == dossier.campagne_id,
                    Dossier.etat == EtatDossier.LISTE_ATTENTE,
                    publiee,
                )
                .exists()
            )
        )
    )
