"""Word, Excel and OpenDocument files: archives, recognised by what they hold."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import suppress
from typing import BinaryIO

from aap.domaine.erreurs import Invalide
from aap.pieces.commun import CONSEIL

DECOMPRESSE_MAX = 200 * 1024 * 1024
MEMBRES_MAX = 5000
LECTURE = 256 * 1024
OOXML = "application/vnd.openxmlformats-officedocument."
DOCX = f"{OOXML}wordprocessingml.document"
XLSX = f"{OOXML}spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
FAUTES = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    RuntimeError,
    NotImplementedError,
    ValueError,
    EOFError,
    OSError,
)


def type_archive(flux: BinaryIO) -> str:
    """MIME type of an office document, or empty."""
    flux.seek(0)
    with suppress(*FAUTES), zipfile.ZipFile(flux) as archive:
        noms = archive.namelist()
        if any(n.startswith("word/") for n in noms):
            return DOCX
        if any(n.startswith("xl/") for n in noms):
            return XLSX
        if "mimetype" in noms and archive.getinfo("mimetype").file_size < 200:
            lu = archive.read("mimetype").decode("ascii", "replace").strip()
            return lu if lu in (ODT, ODS) else ""
    return ""


def verifier_archive(nom: str, flux: BinaryIO) -> None:
    """Readable, not a bomb, no macro, no password. Raises Invalide; left at its beginning."""
    flux.seek(0)
    try:
        with zipfile.ZipFile(flux) as archive:
            membres = archive.infolist()
            total = sum(m.file_size for m in membres)
            if total > DECOMPRESSE_MAX or len(membres) > MEMBRES_MAX:
                raise Invalide(f"Le document « {nom} » est anormalement gros. {CONSEIL}")
            if any(_est_macro(m.filename) for m in membres):
                raise Invalide(f"Le document « {nom} » contient des macros. {CONSEIL}")
            for membre in membres:
                _lire(archive, membre)
            if _chiffre(archive):
                raise Invalide(
                    f"Le document « {nom} » est protégé par un mot de passe : personne ne "
                    "pourrait le lire. Enregistrez-le sans mot de passe, puis renvoyez-le."
                )
    except FAUTES as erreur:
        raise Invalide(f"Le document « {nom} » est abîmé ou protégé. {CONSEIL}") from erreur
    flux.seek(0)


def _lire(archive: zipfile.ZipFile, membre: zipfile.ZipInfo) -> None:
    """Read a member by pieces: its checksum is verified, its announced size cannot lie."""
    with archive.open(membre) as contenu:
        lu = 0
        while morceau := contenu.read(LECTURE):
            lu += len(morceau)
            if lu > membre.file_size:
                raise zipfile.BadZipFile("longer than announced")


def _est_macro(nom: str) -> bool:
    bas = nom.lower()
    return bas.endswith("vbaproject.bin") or bas.startswith(("basic/", "scripts/"))


def _chiffre(archive: zipfile.ZipFile) -> bool:
    """OpenDocument keeps its members readable as archive and ciphers their contents."""
    with suppress(KeyError), archive.open("META-INF/manifest.xml") as manifeste:
        return b"encryption-data" in manifeste.read(1024 * 1024)
    return False
