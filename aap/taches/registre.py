"""Which jobs exist. A job is a function of its arguments; it flushes, the worker commits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Corps = Callable[..., None]


class EchecDefinitif(Exception):
    """Raised by a job that another try cannot help (a refused address): no further try."""


@dataclass(frozen=True)
class Definition:
    """``corps`` runs inside the transaction that marks the job done.

    ``dehors`` runs before it, while no lock is held: what talks to the network must not make
    the other writers wait (SQLite has one lock for all). It may run again after a crash.
    ``abandon(erreur, **arguments)`` runs inside the transaction that gives the job up.
    """

    corps: Corps
    essais_max: int = 5
    dehors: Corps | None = None
    abandon: Corps | None = None


TACHES: dict[str, Definition] = {}


def tache(
    nom: str,
    *,
    essais_max: int = 5,
    dehors: Corps | None = None,
    abandon: Corps | None = None,
) -> Callable[[Corps], Corps]:
    """Register a job: ``nom`` is what rows of the job table hold."""

    def inscrire(corps: Corps) -> Corps:
        if nom in TACHES:
            raise RuntimeError(f"deux tâches nommées {nom}")
        TACHES[nom] = Definition(corps, essais_max, dehors, abandon)
        return corps

    return inscrire


def preparer(nom: str, arguments: dict[str, Any]) -> None:
    """Run the outside part of a job, if it has one. The session must hold no transaction."""
    dehors = TACHES[nom].dehors
    if dehors is not None:
        dehors(**arguments)


def executer(nom: str, arguments: dict[str, Any]) -> None:
    """Run the body of a job now, in the current transaction."""
    TACHES[nom].corps(**arguments)
