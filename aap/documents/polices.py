"""Fonts of the documents: DejaVu, embedded, found in the fetched static files.

DejaVu holds œ, €, ’, U+202F and the boxes; the standard PDF fonts are never used.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

TEXTE = "AapTexte"
GRAS = "AapGras"
TITRE = "AapTitre"
CHIFFRE = "AapChiffre"
FICHIERS = {
    TEXTE: "DejaVuSansCondensed.ttf",
    GRAS: "DejaVuSansCondensed-Bold.ttf",
    TITRE: "DejaVuSerifCondensed-Bold.ttf",
    CHIFFRE: "DejaVuSansMono.ttf",
}
DOSSIER = Path(__file__).resolve().parent.parent / "static" / "vendor" / "polices"


class PolicesAbsentes(RuntimeError):
    """The font files are not there; the message says what to run, in French."""


def enregistrer(dossier: Path = DOSSIER) -> None:
    """Register the four faces once. Raises ``PolicesAbsentes`` naming the missing files."""
    connues = pdfmetrics.getRegisteredFontNames()
    if all(nom in connues for nom in FICHIERS):
        return
    absents = [f for f in FICHIERS.values() if not (dossier / f).is_file()]
    if absents:
        raise PolicesAbsentes(
            f"Polices introuvables dans {dossier}\u00a0: {', '.join(absents)}. "
            "Lancez «\u00a0make installer\u00a0», puis recommencez."
        )
    for nom, fichier in FICHIERS.items():
        pdfmetrics.registerFont(TTFont(nom, str(dossier / fichier)))
    for nom in FICHIERS:
        gras = GRAS if nom == TEXTE else nom
        pdfmetrics.registerFontFamily(nom, normal=nom, bold=gras, italic=nom, boldItalic=gras)


@lru_cache(maxsize=4)
def glyphes(*faces: str) -> frozenset[int]:
    """Code points that all these faces can draw."""
    enregistrer()
    tables = [pdfmetrics.getFont(nom).face.charToGlyph for nom in faces]
    communs = set(tables[0]).intersection(*tables[1:])
    return frozenset(communs)
