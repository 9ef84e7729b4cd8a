"""Background jobs, enqueued in the transaction of the act that needs them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Tache
from aap.models.types import Json


def enfiler(
    nom: str,
    arguments: Json | None = None,
    *,
    quand: datetime | None = None,
    cle_unique: str | None = None,
) -> Tache | None:
    """Add a job. With ``cle_unique`` a second call of the same key adds nothing (None)."""
    if cle_unique is not None:
        deja = db.session.scalar(select(Tache.id).where(Tache.cle_unique == cle_unique))
        if deja is not None:
            return None
    tache = Tache(
        nom=nom, arguments=arguments or {}, quand=quand or maintenant(), cle_unique=cle_unique
    )
    db.session.add(tache)
    db.session.flush()
    return tache
