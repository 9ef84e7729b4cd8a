"""One table as CSV or as a workbook, row after row: memory does not grow with the number of rows.

Texts typed by people are written as texts, never read as formulas (``domaine.tableur``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from importlib import import_module
from typing import IO, Any

from aap.domaine.tableur import Cellule, Montant, lignes_csv

TETE = 2  # row of the headings, counted from 0


@dataclass(frozen=True)
class Colonne:
    """Heading, and width in characters in the workbook."""

    nom: str
    largeur: int


@dataclass(frozen=True)
class Table:
    """What is given out. ``rangees`` is read once; ``notice``: what the columns mean.

    ``figees``: columns that stay on the screen when the others move.
    """

    nom: str
    titre: str
    colonnes: Sequence[Colonne]
    rangees: Iterable[Sequence[Cellule]]
    notice: Sequence[str] = ()
    figees: int = 1


def ecrire_csv(flux: IO[bytes], table: Table) -> None:
    """Semicolons and decimal commas, as French spreadsheets open them; UTF-8 with its mark."""
    for morceau in lignes_csv([c.nom for c in table.colonnes], table.rangees):
        flux.write(morceau)


def ecrire_xlsx(flux: IO[bytes], table: Table) -> None:
    """One sheet for the table, one for what its columns mean."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ecriture = import_module("xlsxwriter")  # 12 MB that only exports need
    with ecriture.Workbook(flux, options) as classeur:
        feuille = classeur.add_worksheet(table.nom)
        derniere = _feuille(classeur, feuille, table)
        feuille.freeze_panes(TETE + 1, table.figees)
        feuille.autofilter(TETE, 0, max(TETE + 1, derniere), len(table.colonnes) - 1)
        feuille.set_landscape()
        feuille.fit_to_pages(1, 0)
        if table.notice:
            page = classeur.add_worksheet("Lecture")
            page.set_column(0, 0, 110, classeur.add_format({"text_wrap": True}))
            for rang, phrase in enumerate(table.notice):
                page.write_string(rang, 0, phrase)


def _feuille(classeur: Any, feuille: Any, table: Table) -> int:
    """Write title, headings and rows; the rank of the last row."""
    tete = classeur.add_format({"bold": True, "bg_color": "#f3ece1", "text_wrap": True})
    formes = {
        date: classeur.add_format({"num_format": "dd/mm/yyyy"}),
        Montant: classeur.add_format({"num_format": "#,##0.00"}),
        Fraction: classeur.add_format({"num_format": "0.00"}),
    }
    for colonne, c in enumerate(table.colonnes):
        feuille.set_column(colonne, colonne, c.largeur)
    gras = classeur.add_format({"bold": True, "font_size": 13})
    feuille.write_string(0, 0, table.titre[:200], gras)
    for colonne, c in enumerate(table.colonnes):
        feuille.write_string(TETE, colonne, c.nom, tete)
    rang = TETE
    for rang, rangee in enumerate(table.rangees, TETE + 1):
        for colonne, cellule in enumerate(rangee):
            _case(feuille, rang, colonne, cellule, formes)
    return rang


def _case(feuille: Any, rang: int, colonne: int, cellule: Cellule, formes: dict[Any, Any]) -> None:
    match cellule:
        case None | "":
            return
        case str():
            feuille.write_string(rang, colonne, cellule)
        case Montant():
            feuille.write_number(rang, colonne, cellule / 100, formes[Montant])
        case Fraction():  # display only
            feuille.write_number(
                rang, colonne, cellule.numerator / cellule.denominator, formes[Fraction]
            )
        case date():
            feuille.write_datetime(rang, colonne, cellule, formes[date])
        case _:
            feuille.write_number(rang, colonne, cellule)
