"""Cells of the tables that leave the house: nothing typed by people is ever computed.

CSV as French spreadsheets open it: semicolons, decimal commas, UTF-8 with its mark, CRLF.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from io import StringIO

from aap.domaine.montants import decimal_fr

DECIMALES = 4
DANGEREUX = ("=", "+", "-", "@", "\t", "\r", "\n")
MARQUE = "\ufeff"


class Montant(int):
    """Cents, written in euros with two decimals."""


Cellule = str | int | date | Fraction | Montant | None


def sans_formule(texte: str) -> str:
    """The same text, that no spreadsheet computes."""
    return f"'{texte}" if texte.startswith(DANGEREUX) else texte


def euros_csv(centimes: int) -> str:
    """« 1234,50 »: always two decimals, no space, so that every finance software reads it."""
    signe = "-" if centimes < 0 else ""
    return f"{signe}{abs(centimes) // 100},{abs(centimes) % 100:02d}"


def en_csv(cellule: Cellule) -> str:
    """One cell: decimal comma, day as 31/12/2027, euros with two decimals, text protected."""
    if cellule is None:
        return ""
    if isinstance(cellule, Fraction):
        return decimal_fr(cellule, DECIMALES, fixe=False).replace("\u202f", "").replace("−", "-")
    if isinstance(cellule, date):
        return f"{cellule:%d/%m/%Y}"
    if isinstance(cellule, Montant):
        return euros_csv(cellule)
    return sans_formule(cellule) if isinstance(cellule, str) else str(cellule)


def lignes_csv(
    en_tetes: Sequence[str], rangees: Iterable[Sequence[Cellule]], *, bloc: int = 200
) -> Iterator[bytes]:
    """The file in pieces of ``bloc`` rows: never the whole of it in memory."""
    flux = StringIO()
    flux.write(MARQUE)
    ecriture = csv.writer(flux, delimiter=";", lineterminator="\r\n")
    ecriture.writerow(en_tetes)
    for rang, rangee in enumerate(rangees, 1):
        ecriture.writerow([en_csv(c) for c in rangee])
        if rang % bloc == 0:
            yield flux.getvalue().encode()
            flux.seek(0)
            flux.truncate()
    yield flux.getvalue().encode()
