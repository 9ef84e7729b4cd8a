"""The object of an address, with what the rights on it always need, in one query."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption

from aap.extensions import db
from aap.models import Campagne, Dossier

AVEC: dict[type[Any], tuple[ORMOption, ...]] = {
    Dossier: (joinedload(Dossier.campagne).joinedload(Campagne.contrat),),
    Campagne: (joinedload(Campagne.contrat),),
}


def objet(modele: type[Any], cle: int) -> Any:
    """The row of ``modele`` whose key is ``cle``, or None."""
    return db.session.get(modele, cle, options=AVEC.get(modele, ()))
