"""Several independent reads in one round trip: each kind of rows on its own line of a spine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, literal, select, union_all
from sqlalchemy.orm.interfaces import ORMOption

from aap.extensions import db


def lire_ensemble(
    *parts: tuple[type[Any], ColumnElement[bool]],
    options: Sequence[ORMOption] = (),
    relire: bool = False,
) -> list[list[Any]]:
    """The rows of each (model, condition), in one query; the caller sorts them.

    A spine of one row per part is joined with each table on its own rank only, so that the
    result has as many rows as all parts together, never their product. ``relire`` reads again
    what the session already holds.
    """
    epine = union_all(*(select(literal(i, Integer).label("rang")) for i in range(len(parts))))
    rang = epine.subquery("epine").c.rang
    requete = select(rang, *(modele for modele, _ in parts)).select_from(rang.table)
    for i, (modele, condition) in enumerate(parts):
        requete = requete.outerjoin(modele, and_(rang == i, condition))
    lignes = db.session.execute(
        requete.options(*options), execution_options={"populate_existing": relire}
    ).unique()
    lus: list[list[Any]] = [[] for _ in parts]
    for ligne in lignes:
        objet = ligne[ligne[0] + 1]
        if objet is not None:
            lus[ligne[0]].append(objet)
    return lus
