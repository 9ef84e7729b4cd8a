"""What remains in an enveloppe: derived from its children and lines, never stored."""

from __future__ import annotations

from sqlalchemy import case, func, select

from aap.extensions import db
from aap.models import ETATS_SANS_CREDIT, Enveloppe, Financement

# Cents that a line draws (same rule as Financement.montant_retenu and the triggers).
RETENU = case(
    (Financement.etat.in_(ETATS_SANS_CREDIT), 0),
    else_=func.coalesce(Financement.montant_vote, Financement.montant_arbitre, 0),
)


def reste_a_attribuer(enveloppe: Enveloppe, *, sans: Financement | None = None) -> int:
    """Cents that may still be given, the line ``sans`` not counted (2 queries)."""
    lignes = select(func.coalesce(func.sum(RETENU), 0)).where(
        Financement.enveloppe_id == enveloppe.id
    )
    if sans is not None:
        lignes = lignes.where(Financement.id != sans.id)
    enfants = select(func.coalesce(func.sum(Enveloppe.montant), 0)).where(
        Enveloppe.parent_id == enveloppe.id
    )
    pris = int(db.session.scalar(lignes) or 0) + int(db.session.scalar(enfants) or 0)
    return enveloppe.montant - pris
