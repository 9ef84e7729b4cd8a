"""The rows of a board, kept in the process as long as what they are made of does not change.

A board of a thousand dossiers is opened by every member before a session, and redrawn at every
visit: what is read of the database is compared with what was read the time before, value by value,
and only what differs is made again. Nothing kept can outlive a change, because nothing is kept
under a date or a number: the readings themselves are the key. Only plain values are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, NamedTuple

from aap.requetes.tableau import Dessins, RangeeTableau

TABLEAUX = 2
"""Boards kept per process: about 6 MB each for a thousand dossiers."""


class Rangees(NamedTuple):
    """The rows of a board, by rank, and their drawings."""

    rangees: tuple[RangeeTableau, ...]
    dessins: Dessins


_verrou = Lock()
_gardees: list[tuple[Any, Rangees]] = []


def rangees_de(lu: Any, composer: Callable[[], tuple[RangeeTableau, ...]]) -> Rangees:
    """``composer()``, or what it gave when exactly the same values had been read."""
    with _verrou:
        candidats = list(_gardees)
    for entree in candidats:
        if entree[0] == lu:
            with _verrou:
                _gardees[:] = [*(e for e in _gardees if e is not entree), entree][-TABLEAUX:]
            return entree[1]
    rangees = Rangees(composer(), Dessins())
    with _verrou:
        _gardees.append((lu, rangees))
        del _gardees[:-TABLEAUX]
    return rangees


def oublier() -> None:
    """Empty the memory (tests)."""
    with _verrou:
        _gardees.clear()
