"""Program of the child process that draws a small picture: see ``vignette.py``.

Run alone, with limits of time and memory: it reads the document on its standard input and writes
the picture (JPEG) on its standard output, the number of pages on its error output. It therefore
imports nothing of the house, and the house never imports it.
"""

from __future__ import annotations

import io
import resource
import sys

import pypdfium2
from PIL import Image

COTE = 320  # pixels of the longest side
DELAI_SECONDES = 20
MEMOIRE_OCTETS = 1_500 * 1024 * 1024
ENTREE_MAX = 64 * 1024 * 1024


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
