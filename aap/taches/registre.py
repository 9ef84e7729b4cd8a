"""Which jobs exist. A job is a function of its arguments; it flushes, the worker commits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Corps = Callable[..., None]


@dataclass(frozen=True)
class Definition:
    """``corps`` runs inside the transaction that marks the job done."""

    corps: Corps
    essais_max: int = 5


TACHES: dict[str, Definition] = {}


def tache(nom: str, *, essais_max: int = 5) -> Callable[[Corps], Corps]:
    def inscrire(corps: Corps) -> Corps:
        if nom in TACHES:
            raise RuntimeError(f"deux tâches nommées {nom}")
        TACHES[nom] = Definition(corps, essais_max)
        return corps

    return inscrire


def executer(nom: str, arguments: dict[str, Any]) -> None:
    """Run a job now, in the current transaction (worker, tests)."""
    TACHES[nom].corps(**arguments)
