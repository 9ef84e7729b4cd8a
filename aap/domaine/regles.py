"""Rules of a campaign: codes, units, default values with their dates, effects and sentences.

The rules are dated data (``donnees/regles_campagne.json``); a campaign keeps only the values that
its coordination has changed. What can never be changed (law, database) is in
``donnees/regles_constantes.json`` and is shown beside. Amounts are cents, rates thousandths.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from aap.domaine.horloge import a_paris
from aap.domaine.montants import en_euros, nombre, pourcent

DOSSIER = Path(__file__).resolve().parent / "donnees"
Valeur = int | bool


class Unite(StrEnum):
    CENTIMES = "centimes"
    POUR_MILLE = "pour_mille"
    JOURS = "jours"
    OUI_NON = "oui_non"


@dataclass(frozen=True)
class Version:
    """A default value in force from ``depuis``, and where it comes from."""

    depuis: date
    valeur: Valeur
    source: str


@dataclass(frozen=True)
class Regle:
    """``effets``: « bloque » and « avertit » that may be chosen, the first by default.

    ``repere``: the value only guides a computation or a proposal; it neither blocks nor warns.
    """

    code: str
    groupe: str
    libelle: str
    phrase: str
    unite: Unite
    effets: tuple[str, ...]
    versions: tuple[Version, ...]
    minimum: int = 0
    maximum: int = 1
    repere: bool = False

    def version_au(self, jour: date) -> Version:
        """The default in force on ``jour`` (the oldest one before it begins)."""
        en_vigueur = [v for v in self.versions if v.depuis <= jour]
        return en_vigueur[-1] if en_vigueur else self.versions[0]

    def dire(self, valeur: Valeur) -> str:
        """The rule as a plain French sentence."""
        return self.phrase.format(valeur=en_mots(self.unite, valeur))


@dataclass(frozen=True)
class Constante:
    """A rule that nobody changes here."""

    phrase: str
    source: str


class ValeurFixee(Protocol):
    """What a campaign has changed (``RegleCampagne``): ``valeur`` is {"v": …}."""

    code: Any
    valeur: Any
    effet: Any


class PorteRegles(Protocol):
    """A campaign: the rules it has changed, and the instant whose defaults apply."""

    @property
    def regles(self) -> Any: ...

    @property
    def ouverture_le(self) -> Any: ...


def _lire(brut: dict[str, Any]) -> Regle:
    versions = sorted(
        (
            Version(date.fromisoformat(v["depuis"]), v["valeur"], v["source"])
            for v in brut["versions"]
        ),
        key=lambda v: v.depuis,
    )
    return Regle(
        code=brut["code"],
        groupe=brut["groupe"],
        libelle=brut["libelle"],
        phrase=brut["phrase"],
        unite=Unite(brut["unite"]),
        effets=tuple(brut["effets"]),
        versions=tuple(versions),
        minimum=brut.get("minimum", 0),
        maximum=brut.get("maximum", 1),
        repere=brut.get("repere", False),
    )


@lru_cache(maxsize=1)
def regles() -> tuple[Regle, ...]:
    """Every rule, in the order of the page."""
    brut = json.loads((DOSSIER / "regles_campagne.json").read_text(encoding="utf-8"))
    return tuple(_lire(r) for r in brut)


@lru_cache(maxsize=1)
def constantes() -> tuple[Constante, ...]:
    """What the law or the database imposes whatever the campaign."""
    brut = json.loads((DOSSIER / "regles_constantes.json").read_text(encoding="utf-8"))
    return tuple(Constante(**r) for r in brut)


def regle(code: str) -> Regle:
    """The rule of a code. Raises ``KeyError``."""
    for r in regles():
        if r.code == code:
            return r
    raise KeyError(code)


def _fixee(campagne: PorteRegles, code: str) -> ValeurFixee | None:
    fixees: Iterable[ValeurFixee] = campagne.regles
    return next((f for f in fixees if f.code == code), None)


def jour_de_reference(campagne: PorteRegles) -> date:
    """The day whose defaults apply: the opening of the campaign, in Paris."""
    ouverture: datetime = campagne.ouverture_le
    return a_paris(ouverture).date()


def valeur_regle(campagne: PorteRegles, code: str) -> Valeur:
    """The value in force for this campaign: its own, else the default of its opening day.

    Cents, thousandths, days or bool according to the unit. Raises ``KeyError`` (unknown code).
    """
    r = regle(code)
    fixee = _fixee(campagne, code)
    if fixee is None:
        return r.version_au(jour_de_reference(campagne)).valeur
    valeur: Valeur = fixee.valeur["v"]
    return valeur


def effet_regle(campagne: PorteRegles, code: str) -> str:
    """« bloque » or « avertit ». Raises ``KeyError`` (unknown code)."""
    r = regle(code)
    fixee = _fixee(campagne, code)
    return r.effets[0] if fixee is None else str(fixee.effet)


def en_mots(unite: Unite, valeur: Valeur) -> str:
    """« 80 % », « 2 000 € », « 15 jours », « oui »."""
    if unite is Unite.OUI_NON:
        return "oui" if valeur else "non"
    if unite is Unite.CENTIMES:
        return en_euros(int(valeur))
    if unite is Unite.POUR_MILLE:
        return pourcent(Fraction(int(valeur), 1000))
    return f"{nombre(int(valeur))}\u00a0jour{'s' if valeur > 1 else ''}"


def refus_valeur(r: Regle, valeur: Valeur, effet: str) -> str:
    """Why this value or this effect cannot be kept; empty when it can."""
    if effet not in r.effets:
        return f"L’effet de la règle «\u00a0{r.libelle}\u00a0» ne se change pas."
    if r.unite is Unite.OUI_NON:
        return "" if isinstance(valeur, bool) else "Répondez par oui ou par non."
    if not r.minimum <= valeur <= r.maximum:
        bas, haut = en_mots(r.unite, r.minimum), en_mots(r.unite, r.maximum)
        return f"Cette valeur va de {bas} à {haut}."
    return ""
