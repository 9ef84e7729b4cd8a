"""The check of a file that somebody sends: its type is what its opening shows, never its name."""

from __future__ import annotations

import os
import threading
from importlib import import_module
from io import BytesIO
from typing import BinaryIO

import filetype

from aap.domaine.erreurs import Invalide
from aap.domaine.texte import nettoyer
from aap.pieces.archive import DOCX, ODS, ODT, XLSX, type_archive, verifier_archive
from aap.pieces.commun import CONSEIL, Controle
from aap.pieces.heic import en_jpeg, est_heic
from aap.pieces.pdf import nettoyer_pdf
from aap.stockage import empreinte_flux

EXTENSIONS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    DOCX: "docx",
    XLSX: "xlsx",
    ODT: "odt",
    ODS: "ods",
}
NATURES = {
    "application/pdf": "PDF",
    "image/jpeg": "Photo",
    "image/png": "Image",
    DOCX: "Word",
    XLSX: "Excel",
    ODT: "Texte OpenDocument",
    ODS: "Tableur OpenDocument",
}
HEIC = "image/heic"
IMAGES = (HEIC, "image/jpeg", "image/png", "image/webp", "image/avif")
TYPES_EN_MOTS = (
    "PDF, photo (JPEG, PNG, WebP, HEIC), Word (docx), Excel (xlsx), OpenDocument (odt, ods)"
)
# For the « accept » attribute: what the chooser of the device proposes first.
ACCEPTE = (
    "application/pdf,image/jpeg,image/png,image/webp,.pdf,.jpg,.jpeg,.png,.webp,.heic,.heif,.docx,.xlsx,"
    ".odt,.ods"
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Large images are opened two at a time: the memory of a process stays bounded.
_DEUX_A_LA_FOIS = threading.BoundedSemaphore(2)


def controler(nom: str, contenu: bytes | BinaryIO, limite_mo: int) -> Controle:
    """Check and clean a file. Raises Invalide with a sentence for the sender.

    ``contenu`` is read by pieces; ``limite_mo`` is the size that the page announces.
    """
    court = nettoyer(nom or "", lignes=False)[:80] or "document"
    flux = BytesIO(contenu) if isinstance(contenu, bytes) else contenu
    taille = flux.seek(0, os.SEEK_END)
    if not taille:
        raise Invalide(f"Le fichier « {court} » est vide. Vérifiez-le, puis envoyez-le de nouveau.")
    if taille > limite_mo * 1024 * 1024:
        raise Invalide(
            f"Le fichier « {court} » dépasse {limite_mo} Mo. Réduisez-le, puis renvoyez-le."
        )
    sha256, taille = empreinte_flux(flux)
    with _DEUX_A_LA_FOIS:
        return _ouvrir(nom, court, flux, sha256, taille)


def _ouvrir(nom: str, court: str, flux: BinaryIO, sha256: str, taille: int) -> Controle:
    type_mime = _reconnaitre(court, flux)
    if type_mime == "application/pdf":
        propre, retires = nettoyer_pdf(court, flux)
        _sha, taille = empreinte_flux(propre)
        return Controle(nom, type_mime, propre, taille, sha256, retires)
    if type_mime in IMAGES:
        lue = en_jpeg(court, flux) if type_mime == HEIC else flux
        type_mime, propre = _nettoyer_image(court, lue)
        _sha, taille = empreinte_flux(propre)
        return Controle(nom, type_mime, propre, taille, sha256)
    verifier_archive(court, flux)
    return Controle(nom, type_mime, flux, taille, sha256)


def _nettoyer_image(nom: str, flux: BinaryIO) -> tuple[str, BinaryIO]:
    """Pillow is loaded at the first photo: 2 MB that most processes never need."""
    nettoyee: tuple[str, BinaryIO] = import_module("aap.pieces.image").nettoyer_image(nom, flux)
    return nettoyee


def _reconnaitre(nom: str, flux: BinaryIO) -> str:
    """MIME type from the first bytes and, for archives, from the list of members."""
    flux.seek(0)
    debut = flux.read(8192)
    flux.seek(0)
    if est_heic(debut):
        return HEIC
    if debut.startswith(OLE):
        raise Invalide(
            f"Le document « {nom} » est protégé par un mot de passe, ou enregistré dans un ancien "
            f"format Office (doc, xls). {CONSEIL}"
        )
    devine = type_archive(flux) if debut.startswith(b"PK") else filetype.guess_mime(debut)
    flux.seek(0)
    if devine in EXTENSIONS or devine in IMAGES:
        return str(devine)
    raise Invalide(f"Le fichier « {nom} » n’est pas d’un type accepté ({TYPES_EN_MOTS}). {CONSEIL}")
