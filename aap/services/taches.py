"""Background jobs, enqueued in the transaction of the act that needs them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert as _inserer_pg
from sqlalchemy.dialects.sqlite import insert as _inserer_sqlite

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
    """Add a job. With ``cle_unique`` a second call of the same key adds nothing (None).

    Two processes that ask for the same key at the same instant do not fail: one waits, then
    sees that the job is there.
    """
    valeurs: dict[str, Any] = {
        "nom": nom,
        "arguments": arguments or {},
        "quand": quand or maintenant(),
        "cle_unique": cle_unique,
    }
    if cle_unique is None:
        tache = Tache(**valeurs)
        db.session.add(tache)
        db.session.flush()
        return tache
    postgres = db.session.get_bind().dialect.name == "postgresql"
    inserer: Any = _inserer_pg if postgres else _inserer_sqlite
    numero = db.session.scalar(
        inserer(Tache)
        .values(**valeurs)
        .on_conflict_do_nothing(index_elements=["cle_unique"])
        .returning(Tache.id)
    )
    return None if numero is None else db.session.get_one(Tache, numero)
