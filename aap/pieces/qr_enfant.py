"""Program of the child process that reads the QR codes of a scan: see ``qr.py``.

Run alone, with limits of time and memory: it reads a PDF or an image on its standard input and
writes one JSON list on its standard output, the codes read on each page. It therefore imports
nothing of the house, and the house never imports it.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from collections.abc import Iterator

import pypdfium2
import zxingcpp
from PIL import Image

# Dots per inch at which a page is looked at, the next ones when the former showed nothing.
FINESSES = (110, 200)
COTE_MAX = 3500  # pixels
PAGES_MAX = 600
DELAI_SECONDES = 240
MEMOIRE_OCTETS = 1_500 * 1024 * 1024
ENTREE_MAX = 256 * 1024 * 1024
QR = zxingcpp.barcode_formats_from_str("QRCode")


def codes(image: Image.Image) -> list[str]:
    lus = zxingcpp.read_barcodes(image.convert("L"), formats=QR)
    return [lu.text for lu in lus]


def page_lue(page: pypdfium2.PdfPage) -> list[str]:
    """Codes of one page, looked at finer and finer."""
    cote = max(*page.get_size(), 1)
    for finesse in FINESSES:
        echelle = min(finesse / 72, COTE_MAX / cote)
        trouves = codes(page.render(scale=echelle, grayscale=True).to_pil())
        if trouves:
            return trouves
    return []


def lire(type_mime: str, octets: bytes) -> Iterator[list[str]]:
    if type_mime == "application/pdf":
        document = pypdfium2.PdfDocument(octets)
        for rang in range(min(len(document), PAGES_MAX)):
            yield page_lue(document[rang])
        return
    image = Image.open(io.BytesIO(octets))
    image.thumbnail((COTE_MAX, COTE_MAX))
    yield codes(image)


def principal() -> None:
    """Program of the child."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMOIRE_OCTETS, MEMOIRE_OCTETS))
    resource.setrlimit(resource.RLIMIT_CPU, (DELAI_SECONDES, DELAI_SECONDES))
    lus = list(lire(sys.argv[1], sys.stdin.buffer.read(ENTREE_MAX)))
    json.dump(lus, sys.stdout)


if __name__ == "__main__":
    principal()
