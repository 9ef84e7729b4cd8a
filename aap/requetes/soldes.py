"""What remains in an enveloppe: derived from its children and lines, never stored."""

from __future__ import annotations

from sqlalchemy import case, func, select

from aap.domaine.enveloppe import Solde
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


def soldes_campagne(campagne_id: int) -> dict[int, Solde]:
    """Remainder of every enveloppe of a campaign, by id (2 queries)."""
    enveloppes = db.session.execute(
        select(Enveloppe.id, Enveloppe.montant, Enveloppe.parent_id).where(
            Enveloppe.campagne_id == campagne_id
        )
    ).all()
    delegue: dict[int, int] = {}
    for _, montant, parent in enveloppes:
        if parent is not None:
            delegue[parent] = delegue.get(parent, 0) + montant
    lignes = db.session.execute(
        select(Financement.enveloppe_id, func.sum(RETENU))
        .join(Enveloppe, Enveloppe.id == Financement.enveloppe_id)
        .where(Enveloppe.campagne_id == campagne_id)
        .group_by(Financement.enveloppe_id)
    )
    consomme = {cle: int(somme or 0) for cle, somme in lignes}
    return {i: Solde(m, delegue.get(i, 0), consomme.get(i, 0)) for i, m, _ in enveloppes}
