"""Several independent reads in one round trip: each kind of rows on its own line of a spine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, literal, select, union_all
from sqlalchemy.orm.interfaces import ORMOption

from aap.extensions import db

Part = tuple[type[Any], ColumnElement[bool]]


class Ensemble:
    """A reading that many requests make: its statement is built once, at the first of them.

    ``parts`` gives each (model, condition), the values that change being ``bindparam``; building
    the statement again would cost more than half of the time of a reading.
    """

    def __init__(
        self,
        parts: Callable[[], Sequence[Part]],
        options: Callable[[], Sequence[ORMOption]] = tuple,
    ) -> None:
        self._parts = parts
        self._options = options

    @cached_property
    def _requete(self) -> tuple[Select[Any], int]:
        parts = self._parts()
        return _requete(parts).options(*self._options()), len(parts)

    def lire(self, *, relire: bool = False, **valeurs: object) -> list[list[Any]]:
        """The rows of each part, in one query; the caller sorts them (see ``lire_ensemble``)."""
        requete, combien = self._requete
        return _lire(requete, combien, relire, valeurs)


def lire_ensemble(
    *parts: Part,
    options: Sequence[ORMOption] = (),
    relire: bool = False,
) -> list[list[Any]]:
    """The rows of each (model, condition), in one query; the caller sorts them.

    A spine of one row per part is joined with each table on its own rank only, so that the
    result has as many rows as all parts together, never their product. ``relire`` reads again
    what the session already holds.
    """
    return _lire(_requete(parts).options(*options), len(parts), relire, {})


def _requete(parts: Sequence[Part]) -> Select[Any]:
    epine = union_all(*(select(literal(i, Integer).label("rang")) for i in range(len(parts))))
    rang = epine.subquery("epine").c.rang
    requete = select(rang, *(modele for modele, _ in parts)).select_from(rang.table)
    for i, (modele, condition) in enumerate(parts):
        requete = requete.outerjoin(modele, and_(rang == i, condition))
    return requete


def _lire(
    requete: Select[Any], combien: int, relire: bool, valeurs: dict[str, object]
) -> list[list[Any]]:
    lignes = db.session.execute(
        requete, valeurs, execution_options={"populate_existing": relire}
    ).unique()
    lus: list[list[Any]] = [[] for _ in range(combien)]
    for ligne in lignes:
        objet = ligne[ligne[0] + 1]
        if objet is not None:
            lus[ligne[0]].append(objet)
    return lus
