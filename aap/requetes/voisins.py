"""The dossiers around one, in the list that it was opened from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from aap.extensions import db
from aap.models import Dossier, Organisme
from aap.permissions import Acteur
from aap.requetes.filtres_dossiers import TRIS, Curseur, Filtres, apres_curseur, ordre
from aap.requetes.instruction import base_liste, conditions_selection


@dataclass(frozen=True)
class Voisins:
    """The dossiers around one, in a selection: ids, None at an end."""

    precedent: int | None
    suivant: int | None


def voisins(acteur: Acteur, filtres: Filtres, dossier: Dossier) -> Voisins:
    """Around ``dossier`` in this list, even when it has just left the selection (1 query)."""
    colonne = TRIS[filtres.tri]
    organisme = colonne.class_ is Organisme
    valeur = getattr(dossier.organisme if organisme else dossier, colonne.key)
    ici = Curseur(valeur, dossier.id)
    conditions = conditions_selection(acteur, filtres)
    suivant, precedent = (
        base_liste(
            (Dossier.id,),
            [*conditions, apres_curseur(ici, filtres.tri, filtres.sens, envers)],
            organisme=bool(filtres.q) or organisme,
        )
        .order_by(*ordre(filtres.tri, filtres.sens, envers))
        .limit(1)
        .scalar_subquery()
        for envers in (False, True)
    )
    lus = db.session.execute(select(precedent.label("avant"), suivant.label("apres"))).one()
    return Voisins(lus.avant, lus.apres)
