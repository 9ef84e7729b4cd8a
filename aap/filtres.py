"""Jinja filters: amounts, numbers, dates and user text, written the French way.

Pure functions: the application and the mail renderer share ``FILTRES``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from aap.domaine import determinant, montants
from aap.domaine.budget_plan import poste
from aap.domaine.horloge import a_paris, aujourdhui, maintenant
from aap.domaine.identifiants import afficher_iban, afficher_siret
from aap.domaine.typographie import composer

INSECABLE = "\u00a0"
VIDE = "–"
MOIS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
# upper bound in seconds (excluded), seconds per unit, singular, plural
_PALIERS = (
    (3_600, 60, "minute", "minutes"),
    (86_400, 3_600, "heure", "heures"),
)


def euros(centimes: int | None, cents: montants.Cents = "auto") -> str:
    """Integer cents as « 1 234,50 € »; an en dash when unknown."""
    return VIDE if centimes is None else montants.en_euros(centimes, cents=cents)


def nombre(valeur: Fraction | int | None, decimales: int = 2) -> str:
    """French number, at most ``decimales`` decimals."""
    return VIDE if valeur is None else montants.nombre(valeur, decimales)


def pourcent(valeur: Fraction | None, decimales: int = 1) -> str:
    """Exact ratio (0 to 1) as « 29,7 % »."""
    return montants.pourcent(valeur, decimales)


def _jour(valeur: date | datetime) -> date:
    """Calendar day in Europe/Paris of a day or of an aware instant."""
    return a_paris(valeur).date() if isinstance(valeur, datetime) else valeur


def date_longue(valeur: date | datetime | None, avec_jour: bool = False) -> str:
    """« 12 mars 2026 » (« jeudi 12 mars 2026 » with ``avec_jour``); the first is « 1er »."""
    if valeur is None:
        return VIDE
    jour = _jour(valeur)
    quantieme = "1er" if jour.day == 1 else str(jour.day)
    texte = f"{quantieme}{INSECABLE}{MOIS[jour.month - 1]} {jour.year}"
    return f"{JOURS[jour.weekday()]} {texte}" if avec_jour else texte


def date_courte(valeur: date | datetime | None) -> str:
    """« 12/03/2026 »."""
    return VIDE if valeur is None else _jour(valeur).strftime("%d/%m/%Y")


def date_heure(valeur: datetime | None) -> str:
    """« 12 mars 2026 à 14 h 32 » on a Paris clock."""
    if valeur is None:
        return VIDE
    paris = a_paris(valeur)
    return f"{date_longue(valeur)} à {paris.hour}{INSECABLE}h{INSECABLE}{paris.minute:02d}"


def heure(valeur: datetime) -> str:
    """« 14 h 32 » on a Paris clock."""
    paris = a_paris(valeur)
    return f"{paris.hour}{INSECABLE}h{INSECABLE}{paris.minute:02d}"


def moment(valeur: datetime | None) -> str:
    """« à 14 h 32 » today, « le 12 mars 2026 à 14 h 32 » another day."""
    if valeur is None:
        return VIDE
    quand = f"à {heure(valeur)}"
    return quand if _jour(valeur) == aujourdhui() else f"le {date_longue(valeur)} {quand}"


def date_iso(valeur: date | datetime | None) -> str:
    """Machine form for ``<time datetime>``."""
    return "" if valeur is None else valeur.isoformat()


def _compter(n: int, un: str, plusieurs: str) -> str:
    return f"{n}{INSECABLE}{un if n < 2 else plusieurs}"


def _ecart_jours(jours: int) -> str:
    """Distance of at least two days, in the largest unit that stays readable."""
    if jours < 31:
        return _compter(jours, "jour", "jours")
    if jours < 365:
        return _compter(jours // 30, "mois", "mois")
    return _compter(jours // 365, "an", "ans")


def duree_relative(valeur: date | datetime | None) -> str:
    """« il y a 3 heures », « demain », « dans 12 jours », seen from the house's clock."""
    if valeur is None:
        return VIDE
    jours = (_jour(valeur) - aujourdhui()).days
    if isinstance(valeur, datetime) and abs(jours) < 2:
        secondes = int((valeur - maintenant()).total_seconds())
        if abs(secondes) < 60:
            return "à l’instant"
        for borne, unite, un, plusieurs in _PALIERS:
            if abs(secondes) < borne and (jours == 0 or borne == 3_600):
                return _situer(secondes, _compter(abs(secondes) // unite, un, plusieurs))
    proches = {0: "aujourd’hui", 1: "demain", -1: "hier"}
    return proches.get(jours) or _situer(jours, _ecart_jours(abs(jours)))


def _situer(signe: int, texte: str) -> str:
    return f"dans {texte}" if signe > 0 else f"il y a {texte}"


def taille(octets: int | None) -> str:
    """File size for people: « 340 ko », « 1,8 Mo »."""
    if octets is None:
        return VIDE
    if octets < 1_000:
        return _compter(octets, "octet", "octets")
    if octets < 1_000_000:
        return f"{montants.nombre(Fraction(octets, 1_000), 0)}{INSECABLE}ko"
    return f"{montants.nombre(Fraction(octets, 1_000_000), 1)}{INSECABLE}Mo"


def typo(valeur: object) -> str:
    """Spaces and apostrophes of French typography where the author typed plain ones.

    What is already markup stays so: only spaces and apostrophes between words change. A number
    (the year that tells two buttons apart) reads as it is written.
    """
    texte = composer("" if valeur is None else str(valeur))
    return Markup(texte) if isinstance(valeur, Markup) else texte


@lru_cache(8192)  # the same few thousand places on every page of a list
def rang(place: int | None) -> str:
    """« 1 204 », or a dash for what is not ranked."""
    return VIDE if place is None else nombre(place)


def options(choix: Iterable[tuple[object, object]], valeur: object = "") -> Markup:
    """The ``<option>`` of these (value, label), the one of ``valeur`` selected."""
    return _options(tuple((str(v), str(mot)) for v, mot in choix), str(valeur))


@lru_cache(256)  # the lists of filters: the same on every page of a contrat
def _options(choix: tuple[tuple[str, str], ...], valeur: str) -> Markup:
    return Markup("\n").join(
        Markup('<option value="{}"{}>{}</option>').format(
            v, Markup(" selected") if v == valeur else "", composer(mot)
        )
        for v, mot in choix
    )


def texte(valeur: str | None) -> Markup:
    """User text as paragraphs: escaped, blank lines part paragraphs, single ones break lines.

    No other markup is understood, so nothing a person types can act on the page.
    """
    propre = (valeur or "").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not propre:
        return Markup("")
    paragraphes = re.split(r"\n[ \t]*\n+", propre)
    return Markup("\n").join(
        Markup("<p>{}</p>").format(Markup("<br>\n").join(escape(ligne) for ligne in p.split("\n")))
        for p in paragraphes
    )


def pluriel(n: int, un: str, plusieurs: str | None = None) -> str:
    """« 0 dossier », « 1 dossier », « 2 dossiers »: in French the plural starts at two."""
    return f"{montants.nombre(n, 0)}{INSECABLE}{un if abs(n) < 2 else plusieurs or un + 's'}"


FILTRES: dict[str, Callable[..., Any]] = {
    "euros": euros,
    "nombre": nombre,
    "pourcent": pourcent,
    "date_longue": date_longue,
    "date_courte": date_courte,
    "date_heure": date_heure,
    "date_iso": date_iso,
    "duree_relative": duree_relative,
    "heure": heure,
    "moment": moment,
    "taille": taille,
    "typo": typo,
    "options": options,
    "rang": rang,
    "texte": texte,
    "pluriel": pluriel,
    "iban": afficher_iban,
    "siret": afficher_siret,
    "poste": poste,
    "le": determinant.le,
    "le_debut": determinant.le_debut,
    "du": determinant.du,
    "au": determinant.au,
}
