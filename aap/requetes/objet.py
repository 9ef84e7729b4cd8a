"""The object of an address, with what the rights on it always need, in one query."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption

from aap.extensions import db
from aap.models import Campagne, Dossier


@cache
def _avec() -> dict[type[Any], tuple[ORMOption, ...]]:
    """Built at the first query: it needs every mapper, and the start does not."""
    return {
        Dossier: (joinedload(Dossier.campagne).joinedload(Campagne.contrat),),
        Campagne: (joinedload(Campagne.contrat),),
    }


def objet(modele: type[Any], cle: int) -> Any:
    """The row of ``modele`` whose key is ``cle``, or None."""
    return db.session.get(modele, cle, options=_avec().get(modele, ()))
