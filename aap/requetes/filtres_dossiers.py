"""What the address of the agents' list asks for: filters, columns, sort, place in the list.

The list is read by keys (« after this value, this id »), never by page numbers: the next page is
the right one even when dossiers come or go meanwhile, and page 200 costs what page 1 costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import ColumnElement, and_, or_

from aap.models import Dossier, Organisme
from aap.requetes.delais import FiltreDelai
from workflows.dossier import EtatDossier

ENTIER_MAX = 2**31 - 1
ADRESSE_MAX = 1000
FIN = "fin"
TRIS: dict[str, Any] = {
    "numero": Dossier.numero,
    "intitule": Dossier.intitule_recherche,
    "organisme": Organisme.nom_recherche,
    "montant": Dossier.montant_demande,
    "depot": Dossier.depose_le,
    "etat": Dossier.etat,
}
COLONNES = {
    "organisme": "Organisme",
    "quartiers": "Quartiers et orientation",
    "etat": "État et délais",
    "depot": "Déposé le",
    "montant": "Demandé",
    "financeurs": "Financeurs",
    "instructeur": "Confié à",
}
COLONNES_DEFAUT = ("organisme", "quartiers", "etat", "depot", "montant")


@dataclass(frozen=True)
class Curseur:
    """A place in the list: the value sorted on, and the id that settles equal values."""

    valeur: Any
    dossier_id: int

    @property
    def adresse(self) -> str:
        valeur = self.valeur.isoformat() if isinstance(self.valeur, datetime) else self.valeur
        return f"{valeur}~{self.dossier_id}"


@dataclass(frozen=True)
class Filtres:
    """What the address asks for; anything unreadable in it is ignored.

    ``textes``: the words are also looked for in the answers. ``apres``, ``avant``: the page that
    follows or comes before this place; ``derniere``: the last one.
    """

    campagne: int | None = None
    etat: EtatDossier | None = None
    commune: int | None = None
    quartier: int | None = None
    orientation: int | None = None
    financeur: int | None = None
    delai: FiltreDelai | None = None
    a_moi: bool = False
    q: str = ""
    textes: bool = False
    tri: str = "depot"
    sens: str = "desc"
    colonnes: tuple[str, ...] = COLONNES_DEFAUT
    apres: Curseur | None = None
    avant: Curseur | None = None
    derniere: bool = False

    @property
    def actif(self) -> bool:
        choix = (self.campagne, self.etat, self.commune, self.quartier, self.orientation)
        choisi = any(c is not None for c in (*choix, self.financeur, self.delai))
        return choisi or self.a_moi or bool(self.q)

    @property
    def selection(self) -> Filtres:
        """The same dossiers whatever their state, their order and what is shown of them."""
        neutre = Filtres()
        return replace(
            self.debut,
            etat=None,
            tri=neutre.tri,
            sens=neutre.sens,
            colonnes=neutre.colonnes,
        )

    @property
    def debut(self) -> Filtres:
        """The first page of this list."""
        return replace(self, apres=None, avant=None, derniere=False)

    @property
    def adresse(self) -> str:
        """The query string that gives this list again, from its first page (never empty)."""
        couples: list[tuple[str, Any]] = []
        for nom in ("campagne", "commune", "quartier", "orientation", "financeur"):
            couples += [(nom, getattr(self, nom))] if getattr(self, nom) is not None else []
        if self.etat is not None:
            couples.append(("etat", self.etat.value))
        if self.delai is not None:
            couples.append(("delai", self.delai.value))
        couples += [(nom, "1") for nom in ("a_moi", "textes") if getattr(self, nom)]
        if self.q:
            couples.append(("q", self.q))
        couples += [("tri", self.tri), ("sens", self.sens)]
        if self.colonnes != COLONNES_DEFAUT:
            couples += [("col", c) for c in self.colonnes]
        return urlencode(couples)


def entier(texte: str | None) -> int | None:
    """A positive id, or None."""
    if texte and texte.isascii() and texte.isdigit() and len(texte) < 11:
        return int(texte) if 0 < int(texte) <= ENTIER_MAX else None
    return None


def _valeur(texte: str, tri: str) -> Any:
    """The value of a cursor in the type of its column; raises ValueError."""
    if tri == "montant":
        if not (texte.isascii() and texte.isdigit() and len(texte) < 18):
            raise ValueError(texte)
        return int(texte)
    if tri == "depot":
        instant = datetime.fromisoformat(texte)
        if instant.tzinfo is None or not 1900 < instant.year < 9000:
            raise ValueError(texte)
        return instant
    if tri == "etat":
        etat = {e.value: e for e in EtatDossier}.get(texte)
        if etat is None:
            raise ValueError(texte)
        return etat
    if "\x00" in texte or len(texte) > 500:
        raise ValueError("texte")
    return texte


def _curseur(texte: str | None, tri: str) -> Curseur | None:
    if not texte:
        return None
    valeur, _, numero = texte.rpartition("~")
    cle = entier(numero)
    try:
        return Curseur(_valeur(valeur, tri), cle) if cle else None
    except ValueError:
        return None


class Couples(dict[str, str]):
    """Arguments of an address: the first value of each name, and all of them by ``getlist``."""

    def __init__(self, couples: Iterable[tuple[str, str]]) -> None:
        self._toutes: dict[str, list[str]] = {}
        for nom, valeur in couples:
            self._toutes.setdefault(nom, []).append(valeur)
        super().__init__({nom: valeurs[0] for nom, valeurs in self._toutes.items()})

    def getlist(self, nom: str) -> list[str]:
        return self._toutes.get(nom, [])


def _liste(arguments: Mapping[str, str], nom: str) -> list[str]:
    """Every value of ``nom``, from a query string as the web framework or ``Couples`` reads it."""
    lire = getattr(arguments, "getlist", None)
    if lire is not None:
        return list(lire(nom))
    return [arguments[nom]] if nom in arguments else []


def lire_filtres(arguments: Mapping[str, str]) -> Filtres:
    """The filters of a query string, hostile or not."""
    etats = {e.value: e for e in EtatDossier}
    tri = arguments.get("tri", "")
    tri = tri if tri in TRIS else "depot"
    voulues = set(_liste(arguments, "col"))
    colonnes = tuple(c for c in COLONNES if c in voulues)
    apres, avant = arguments.get("apres"), arguments.get("avant")
    return Filtres(
        campagne=entier(arguments.get("campagne")),
        etat=etats.get(arguments.get("etat", "")),
        commune=entier(arguments.get("commune")),
        quartier=entier(arguments.get("quartier")),
        orientation=entier(arguments.get("orientation")),
        financeur=entier(arguments.get("financeur")),
        delai=next((d for d in FiltreDelai if d.value == arguments.get("delai")), None),
        a_moi=arguments.get("a_moi", "") == "1",
        q=arguments.get("q", "").strip()[:100],
        textes=arguments.get("textes", "") == "1",
        tri=tri,
        sens="asc" if arguments.get("sens") == "asc" else "desc",
        colonnes=colonnes or COLONNES_DEFAUT,
        apres=_curseur(apres, tri),
        avant=None if apres else _curseur(avant, tri),
        derniere=not apres and avant == FIN,
    )


def lire_adresse(adresse: str) -> Filtres:
    """The filters of a kept query string (a saved view, the list that a dossier came from)."""
    couples = parse_qsl(adresse[:ADRESSE_MAX], max_num_fields=50)
    return lire_filtres(Couples(couples)).debut


def apres_curseur(c: Curseur, tri: str, sens: str, envers: bool = False) -> ColumnElement[bool]:
    """Strictly after this place in the order of the list (``envers``: strictly before).

    Equal values are ordered by id, always upwards. The first comparison is enough for an index.
    """
    colonne = TRIS[tri]
    monte = (sens == "asc") != envers
    large = colonne >= c.valeur if monte else colonne <= c.valeur
    strict = colonne > c.valeur if monte else colonne < c.valeur
    suite = Dossier.id < c.dossier_id if envers else Dossier.id > c.dossier_id
    return and_(large, or_(strict, suite))


def ordre(tri: str, sens: str, envers: bool = False) -> tuple[ColumnElement[Any], ...]:
    """The order of the list, or the opposite one (no column is null once deposited)."""
    colonne = TRIS[tri]
    monte = (sens == "asc") != envers
    return (
        colonne.asc() if monte else colonne.desc(),
        Dossier.id.desc() if envers else Dossier.id.asc(),
    )
