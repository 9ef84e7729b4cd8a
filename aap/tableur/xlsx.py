"""XLSX from the description of a workbook, row after row: the same memory whatever its size."""

from __future__ import annotations

from importlib import import_module
from io import BytesIO
from typing import Any

from aap.tableur.classeur import Classeur, FeuilleEcrite, Formule, Style, Valeur

FORMATS = {
    "texte": "@",
    "entier": "#,##0",
    "decimal": "0.00",
    "euros": "#,##0.00",
    "ecart": '#,##0.00;[Red]"dépassé de "#,##0.00',
    "date": "[$-40C]dd/mm/yyyy",
}
FONDS = {"tete": "#f3ece1", "saisie": "#fdf6d8"}
PROTECTION = {
    "select_locked_cells": True,
    "select_unlocked_cells": True,
    "format_columns": True,
    "format_rows": True,
    "autofilter": True,
    "sort": True,
}
SAISIE_REFUSEE = "Écrivez un montant en euros, par exemple 1200,50, ou videz la cellule."
MONTANT_MAX = 9_999_999_999.99


def ecrire_xlsx(classeur: Classeur) -> bytes:
    """The file. Texts are written as texts, cells in the order of the rows."""
    flux = BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    ecriture = import_module("xlsxwriter")  # 12 MB that only exports need
    with ecriture.Workbook(flux, options) as fichier:
        fichier.set_properties({"title": classeur.titre[:200]})
        formes = _Formes(fichier)
        for description in classeur.feuilles:
            _feuille(fichier.add_worksheet(description.nom), description, formes)
    return flux.getvalue()


class _Formes(dict[Style, Any]):
    """The formats of a file, each made once."""

    def __init__(self, fichier: Any) -> None:
        super().__init__()
        self.fichier = fichier

    def __missing__(self, style: Style) -> Any:
        voulu: dict[str, Any] = {"locked": not style.ouvert, "valign": "top"}
        if style.format == "texte":
            # A text stays one, even when somebody types again in its cell.
            voulu |= {"quote_prefix": True, "text_wrap": style.fond == "tete"}
        else:
            voulu["num_format"] = FORMATS[style.format]
        if style.gras:
            voulu["bold"] = True
        if style.taille != 11:
            voulu["font_size"] = style.taille
        if style.fond:
            voulu |= {"bg_color": FONDS[style.fond], "border": 1, "border_color": "#b8ab97"}
        self[style] = forme = self.fichier.add_format(voulu)
        return forme


def _feuille(feuille: Any, description: FeuilleEcrite, formes: _Formes) -> None:
    for rang, colonne in enumerate(description.colonnes):
        feuille.set_column(rang, rang, colonne.largeur, formes[colonne.style])
    _habiller(feuille, description)
    texte, nombre = feuille.write_string, feuille.write_number
    for rang, rangee in enumerate(description.rangees):
        for place, valeur, style in rangee:
            genre = type(valeur)
            if genre is str:
                texte(rang, place, valeur, formes[style])
            elif genre is float or genre is int:
                nombre(rang, place, valeur, formes[style])
            else:
                _ecrire(feuille, rang, place, valeur, formes[style])


def _ecrire(feuille: Any, rang: int, place: int, valeur: Valeur, forme: Any) -> None:
    """What is neither a text nor a number."""
    if valeur is None:
        feuille.write_blank(rang, place, None, forme)
    elif isinstance(valeur, Formule):
        feuille.write_formula(rang, place, f"={valeur.texte}", forme, valeur.valeur)
    else:
        feuille.write_datetime(rang, place, valeur, forme)


def _habiller(feuille: Any, description: FeuilleEcrite) -> None:
    if any(description.figees):
        feuille.freeze_panes(*description.figees)
    if description.filtre is not None:
        debut, fin, derniere = description.filtre
        feuille.autofilter(debut, 0, fin, derniere)
    if description.saisie is not None:
        feuille.data_validation(
            *description.saisie,
            {
                "validate": "decimal",
                "criteria": "between",
                "minimum": 0,
                "maximum": MONTANT_MAX,
                "error_title": "Montant",
                "error_message": SAISIE_REFUSEE,
            },
        )
    if description.protegee:
        feuille.protect("", PROTECTION)
    if description.cachee:
        feuille.hide()
    feuille.set_landscape()
    feuille.set_paper(8)  # A3
    feuille.fit_to_pages(1, 0)
    feuille.repeat_rows(0, max(0, description.figees[0] - 1))
