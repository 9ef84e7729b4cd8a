"""QR codes of scanned pages, read by a child process that may crash without harm."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

PROGRAMME = Path(__file__).with_name("qr_enfant.py")
LISIBLES = ("application/pdf", "image/jpeg", "image/png")
PATIENCE_SECONDES = 300


class LectureImpossible(Exception):
    """The document cannot be looked at; it stays readable by download."""


def lire_codes(
    type_mime: str, morceaux: Iterable[bytes], patience: int = PATIENCE_SECONDES
) -> list[list[str]]:
    """Codes read on each page, in order (an image is one page).

    ``patience`` in seconds. Raises LectureImpossible.
    """
    if type_mime not in LISIBLES:
        raise LectureImpossible("ni PDF ni image")
    try:
        enfant = subprocess.run(
            [sys.executable, "-I", str(PROGRAMME), type_mime],
            input=b"".join(morceaux),
            capture_output=True,
            timeout=patience,
            check=True,
        )
        lus = json.loads(enfant.stdout)
    except (subprocess.SubprocessError, OSError, ValueError) as erreur:
        raise LectureImpossible(str(erreur)[:300]) from erreur
    return [[str(code) for code in page] for page in lus]
