"""Logo of the territory: written anew, so that nothing hidden in the file is kept."""

from __future__ import annotations

import io

from PIL import Image, UnidentifiedImageError

COTE_MAX = 2000


def reecrire_logo(octets: bytes) -> bytes:
    """PNG of the same picture. Raises ValueError with a sentence in French."""
    try:
        return _reecrire(octets)
    except Image.DecompressionBombError as erreur:
        raise ValueError("Cette image est trop grande.") from erreur
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as erreur:
        raise ValueError("Ce fichier n’est pas une image PNG lisible.") from erreur


def _reecrire(octets: bytes) -> bytes:
    with Image.open(io.BytesIO(octets), formats=["PNG"]) as image:
        if max(image.size) > COTE_MAX:
            raise Image.DecompressionBombError
        sortie = io.BytesIO()
        image.convert("RGBA").save(sortie, "PNG", optimize=True)
    return sortie.getvalue()
