"""Reads one spreadsheet in a process of its own, under limits of memory and of time.

Run as a script by ``aap.tableur.lecture`` with the file on the standard input; writes JSON:
``{"feuilles": [[nom, [[cellule, …], …]], …]}`` or ``{"faute": code}``. A hostile file can only
end this process. Imports nothing of the application.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineWorkbook

MEMOIRE = 512 * 1024 * 1024
SECONDES = 15
FEUILLES_MAX = 8
LIGNES_LUES = 600
COLONNES_LUES = 40
TEXTE_MAX = 500
JOURS = (datetime, date, time, timedelta)


def borner() -> None:
    """Beyond these limits the system ends this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMOIRE, MEMOIRE))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDES, SECONDES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def cellule(valeur: object) -> object:
    """What JSON can carry; a date or a time becomes the text that a person would read."""
    if isinstance(valeur, str):
        return valeur[:TEXTE_MAX]
    if isinstance(valeur, datetime):
        return f"{valeur:%d/%m/%Y}"
    if isinstance(valeur, JOURS):
        return str(valeur)
    return valeur if isinstance(valeur, (bool, int, float)) else ""


def lire(octets: bytes) -> dict[str, object]:

    classeur = CalamineWorkbook.from_filelike(io.BytesIO(octets))
    feuilles = []
    for nom in classeur.sheet_names[:FEUILLES_MAX]:
        lignes = classeur.get_sheet_by_name(nom).to_python(skip_empty_area=False, nrows=LIGNES_LUES)
        feuilles.append([nom[:60], [[cellule(c) for c in x[:COLONNES_LUES]] for x in lignes]])
    return {"feuilles": feuilles}


def principal() -> None:
    octets = sys.stdin.buffer.read()
    borner()
    try:
        reponse = lire(octets)
    except MemoryError:
        reponse = {"faute": "trop_gros"}
    except Exception:
        # Whatever the library finds wrong in a foreign file, there is one answer: not readable.
        reponse = {"faute": "illisible"}
    json.dump(reponse, sys.stdout)


if __name__ == "__main__":
    principal()
