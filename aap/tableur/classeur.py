"""A workbook described once, written as XLSX (``xlsx``) or as ODS (``ods``).

A row is a list of cells given by column, in order; a column without a cell keeps its own style.
Text is text: nothing typed by people is ever computed. Formulas are ours, in the English A1
notation, and carry their value, so that a reader that computes nothing shows it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple


class Formule(NamedTuple):
    """``texte`` without its « = »; ``valeur``: what it comes to."""

    texte: str
    valeur: int | float


Valeur = str | int | float | date | Formule | None


class Style(NamedTuple):
    """``format``: texte, entier, decimal, euros, ecart (euros, a word below zero), date.
    ``ouvert``: may be changed when the sheet is protected. ``fond``: tete, saisie or none."""

    format: str = "texte"
    gras: bool = False
    ouvert: bool = False
    fond: str = ""
    taille: int = 11


TEXTE = Style()
TITRE = Style(gras=True, taille=13)
TETE = Style(gras=True, fond="tete")
ENTIER = Style("entier")
DECIMAL = Style("decimal")
EUROS = Style("euros")
EUROS_GRAS = Style("euros", gras=True, fond="tete")
ECART = Style("ecart", gras=True, fond="tete")
ECART_LIGNE = Style("ecart")
SAISIE = Style("euros", ouvert=True, fond="saisie")
SAISIE_TEXTE = Style("texte", ouvert=True, fond="saisie")
DATE = Style("date")

Case = tuple[int, Valeur, Style]
Rangee = Sequence[Case]


@dataclass(frozen=True)
class Colonne:
    """Width in characters."""

    largeur: int
    style: Style = TEXTE


@dataclass(frozen=True)
class FeuilleEcrite:
    """``figees``: rows and columns that stay in sight. ``filtre``: first row, last row, last
    column of the list that can be filtered, counted from 0. ``saisie``: the block of amounts."""

    nom: str
    colonnes: Sequence[Colonne]
    rangees: Iterable[Rangee]
    figees: tuple[int, int] = (0, 0)
    filtre: tuple[int, int, int] | None = None
    saisie: tuple[int, int, int, int] | None = None
    protegee: bool = True
    cachee: bool = False


@dataclass(frozen=True)
class Classeur:
    titre: str
    feuilles: Sequence[FeuilleEcrite] = field(default_factory=tuple)


def lettres(colonne: int) -> str:
    """Name of a column counted from 0: A, B, … Z, AA."""
    nom = ""
    colonne += 1
    while colonne:
        colonne, reste = divmod(colonne - 1, 26)
        nom = chr(65 + reste) + nom
    return nom
