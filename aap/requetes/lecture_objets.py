"""One object by its id, when the guard of the route has already loaded another one."""

from __future__ import annotations

from typing import TypeVar

from aap.extensions import db

M = TypeVar("M")


def lire(modele: type[M], cle: int | None) -> M | None:
    """The row, or None when there is no such id (or one that no database could hold)."""
    if cle is None or not 0 < cle < 2**31:
        return None
    return db.session.get(modele, cle)
