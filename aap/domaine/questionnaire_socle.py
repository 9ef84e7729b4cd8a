"""Shape of a form: questions, pages, and which form a dossier has (``Profil``)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

TOUS = frozenset({"action", "fonctionnement", "pre", "adulte_relais", "micro_projet"})
LONGS = TOUS - {"micro_projet"}
ACTIONS = frozenset({"action", "pre", "adulte_relais"})
# May be asked for several years (CPO): not posts, which have their own convention of three years.
PLURIANNUELS = frozenset({"action", "fonctionnement", "pre"})
ANNEES_MAX = 4


@dataclass(frozen=True)
class Profil:
    """What decides which pages a dossier has.

    ``annees``: exercices asked for; ``pluriannuel``: the call takes requests for several years;
    ``tranche``: the light form of one year of a CPO in force.
    """

    type: str
    annees: int = 1
    pluriannuel: bool = False
    tranche: bool = False


class Genre(StrEnum):
    """How a question is asked and read."""

    COURT = "court"
    LONG = "long"
    DATE = "date"
    ENTIER = "entier"
    DECIMAL = "decimal"
    POURCENT = "pourcent"
    CHOIX = "choix"


@dataclass(frozen=True)
class Question:
    """``obligatoire``: blocks the transmission. ``max``: characters, or highest number.

    ``annee``: 1, asked where several years are possible; 2 to 4, where so many are asked for.
    ``selon``: (type, libelle, aide) where a type of dossier needs its own words.
    """

    code: str
    libelle: str
    genre: Genre
    aide: str = ""
    exemple: str = ""
    obligatoire: bool = True
    types: frozenset[str] = TOUS
    max: int = 3000
    choix: tuple[tuple[str, str], ...] = ()
    annee: int = 0
    selon: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Section:
    """A page of the form. ``speciale``: what the page edits has its own tables.

    ``selon``: (type, titre). ``annees``: shown from so many years on. ``tranche``: True, also in
    the light form; None, only there.
    """

    code: str
    titre: str
    questions: tuple[Question, ...] = ()
    speciale: bool = False
    types: frozenset[str] = TOUS
    aide: str = ""
    selon: tuple[tuple[str, str], ...] = ()
    annees: int = 0
    tranche: bool | None = False
