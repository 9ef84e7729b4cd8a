"""Private notes of a funder on a dossier."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from aap.extensions import db
from aap.models import Dossier, NoteInterne


def notes_internes(dossier: Dossier, financeur_id: int) -> list[NoteInterne]:
    """The notes of one funder, newest first, those withdrawn left out (1 query)."""
    return list(
        db.session.scalars(
            select(NoteInterne)
            .where(
                NoteInterne.dossier_id == dossier.id,
                NoteInterne.financeur_id == financeur_id,
                NoteInterne.retiree_le.is_(None),
            )
            .options(joinedload(NoteInterne.auteur))
            .order_by(NoteInterne.ecrite_le.desc(), NoteInterne.id.desc())
        )
    )
