"""Small pictures of documents, made by a child process that may crash without harm.

This file is also the child's program: it is run alone, with limits of time and memory, reads
the document on its standard input and writes the picture (JPEG) on its standard output, the
number of pages on its error output. It therefore imports nothing of the house.
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys
from collections.abc import Iterable

import pypdfium2
from PIL import Image

COTE = 320  # pixels of the longest side
DELAI_SECONDES = 20
MEMOIRE_OCTETS = 1_500 * 1024 * 1024
ENTREE_MAX = 64 * 1024 * 1024


class VignetteImpossible(Exception):
    """The document cannot be pictured; it stays readable by download."""


def vignette(type_mime: str, morceaux: Iterable[bytes]) -> tuple[bytes, int | None]:
    """(JPEG bytes, pages of a PDF or None). Raises VignetteImpossible."""
    try:
        enfant = subprocess.run(
            [sys.executable, "-I", __file__, type_mime],
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


def dessiner(type_mime: str, octets: bytes) -> tuple[Image.Image, int | None]:
    """First page of a PDF, or the image itself, on white. Runs in the child."""
    if type_mime == "application/pdf":
        document = pypdfium2.PdfDocument(octets)
        largeur, hauteur = document[0].get_size()
        echelle = min(COTE / max(largeur, hauteur, 1), 4)
        return document[0].render(scale=echelle).to_pil().convert("RGB"), len(document)
    image = Image.open(io.BytesIO(octets))
    image.draft("RGB", (COTE, COTE))
    image.thumbnail((COTE, COTE))
    fond = Image.new("RGB", image.size, "white")
    calque = image.convert("RGBA")
    fond.paste(calque, mask=calque.getchannel("A"))
    return fond, None


def principal() -> None:
    """Program of the child."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMOIRE_OCTETS, MEMOIRE_OCTETS))
    resource.setrlimit(resource.RLIMIT_CPU, (DELAI_SECONDES, DELAI_SECONDES))
    image, pages = dessiner(sys.argv[1], sys.stdin.buffer.read(ENTREE_MAX))
    image.save(sys.stdout.buffer, "JPEG", quality=80)
    if pages is not None:
        sys.stderr.write(str(pages))


if __name__ == "__main__":
    principal()
