"""Program of the child process that opens a HEIC photo: see ``heic.py``.

Run alone, under limits of time and memory (its decoder is a large C library): its two arguments
are the photo received and the JPEG to write, upright and reduced, with the colour profile and
nothing else. It answers on its standard output with the size in pixels, « largeur hauteur », and
writes no file when the photo is too large. It imports nothing of the house, and the house never
imports it.
"""

from __future__ import annotations

import resource
import sys

import pi_heif
from PIL import Image

MEMOIRE = 1_200 * 1024 * 1024
SECONDES = 20
PIXELS_MAX = 60_000_000  # the largest sensors of telephones give 48 million
COTE_MAX = 2400  # pixels, as in image.py
QUALITE = 92  # the second saving, by image.py, decides of the weight


def borner() -> None:
    """Beyond these limits the system ends this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMOIRE, MEMOIRE))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDES, SECONDES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def convertir(entree: str, sortie: str) -> str:
    """The decoder turns the photo upright itself; only its first image is read."""
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    with Image.open(entree, formats=("HEIF",)) as photo:
        taille = f"{photo.width} {photo.height}"
        if photo.width * photo.height > PIXELS_MAX:
            return taille
        profil = photo.info.get("icc_profile")
        droite = photo.convert("RGB")
    droite.thumbnail((COTE_MAX, COTE_MAX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    droite.info = {}
    droite.save(sortie, "JPEG", quality=QUALITE, icc_profile=profil, exif=b"")
    return taille


def principal() -> None:
    """Program of the child."""
    borner()
    pi_heif.register_heif_opener(thumbnails=False)
    sys.stdout.write(convertir(sys.argv[1], sys.argv[2]))


if __name__ == "__main__":
    principal()
