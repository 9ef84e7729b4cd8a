"""User text made safe for a PDF: markup escaped, characters without a glyph shown as □."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from xml.sax.saxutils import escape

from aap.documents.polices import GRAS, TEXTE, TITRE, glyphes
from aap.domaine.texte import nettoyer, typo

REMPLACANT = "□"
NOTE_REMPLACEMENT = (
    "Le signe □ tient la place d’un caractère (émoji, autre écriture…) que la police de ce "
    "document ne sait pas dessiner. Le texte exact reste enregistré dans la plateforme."
)
# Characters that only modify their neighbour: dropped with no loss of meaning.
_MUETS = frozenset((0x200C, 0x200D, 0xFE0E, 0xFE0F, 0x20E3, 0x00AD))
_LIAISON = re.compile(
    r"(?<=n°) |(?<=[Aa]rticle) (?=[LRD]?\d)|(?<=exercice) (?=\d)|(?<=SIRET) |(?<=RNA) "
)
_BLANCS = (" ", "\u00a0", "\u202f")
_DROITE_A_GAUCHE = ("R", "AL")


@dataclass(frozen=True)
class Gras:
    """A bold run inside a paragraph."""

    texte: str


Morceau = str | Gras


def _est_muet(code: int) -> bool:
    return code in _MUETS or 0x1F3FB <= code <= 0x1F3FF or 0xE0000 <= code <= 0xE01EF


def dessinable(texte: str, *, titre: bool = False) -> str:
    """Text the fonts can draw, NFC, without control characters.

    Anything else becomes □ (one for each run), right-to-left scripts included: reportlab
    would print them in the wrong order, which is worse than an honest box. ``titre``: drawn in
    the face of the headings, which holds fewer signs.
    """
    connus = glyphes(TITRE) if titre else glyphes(TEXTE, GRAS)
    sortie: list[str] = []
    for c in nettoyer(texte):
        code = ord(c)
        if _est_muet(code):
            continue
        lisible = c == "\n" or code in connus
        if lisible and unicodedata.bidirectional(c) not in _DROITE_A_GAUCHE:
            sortie.append(c)
        elif not sortie or sortie[-1] != REMPLACANT:
            sortie.append(REMPLACANT)
    return "".join(sortie)


def balisage(*morceaux: Morceau, titre: bool = False) -> str:
    """Reportlab markup of a paragraph. Every piece is escaped: user text cannot open a tag."""
    rendus = []
    for m in morceaux:
        brut = m.texte if isinstance(m, Gras) else m
        sur = escape(_garder_bords(brut, titre)).replace("\n", "<br/>")
        rendus.append(f"<b>{sur}</b>" if isinstance(m, Gras) else sur)
    return "".join(rendus)


def _garder_bords(brut: str, titre: bool) -> str:
    """Cleaning trims; the spaces between two pieces of one sentence must survive it."""
    avant = brut[0] if brut[:1] in _BLANCS else ""
    apres = brut[-1] if len(brut) > 1 and brut[-1] in _BLANCS else ""
    return avant + _LIAISON.sub("\u00a0", typo(dessinable(brut, titre=titre))) + apres


def en_clair(*morceaux: Morceau) -> str:
    """The same pieces without style, on one line, for titles and bookmarks."""
    bruts = (m.texte if isinstance(m, Gras) else m for m in morceaux)
    return " ".join(typo(dessinable("".join(bruts))).split(" "))
