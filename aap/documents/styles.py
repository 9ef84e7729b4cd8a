"""The look of the letters: margins, sizes and colours, in one place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm

from aap.documents.polices import CHIFFRE, GRAS, TEXTE, TITRE

LARGEUR_PAGE, HAUTEUR_PAGE = A4
MARGE = 22 * mm
MARGE_HAUTE = 20 * mm
MARGE_BASSE = 29 * mm
LARGEUR = LARGEUR_PAGE - 2 * MARGE
HAUTEUR = HAUTEUR_PAGE - MARGE_HAUTE - MARGE_BASSE
_COULEUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Charte:
    """Colours of the territory, ``#rrggbb``. Raises ``ValueError`` on anything else."""

    accent: str = "#9A4A2F"
    encre: str = "#22303C"

    def __post_init__(self) -> None:
        for couleur in (self.accent, self.encre):
            if not _COULEUR.fullmatch(couleur):
                raise ValueError(f"Couleur illisible\u00a0: {couleur} (attendu\u00a0: #9A4A2F).")


@dataclass(frozen=True)
class Feuille:
    """Colours and paragraph styles of one document."""

    accent: Color
    encre: Color
    filet: Color
    fond: Color
    fond_titre: Color
    styles: dict[str, ParagraphStyle]

    def __getitem__(self, nom: str) -> ParagraphStyle:
        return self.styles[nom]


def _style(nom: str, encre: Color, **options: object) -> ParagraphStyle:
    base: dict[str, object] = {
        "fontName": TEXTE,
        "bulletFontName": TEXTE,
        "fontSize": 10.5,
        "leading": 15,
        "textColor": encre,
        "spaceAfter": 6,
        "allowWidows": 0,
        "allowOrphans": 0,
        "splitLongWords": 1,
    }
    return ParagraphStyle(nom, **(base | options))


@lru_cache(maxsize=16)
def feuille(charte: Charte) -> Feuille:
    """Style sheet of a charte; every font is named so that no standard font slips in."""
    encre, accent = HexColor(charte.encre), HexColor(charte.accent)
    gris = HexColor("#4C5A66")
    definitions: dict[str, dict[str, object]] = {
        "corps": {},
        "serre": {"spaceAfter": 1},
        "dernier": {"spaceAfter": 0},
        "destinataire": {"leftIndent": 86 * mm, "spaceAfter": 0, "leading": 14.5},
        "emetteur": {"fontName": TITRE, "fontSize": 12, "leading": 15, "spaceAfter": 1},
        "service": {"fontSize": 9, "leading": 12, "textColor": gris, "spaceAfter": 0},
        "surtitre": {
            "fontName": GRAS,
            "fontSize": 9,
            "leading": 12,
            "textColor": accent,
            "spaceAfter": 2,
        },
        "h1": {"fontName": TITRE, "fontSize": 17, "leading": 22, "spaceAfter": 10},
        "h2": {
            "fontName": TITRE,
            "fontSize": 12,
            "leading": 16,
            "textColor": accent,
            "spaceBefore": 13,
            "spaceAfter": 5,
        },
        "h3": {
            "fontName": GRAS,
            "fontSize": 10.5,
            "leading": 14,
            "spaceBefore": 7,
            "spaceAfter": 3,
        },
        "puce": {"leftIndent": 17.5, "bulletIndent": 4, "spaceAfter": 3},
        "note": {"fontSize": 8.5, "leading": 11.5, "textColor": gris, "spaceAfter": 8},
        "cellule": {"fontSize": 9, "leading": 12, "spaceAfter": 0},
        "cellule_droite": {"fontSize": 9, "leading": 12, "spaceAfter": 0, "alignment": TA_RIGHT},
        "note_cellule": {"fontSize": 8.5, "leading": 11.5, "textColor": gris, "spaceAfter": 0},
        "entete_cellule": {"fontName": GRAS, "fontSize": 8.5, "leading": 11, "spaceAfter": 0},
        "gras": {"fontName": GRAS, "fontSize": 9, "leading": 12, "spaceAfter": 0},
        "code": {"fontName": CHIFFRE, "fontSize": 8, "leading": 11, "spaceAfter": 4},
    }
    definitions["entete_droite"] = definitions["entete_cellule"] | {"alignment": TA_RIGHT}
    definitions["gras_droite"] = definitions["gras"] | {"alignment": TA_RIGHT}
    return Feuille(
        accent=accent,
        encre=encre,
        filet=HexColor("#D8CEC4"),
        fond=HexColor("#FAF6F1"),
        fond_titre=HexColor("#F1E8DF"),
        styles={nom: _style(nom, encre, **o) for nom, o in definitions.items()},
    )
