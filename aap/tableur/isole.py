"""Reads one spreadsheet in a process of its own, under limits of memory and of time.

Run as a script by ``aap.tableur.lecture`` with the file on the standard input, and how many sheets,
rows and columns to read; writes JSON: ``{"feuilles": [[nom, [[cellule, …], …], lignes], …],
"fautives": [cellule], "fusions": bool}`` or ``{"faute": code}``. A hostile file can only end this
process. Imports nothing of the application.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
import zipfile
from datetime import date, time, timedelta

from python_calamine import CalamineWorkbook

MEMOIRE = 512 * 1024 * 1024
SECONDES = 15
TEXTE_MAX = 500
HEURES = (time, timedelta)
FAUTIVES_MAX = 20
# What calamine does not tell: a cell whose formula fails comes out empty, and so do merged ones.
FAUTIVE_XLSX = re.compile(rb'<c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3}[0-9]{1,7})"')
FAUTIVE_ODS = re.compile(rb"<text:p>(#[A-Z/0!?]{3,8}|Err:[0-9]{3})</text:p>")


def borner() -> None:
    """Beyond these limits the system ends this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMOIRE, MEMOIRE))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDES, SECONDES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def cellule(valeur: object) -> object:
    """What JSON can carry; a date or a time becomes the text that a person would read."""
    if isinstance(valeur, str):
        return valeur[:TEXTE_MAX]
    if isinstance(valeur, date):
        return f"{valeur:%d/%m/%Y}"
    if isinstance(valeur, HEURES):
        return str(valeur)
    return valeur if isinstance(valeur, (bool, int, float)) else ""


def lire(octets: bytes, feuilles_max: int, lignes: int, colonnes: int) -> dict[str, object]:
    classeur = CalamineWorkbook.from_filelike(io.BytesIO(octets))
    feuilles = []
    for nom in classeur.sheet_names[:feuilles_max]:
        feuille = classeur.get_sheet_by_name(nom)
        lues = feuille.to_python(skip_empty_area=False, nrows=lignes)
        rangees = [[cellule(c) for c in x[:colonnes]] for x in lues]
        feuilles.append([nom[:60], rangees, feuille.total_height])
    return {"feuilles": feuilles, **alertes(octets)}


def alertes(octets: bytes) -> dict[str, object]:
    """Cells of which the formula fails (their names, in XLSX), and whether cells are merged."""
    fautives: list[str] = []
    fusions = False
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        for nom in archive.namelist():
            if nom == "content.xml":
                texte = archive.read(nom)
                fautives += ["" for _ in FAUTIVE_ODS.findall(texte)][:FAUTIVES_MAX]
                fusions |= b"<table:covered-table-cell" in texte
            elif nom.startswith("xl/worksheets/"):
                texte = archive.read(nom)
                fautives += [x.decode() for x in FAUTIVE_XLSX.findall(texte)][:FAUTIVES_MAX]
                fusions |= b"<mergeCell " in texte
    return {"fautives": fautives[:FAUTIVES_MAX], "fusions": fusions}


def principal() -> None:
    octets = sys.stdin.buffer.read()
    mesures = [int(x) for x in sys.argv[1:4]]
    borner()
    try:
        reponse = lire(octets, *mesures)
    except MemoryError:
        reponse = {"faute": "trop_gros"}
    except Exception:
        # Whatever the library finds wrong in a foreign file, there is one answer: not readable.
        reponse = {"faute": "illisible"}
    json.dump(reponse, sys.stdout)


if __name__ == "__main__":
    principal()
