"""What a porteur may be told of the decision on a dossier: published, or nothing."""

from __future__ import annotations

from sqlalchemy import select

from aap.extensions import db
from aap.models import Decision, Dossier, EtatEvaluation, Evaluation, SensDecision
from aap.requetes.conflits import EVALUATION_SANS_CONFLIT

# A postponement or a waiting list is not the end: the notes may still serve.
DEFINITIFS = frozenset({SensDecision.PROGRAMMER, SensDecision.REJETER})


def decision_notifiable(dossier: Dossier) -> Decision | None:
    """The last published decision on the dossier (1 query)."""
    return db.session.scalar(
        select(Decision)
        .where(Decision.dossier_id == dossier.id, Decision.publiee_le.is_not(None))
        .order_by(Decision.id.desc())
        .limit(1)
    )


def decision_definitive(dossier: Dossier) -> Decision | None:
    """The last decision, if it is final and published (1 query)."""
    derniere = db.session.scalar(
        select(Decision)
        .where(Decision.dossier_id == dossier.id)
        .order_by(Decision.id.desc())
        .limit(1)
    )
    if derniere is None or derniere.publiee_le is None or derniere.sens not in DEFINITIFS:
        return None
    return derniere


def fiche_offerte(dossier: Dossier) -> bool:
    """Is there a sheet to receive: decided for good, published, and scored? (2 queries)"""
    if decision_definitive(dossier) is None:
        return False
    notee = (
        select(Evaluation.id)
        .join(Dossier, Dossier.id == Evaluation.dossier_id)
        .where(
            Evaluation.dossier_id == dossier.id,
            Evaluation.etat == EtatEvaluation.ENVOYEE,
            EVALUATION_SANS_CONFLIT,
        )
    )
    return db.session.scalar(notee.limit(1)) is not None
