"""Program of the child process that takes pages out of a PDF: see ``extrait.py``.

Run alone, with limits of time and memory: ``extrait_enfant.py PDF FOLDER``, the lists of pages
(from 1) as JSON on its standard input; it writes FOLDER/0.pdf, FOLDER/1.pdf… It imports nothing
of the house, and the house never imports it.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import pikepdf

DELAI_SECONDES = 120
MEMOIRE_OCTETS = 1_500 * 1024 * 1024


def extraire(entier: pikepdf.Pdf, pages: list[int], vers: Path) -> None:
    with pikepdf.new() as extrait:
        for rang in pages:
            extrait.pages.append(entier.pages[rang - 1])
        extrait.save(vers, deterministic_id=True)


def principal() -> None:
    """Program of the child."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMOIRE_OCTETS, MEMOIRE_OCTETS))
    resource.setrlimit(resource.RLIMIT_CPU, (DELAI_SECONDES, DELAI_SECONDES))
    with pikepdf.open(sys.argv[1]) as entier:
        for numero, pages in enumerate(json.load(sys.stdin)):
            extraire(entier, pages, Path(sys.argv[2], f"{numero}.pdf"))


if __name__ == "__main__":
    principal()
