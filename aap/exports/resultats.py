"""The results of a campaign as a spreadsheet or as CSV, exactly as the reader sees them.

Text typed by people is never read as a formula: strings are written as strings in XLSX, and a
CSV cell that a spreadsheet would compute begins with an apostrophe.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from importlib import import_module
from io import BytesIO

from aap.domaine.tableur import Cellule, lignes_csv
from aap.requetes.resultats import LigneResultat

EN_TETES = (
    "Rang",
    "Dossier",
    "Action",
    "Organisme",
    "Orientation",
    "État",
    "Demandé (euros)",
    "Note sur 100",
    "Note exacte",
    "Moyenne",
    "Médiane",
    "Étendue",
    "Note corrigée de la sévérité",
    "Rang corrigé",
    "Notations envoyées",
    "Notations attendues",
    "Consensus",
    "Sous un seuil",
)
LARGEURS = (6, 13, 42, 34, 12, 18, 14, 12, 16, 10, 10, 10, 14, 10, 11, 11, 11, 30)


def _cellules(ligne: LigneResultat) -> list[Cellule]:
    r = ligne.resultat
    d = r.dispersion
    return [
        r.rang,
        r.reference,
        ligne.intitule,
        ligne.organisme,
        ligne.orientation,
        ligne.etat.libelle("agent"),
        Fraction(ligne.demande, 100),
        r.score,
        "" if r.score is None else str(r.score),
        d.moyenne if d else None,
        d.mediane if d else None,
        d.etendue if d else None,
        r.score_normalise,
        r.rang_normalise,
        r.evaluations,
        ligne.attendues,
        "oui" if r.consensus else "non",
        " ; ".join(r.sous_seuil),
    ]


def resultats_csv(lignes: Sequence[LigneResultat]) -> bytes:
    """Semicolons and decimal commas, as French spreadsheets open them; UTF-8 with its mark."""
    return b"".join(lignes_csv(EN_TETES, map(_cellules, lignes)))


def resultats_xlsx(lignes: Sequence[LigneResultat], titre: str, notice: Sequence[str]) -> bytes:
    """One sheet for the list, one for what the columns mean (``notice``)."""
    flux = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ecriture = import_module("xlsxwriter")  # 12 MB that only exports need
    with ecriture.Workbook(flux, options) as classeur:
        gras = classeur.add_format({"bold": True, "font_size": 13})
        tete = classeur.add_format({"bold": True, "bg_color": "#f3ece1", "text_wrap": True})
        decimal = classeur.add_format({"num_format": "0.00"})
        feuille = classeur.add_worksheet("Résultats")
        feuille.write_string(0, 0, titre[:200], gras)
        for colonne, (nom, largeur) in enumerate(zip(EN_TETES, LARGEURS, strict=True)):
            feuille.write_string(2, colonne, nom, tete)
            feuille.set_column(colonne, colonne, largeur)
        for rang, ligne in enumerate(lignes, start=3):
            for colonne, cellule in enumerate(_cellules(ligne)):
                if isinstance(cellule, str):
                    feuille.write_string(rang, colonne, cellule)
                elif isinstance(cellule, Fraction):
                    valeur = (
                        cellule.numerator / cellule.denominator
                    )  # display: text beside is exact
                    feuille.write_number(rang, colonne, valeur, decimal)
                elif cellule is not None:
                    feuille.write_number(rang, colonne, cellule)
        feuille.freeze_panes(3, 3)
        feuille.autofilter(2, 0, max(3, len(lignes) + 2), len(EN_TETES) - 1)
        feuille.set_landscape()
        feuille.fit_to_pages(1, 0)
        page = classeur.add_worksheet("Lecture")
        page.set_column(0, 0, 110, classeur.add_format({"text_wrap": True}))
        for rang, phrase in enumerate(notice):
            page.write_string(rang, 0, phrase)
    return flux.getvalue()
