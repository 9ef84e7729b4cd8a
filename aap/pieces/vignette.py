"""Small pictures of documents, made by a child process that may crash without harm.

The child (``vignette_enfant.py``) alone loads what draws a PDF: the server does not carry it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

DELAI_SECONDES = 20
PROGRAMME = Path(__file__).with_name("vignette_enfant.py")


class VignetteImpossible(Exception):
    """The document cannot be pictured; it stays readable by download."""


def vignette(type_mime: str, morceaux: Iterable[bytes]) -> tuple[bytes, int | None]:
    """(JPEG bytes, pages of a PDF or None). Raises VignetteImpossible."""
    try:
        enfant = subprocess.run(
            [sys.executable, "-I", str(PROGRAMME), type_mime],
            input=b"".join(morceaux),
            capture_output=True,
            timeout=DELAI_SECONDES,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as erreur:
        raise VignetteImpossible(str(erreur)[:300]) from erreur
    lu = enfant.stderr.decode("ascii", "replace").strip()
    if not enfant.stdout.startswith(b"\xff\xd8"):
        raise VignetteImpossible("aucune image")
    return enfant.stdout, int(lu) if lu.isdigit() else None
