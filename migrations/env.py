"""Alembic environment: own engine, foreign keys off on SQLite, checked before commit.

With ``foreign_keys=ON`` a batch recreate would empty child tables by cascade
(bibliotheques 3.2); inside a transaction the pragma does nothing, hence this engine.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, create_engine, event, pool

from aap.extensions import db
from aap.models.types import DateUTC

cible = db.metadata


def _adresse() -> str:
    return str(current_app.config["SQLALCHEMY_DATABASE_URI"])


def _sans_cles(connexion: Any, _enregistrement: Any) -> None:
    if isinstance(connexion, sqlite3.Connection):
        connexion.execute("PRAGMA foreign_keys=OFF")


def _verifier_cles(connexion: Connection) -> None:
    if connexion.dialect.name != "sqlite":
        return
    fautes = connexion.exec_driver_sql("PRAGMA foreign_key_check").all()
    if fautes:
        raise RuntimeError(f"la migration romprait {len(fautes)} référence(s) : {fautes[:5]}")


def _rendre(genre: str, objet: Any, _contexte: Any) -> str | bool:
    """Migrations stand alone: our own column types are written as the plain ones."""
    if genre == "type" and isinstance(objet, DateUTC):
        return "sa.DateTime(timezone=True)"
    return False


def _configurer(**options: Any) -> None:
    context.configure(
        render_item=_rendre,
        target_metadata=cible,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
        **options,
    )


def hors_ligne() -> None:
    _configurer(url=_adresse(), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def en_ligne() -> None:
    moteur = create_engine(_adresse(), poolclass=pool.NullPool)
    event.listen(moteur, "connect", _sans_cles)
    with moteur.connect() as connexion:
        _configurer(connection=connexion)
        with context.begin_transaction():
            context.run_migrations()
            _verifier_cles(connexion)


if context.is_offline_mode():
    hors_ligne()
else:
    en_ligne()
