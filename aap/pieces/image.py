"""Photos received: upright, reduced, without the place and the camera they were taken with."""

from __future__ import annotations

import io
import warnings
from contextlib import suppress
from typing import BinaryIO

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from aap.domaine.erreurs import Invalide
from aap.pieces.commun import CONSEIL, temporaire

COTE_MAX = 2400  # pixels: an A4 page read at 200 dots per inch
PIXELS_MAX = {"JPEG": 110_000_000}  # a JPEG is read at a smaller scale from the start
PIXELS_MAX_AUTRES = 40_000_000
QUALITE = 85
# What Pillow raises on images made to break readers.
FAUTES = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    MemoryError,
    IndexError,
    OverflowError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
Image.MAX_IMAGE_PIXELS = max(PIXELS_MAX.values())


def nettoyer_image(nom: str, flux: BinaryIO) -> tuple[str, BinaryIO]:
    """(MIME type, upright reduced image without metadata): JPEG, or PNG for a PNG.

    Raises Invalide with a sentence for the sender.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _reprendre(nom, flux)
    except FAUTES as erreur:
        raise Invalide(f"L’image « {nom} » est abîmée ou trop grande. {CONSEIL}") from erreur


def _reprendre(nom: str, flux: BinaryIO) -> tuple[str, BinaryIO]:
    flux.seek(0)
    with Image.open(flux, formats=("JPEG", "PNG", "WEBP", "AVIF")) as image:
        format_lu = image.format or ""
        pixels = image.width * image.height
        if pixels > PIXELS_MAX.get(format_lu, PIXELS_MAX_AUTRES):
            raise Invalide(
                f"L’image « {nom} » est trop grande ({image.width} × {image.height} points). "
                "Réduisez-la, ou prenez la photo avec une définition plus faible."
            )
        if format_lu == "JPEG":
            image.draft(None, (COTE_MAX, COTE_MAX))
        droite = ImageOps.exif_transpose(image)
        droite.thumbnail((COTE_MAX, COTE_MAX), Image.Resampling.LANCZOS, reducing_gap=2.0)
        return _enregistrer(_en_srgb(droite), png=format_lu == "PNG")


def _en_srgb(image: Image.Image) -> Image.Image:
    """Same colours without the profile that described them (phones use wider spaces)."""
    profil = image.info.get("icc_profile")
    if not profil or image.mode not in ("RGB", "RGBA"):
        return image
    with suppress(ImageCms.PyCMSError, OSError):
        converti = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(io.BytesIO(profil)), ImageCms.createProfile("sRGB")
        )
        if converti is not None:
            return converti
    return image


def _enregistrer(image: Image.Image, *, png: bool) -> tuple[str, BinaryIO]:
    """Saved from the pixels alone: no metadata of the source passes."""
    sortie = temporaire()
    if png:
        modes = ("1", "L", "LA", "P", "RGB", "RGBA")
        propre = image if image.mode in modes else image.convert("RGB")
        propre.info = {k: v for k, v in image.info.items() if k == "transparency"}
        propre.save(sortie, "PNG", exif=b"", icc_profile=None)
        type_mime = "image/png"
    else:
        propre = sur_blanc(image)
        propre.info = {}
        propre.save(sortie, "JPEG", quality=QUALITE, progressive=False, exif=b"", icc_profile=None)
        type_mime = "image/jpeg"
    sortie.seek(0)
    return type_mime, sortie


def sur_blanc(image: Image.Image) -> Image.Image:
    """Opaque RGB: what is transparent becomes white, as paper."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        calque = image.convert("RGBA")
        fond = Image.new("RGB", calque.size, "white")
        fond.paste(calque, mask=calque.getchannel("A"))
        return fond
    return image.convert("RGB")
