"""Flask extensions, unbound, and the way both databases open a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import current_app
from flask_babel import Babel
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.orm import DeclarativeBase

from aap.config import Reglages

NOMS = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Parent of every model: ``class Dossier(Base)``."""

    metadata = MetaData(naming_convention=NOMS)


db = SQLAlchemy(model_class=Base, disable_autonaming=True)
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()

_lecture_seule: ContextVar[bool] = ContextVar("lecture_seule", default=False)


@contextmanager
def lecture_seule(oui: bool = True) -> Iterator[None]:
    """Transactions begun inside are readers (SQLite: BEGIN rather than BEGIN IMMEDIATE)."""
    jeton = _lecture_seule.set(oui)
    try:
        yield
    finally:
        _lecture_seule.reset(jeton)


def marquer_lecture(oui: bool) -> None:
    """Set the mode for the rest of the current context (start of a request)."""
    _lecture_seule.set(oui)


@event.listens_for(Engine, "connect")
def _ouvrir_sqlite(connexion: Any, _enregistrement: Any) -> None:
    """WAL, foreign keys, patience; the driver must not open transactions by itself."""
    if not isinstance(connexion, sqlite3.Connection):
        return
    connexion.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "busy_timeout=10000",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        connexion.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _commencer_sqlite(connexion: Connection) -> None:
    """Writers take the lock first: no update is ever lost between two processes."""
    if connexion.dialect.name == "sqlite":
        connexion.exec_driver_sql("BEGIN" if _lecture_seule.get() else "BEGIN IMMEDIATE")


def reglages() -> Reglages:
    """Settings of the running application (needs an application context)."""
    courant: Reglages = current_app.extensions["aap.reglages"]
    return courant
