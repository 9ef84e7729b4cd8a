"""Which keys of the storage the tables still cite."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import String, select

from aap.extensions import Base, db
from aap.models import EtatAnalyse, Fichier, Parametre, Televersement


def cles_citees() -> set[str]:
    """Every key that a row holds: columns named ``cle`` or ``…_cle``, texts of the settings.

    Read from the tables themselves: a column added tomorrow protects its files without a word
    here. The keys of refused files are left out: their bytes have no reason to stay.
    """
    citees = {cle for colonne in _colonnes() for cle in db.session.scalars(select(colonne)) if cle}
    for valeur in db.session.scalars(select(Parametre.valeur)):
        citees.update(_textes(valeur))
    refusees = db.session.scalars(select(Fichier.cle).where(Fichier.analyse == EtatAnalyse.INFECTE))
    return citees - set(refusees)


def _colonnes() -> Iterator[Any]:
    for table in Base.metadata.tables.values():
        for colonne in table.columns:
            nom = colonne.name
            if isinstance(colonne.type, String) and (nom == "cle" or nom.endswith("_cle")):
                yield colonne


def _textes(valeur: Any) -> Iterator[str]:
    if isinstance(valeur, str):
        yield valeur
    elif isinstance(valeur, dict):
        for v in valeur.values():
            yield from _textes(v)
    elif isinstance(valeur, list):
        for v in valeur:
            yield from _textes(v)


def televersements_anciens(avant: datetime) -> list[Televersement]:
    """Uploads by pieces begun before an instant."""
    return list(
        db.session.scalars(
            select(Televersement).where(Televersement.cree_le < avant).order_by(Televersement.id)
        )
    )
