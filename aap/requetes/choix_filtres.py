"""What the filters of the instructors' list offer: the lists of the contrats of the reader."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, literal, select, union_all

from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import Campagne, Commune, Financeur, Orientation, Quartier
from aap.permissions import Acteur

_cle_de_tri = lru_cache(4096)(normaliser)  # the names of the contract, the same on every page


def choix_filtres(acteur: Acteur) -> dict[str, list[tuple[int, str]]]:
    """Lists of the filters, of the contrats of the reader (1 query)."""
    contrats = {h.contrat_id for h in acteur.habilitations}
    requete = _requete(None if None in contrats else tuple(sorted(c for c in contrats if c)))
    choix: dict[str, list[tuple[int, str]]] = {}
    lues = db.session.execute(requete).all()
    for nom, cle, libelle, _ in sorted(lues, key=lambda x: (x[0], x[3], _cle_de_tri(x[2]))):
        choix.setdefault(nom, []).append((cle, libelle))
    return choix


@lru_cache(64)
def _requete(contrats: tuple[int, ...] | None) -> CompoundSelect[Any]:
    """The lists of these contrats (None: of all), as (list, id, label, rank)."""

    def dans(colonne: Any) -> ColumnElement[bool]:
        return colonne.is_not(None) if contrats is None else colonne.in_(contrats)

    parties = [
        select(literal(nom), modele.id, libelle, rang).where(dans(modele.contrat_id), *sauf)
        for nom, modele, libelle, rang, sauf in (
            ("campagne", Campagne, Campagne.nom, -Campagne.exercice, ()),
            ("commune", Commune, Commune.nom, literal(0), (Commune.retire_le.is_(None),)),
            ("quartier", Quartier, Quartier.nom, literal(0), (Quartier.retire_le.is_(None),)),
            (
                "orientation",
                Orientation,
                Orientation.code + literal(" – ") + Orientation.titre,
                Orientation.ordre,
                (Orientation.retire_le.is_(None),),
            ),
            ("financeur", Financeur, Financeur.nom, literal(0), (Financeur.actif,)),
        )
    ]
    return union_all(*parties)
