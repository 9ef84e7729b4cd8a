"""French spaces and apostrophes where an author typed plain ones."""

from __future__ import annotations

import re

from aap.domaine.montants import INSECABLE

FINE = "\u202f"
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)(?!\w+(?:[.-]\w+)*@)")  # o'neil@… is an address
_ESPACE_HAUTE = re.compile(r"[ \u00a0\u202f]+([;!?])")
_ESPACE_DEUX_POINTS = re.compile(r"[ \u00a0\u202f]+([:»])")
_FLECHE = re.compile(r"(?<=→) (?=\S)")  # the value never alone on the next line
_ESPACE_GUILLEMET = re.compile(r"«[ \u00a0\u202f]*")


def composer(texte: str) -> str:
    """The same words: only spaces and apostrophes between words change. Idempotent."""
    texte = _APOSTROPHE.sub("’", texte)
    texte = _ESPACE_HAUTE.sub(FINE + r"\1", texte)
    texte = _ESPACE_DEUX_POINTS.sub(INSECABLE + r"\1", texte)
    texte = _FLECHE.sub(INSECABLE, texte)
    return _ESPACE_GUILLEMET.sub("«" + INSECABLE, texte)
