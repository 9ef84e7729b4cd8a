"""Who must not judge an organisme: déports in force, and the people who are members of it.

A member who also examines, decides or pays reads her own dossiers as a porteur reads them: nothing
before publication (``permissions.acteur`` holds the twin for one person).
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, select, union

from aap.extensions import db
from aap.models import Deport, Dossier, Evaluation, Membre


def personnes_en_conflit(organisme_id: int) -> set[int]:
    """Ids of the people who step out for this organisme (1 query)."""
    return set(
        db.session.scalars(
            union(
                select(Deport.utilisateur_id).where(
                    Deport.organisme_id == organisme_id, Deport.leve_le.is_(None)
                ),
                select(Membre.utilisateur_id).where(
                    Membre.organisme_id == organisme_id, Membre.parti_le.is_(None)
                ),
            )
        )
    )


def _sans(
    lien: type[Deport] | type[Membre], en_vigueur: ColumnElement[bool]
) -> ColumnElement[bool]:
    return ~exists().where(
        lien.utilisateur_id == Evaluation.utilisateur_id,
        lien.organisme_id == Dossier.organisme_id,
        en_vigueur,
    )


# On ``Evaluation`` joined to ``Dossier``: scores of a person in a conflict of interest do not
# count, even when they were sent before the link was declared.
EVALUATION_SANS_CONFLIT = and_(
    _sans(Deport, Deport.leve_le.is_(None)), _sans(Membre, Membre.parti_le.is_(None))
)
