"""The paper of the legal act behind a voted line, and the lines that share it."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from aap.extensions import db
from aap.models import ActeFinanceur, Financement


def acte_de(ligne: Financement) -> ActeFinanceur | None:
    """The file in force of the act that grants this line, None when there is none (1 query)."""
    if not ligne.acte_numero or ligne.acte_date is None:
        return None
    return db.session.scalar(
        select(ActeFinanceur)
        .where(
            ActeFinanceur.financeur_id == ligne.financeur_id,
            ActeFinanceur.type == ligne.acte_type,
            ActeFinanceur.numero == ligne.acte_numero,
            ActeFinanceur.date_acte == ligne.acte_date,
            ActeFinanceur.retire_le.is_(None),
        )
        .options(joinedload(ActeFinanceur.fichier))
    )


def lignes_du_meme_acte(ligne: Financement) -> int:
    """How many lines this act grants, this one included."""
    return (
        db.session.scalar(
            select(func.count()).where(
                Financement.financeur_id == ligne.financeur_id,
                Financement.acte_type == ligne.acte_type,
                Financement.acte_numero == ligne.acte_numero,
                Financement.acte_date == ligne.acte_date,
            )
        )
        or 0
    )
