"""French spaces and apostrophes where an author typed plain ones."""

from __future__ import annotations

import re
from functools import lru_cache

from aap.domaine.montants import INSECABLE

FINE = "\u202f"
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)(?!\w+(?:[.-]\w+)*@)")  # o'neil@… is an address
_ESPACE_HAUTE = re.compile(r"[ \u00a0\u202f]+([;!?])")
_ESPACE_DEUX_POINTS = re.compile(r"[ \u00a0\u202f]+([:»])")
_FLECHE = re.compile(r"(?<=→) (?=\S)")  # the value never alone on the next line
_COURT = 120  # characters of what a page repeats: names, titles, labels
_ESPACE_GUILLEMET = re.compile(r"«[ \u00a0\u202f]*")


def composer(texte: str) -> str:
    """The same words: only spaces and apostrophes between words change. Idempotent."""
    return _court(texte) if len(texte) <= _COURT else _composer(texte)


def _composer(texte: str) -> str:
    texte = _APOSTROPHE.sub("’", texte)
    texte = _ESPACE_HAUTE.sub(FINE + r"\1", texte)
    texte = _ESPACE_DEUX_POINTS.sub(INSECABLE + r"\1", texte)
    texte = _FLECHE.sub(INSECABLE, texte)
    return _ESPACE_GUILLEMET.sub("«" + INSECABLE, texte)


_court = lru_cache(2048)(_composer)
