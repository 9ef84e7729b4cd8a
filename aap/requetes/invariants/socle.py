"""What an invariant is, and the table where each one is registered.

A new invariant is one function that yields its faults:

    @invariant("versements.tranche", "Les versements tiennent dans leur tranche")
    def _tranche(suivre: Suivre) -> Iterator[Ecart]: ...

``suivre`` wraps what the function reads (it moves the progress bar); nothing is kept in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select

from aap.extensions import db

T = TypeVar("T")
PAQUET = 200


@dataclass(frozen=True)
class Ecart:
    """One object that breaks an invariant; ``message`` says how, with the figures (French)."""

    objet: str
    message: str


Suivre = Callable[[Iterable[Any]], Iterator[Any]]
Controle = Callable[[Suivre], Iterator[Ecart]]


@dataclass(frozen=True)
class Invariant:
    """A sentence that must be true of the whole database, and the function that doubts it."""

    code: str
    phrase: str
    controle: Controle


INVARIANTS: dict[str, Invariant] = {}


def invariant(code: str, phrase: str) -> Callable[[Controle], Controle]:
    """Register a check; two checks of one code are a fault."""

    def inscrire(controle: Controle) -> Controle:
        if code in INVARIANTS:
            raise RuntimeError(f"deux invariants {code}")
        INVARIANTS[code] = Invariant(code, phrase, controle)
        return controle

    return inscrire


def lignes(requete: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    """Rows of a query, read ``PAQUET`` at a time: constant memory whatever the size."""
    return iter(db.session.execute(requete.execution_options(yield_per=PAQUET)))


def objets(requete: Select[Any]) -> Iterator[Any]:
    """Same, for a query of one entity or one column; read objects are let go."""
    return iter(db.session.scalars(requete.execution_options(yield_per=PAQUET)))
