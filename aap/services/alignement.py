"""Making rows equal to what files hold: added, changed, restored, deleted or retired; told.

A row that the files no longer hold is deleted when nothing refers to it, retired
(``retire_le``) otherwise. Departures wait for the end of the load and go children first, so
that a branch that leaves whole is deleted whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, exists, select

from aap.domaine.horloge import maintenant
from aap.extensions import Base, db
from aap.models import ContourQuartier, Contrat
from aap.models.referentiel import fiche_quartier, quartier_commune, theme_orientation
from aap.referentiel.lecture import DonneesContrat

Cle = tuple[Any, ...]

# Links that belong to the row that leaves: they go with it and keep nothing alive.
LIENS_PROPRES: frozenset[ColumnElement[Any]] = frozenset(
    {
        fiche_quartier.c.fiche_id,
        quartier_commune.c.quartier_id,
        theme_orientation.c.theme_id,
        ContourQuartier.__table__.c.quartier_id,
    }
)


@dataclass
class Rapport:
    """What a load does, one French line each."""

    ajouts: list[str] = field(default_factory=list)
    changements: list[str] = field(default_factory=list)
    retraits: list[str] = field(default_factory=list)

    @property
    def vide(self) -> bool:
        return not (self.ajouts or self.changements or self.retraits)


@dataclass
class Chargement:
    """The state of one load. ``departs``: rows that left the files, in order of reading."""

    donnees: DonneesContrat
    contrat: Contrat
    rapport: Rapport
    departs: list[tuple[str, Any]] = field(default_factory=list)

    def aligner(
        self,
        modele: type[Any],
        existants: Iterable[Any],
        voulus: dict[Cle, dict[str, Any]],
        cle: Callable[[Any], Cle],
    ) -> dict[Cle, Any]:
        """Make the rows equal to ``voulus`` (natural key -> columns); returns them by key.

        The rows that left wait for ``oter_departs``.
        """
        nom = modele.__tablename__
        par_cle = {cle(x): x for x in existants}
        for k, valeurs in voulus.items():
            objet = par_cle.get(k)
            if objet is None:
                par_cle[k] = objet = modele(**valeurs)
                db.session.add(objet)
                self.rapport.ajouts.append(f"{nom} {_dire(k)}")
            else:
                self._modifier(nom, k, objet, valeurs)
        for k in [k for k in par_cle if k not in voulus]:
            objet = par_cle.pop(k)
            if objet.retire_le is None:
                self.departs.append((f"{nom} {_dire(k)}", objet))
        db.session.flush()
        return par_cle

    def _modifier(self, nom: str, k: Cle, objet: Any, valeurs: dict[str, Any]) -> None:
        if getattr(objet, "retire_le", None) is not None:
            objet.retire_le = None
            self.rapport.changements.append(f"{nom} {_dire(k)} : rétabli")
        for champ, valeur in valeurs.items():
            ancien = getattr(objet, champ)
            if ancien != valeur and not _memes_objets(ancien, valeur):
                setattr(objet, champ, valeur)
                self.rapport.changements.append(f"{nom} {_dire(k)} : {champ}")

    def oter_departs(self) -> None:
        """Delete or retire what left, the last read (the children) first."""
        for quoi, objet in reversed(self.departs):
            if est_cite(objet):
                objet.retire_le = maintenant()
                self.rapport.retraits.append(f"{quoi} : retiré (encore cité)")
            else:
                db.session.delete(objet)
                self.rapport.retraits.append(f"{quoi} : supprimé")
            db.session.flush()
        self.departs.clear()


def _memes_objets(ancien: Any, valeur: Any) -> bool:
    """Relationship lists are equal when they hold the same rows, whatever the order."""
    if isinstance(ancien, list) and ancien and isinstance(ancien[0], Base):
        return {id(x) for x in ancien} == {id(x) for x in valeur}
    return False


def _dire(cle: Cle) -> str:
    return " / ".join(str(getattr(x, "code", x)) for x in cle)[:120]


def est_cite(objet: Any) -> bool:
    """Does any row of any table refer to this one? Read from the foreign keys themselves.

    Its own links (``LIENS_PROPRES``) do not count.
    """
    cible: Table = objet.__table__
    return any(
        db.session.scalar(select(exists().where(cle.parent == objet.id)))
        for table in Base.metadata.tables.values()
        for cle in table.foreign_keys
        if cle.column.table is cible and cle.parent not in LIENS_PROPRES
    )
