"""A spreadsheet that somebody sends: refused in words, or read as cells.

The archive is measured before anything opens it (a small file can hide gigabytes), then read by
``isole`` in a process with limits. Formulas count for the value that the spreadsheet showed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from aap.domaine.erreurs import Indisponible, Invalide, Probleme

OCTETS_MAX = 2 * 1024 * 1024
OUVERT_MAX = 30 * 1024 * 1024
MEMBRES_MAX = 300
PATIENCE = 20
MARGE = 64 * 1024
TYPE_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
SCRIPT = Path(__file__).with_name("isole.py")

VIDE = "Ce fichier est vide."
TROP_GROS = "Ce fichier est trop gros\u00a0: 2\u00a0Mo au plus pour un budget."
PAS_TABLEUR = (
    "Ce fichier n’est pas un tableur XLSX ou ODS. Dans votre tableur, choisissez "
    "«\u00a0Enregistrer sous\u00a0» et l’un de ces deux formats."
)
PROTEGE = "Ce fichier est protégé par un mot de passe\u00a0: enregistrez-le sans mot de passe."
DEMESURE = (
    "Ce fichier contient beaucoup plus qu’un budget une fois ouvert\u00a0: il n’a pas été lu. "
    "Copiez votre tableau dans le modèle proposé."
)
ILLISIBLE = (
    "Ce fichier est abîmé ou incomplet\u00a0: il n’a pas pu être lu. Ouvrez-le dans votre tableur, "
    "enregistrez-le de nouveau, puis réessayez."
)


@dataclass(frozen=True)
class Feuille:
    """A sheet: its name and its cells, row by row from the first."""

    nom: str
    cellules: list[list[object]]


def lire_classeur(octets: bytes) -> list[Feuille]:
    """Sheets of an XLSX or ODS file.

    Raises Invalide with one clear sentence (empty, too big, other type, password, damaged,
    bomb) or Indisponible when this machine cannot read files now.
    """
    verifier_archive(octets)
    try:
        fini = subprocess.run(
            [sys.executable, "-I", str(SCRIPT)],
            input=octets,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as erreur:
        raise _refus(DEMESURE) from erreur
    except OSError as erreur:
        raise Indisponible("Les fichiers ne peuvent pas être lus pour l’instant.") from erreur
    if fini.returncode != 0:
        raise _refus(DEMESURE)
    reponse = json.loads(fini.stdout)
    if "faute" in reponse:
        raise _refus(DEMESURE if reponse["faute"] == "trop_gros" else ILLISIBLE)
    return [Feuille(nom, cellules) for nom, cellules in reponse["feuilles"]]


def _refus(phrase: str) -> Invalide:
    return Invalide(phrase, problemes=[Probleme(phrase, "fichier")])


def verifier_archive(octets: bytes) -> None:
    """Raise Invalide unless this is an XLSX or ODS archive of an honest size."""
    if not octets:
        raise _refus(VIDE)
    if len(octets) > OCTETS_MAX:
        raise _refus(TROP_GROS)
    if octets.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        # Compound file: an old .xls, or an .xlsx shut by a password.
        protege = "EncryptedPackage".encode("utf-16-le") in octets
        raise _refus(PROTEGE if protege else PAS_TABLEUR)
    try:
        with zipfile.ZipFile(BytesIO(octets)) as archive:
            _verifier_membres(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as erreur:
        raise _refus(PAS_TABLEUR if not octets.startswith(b"PK") else ILLISIBLE) from erreur
    except (NotImplementedError, RuntimeError) as erreur:
        raise _refus(PROTEGE) from erreur


def _verifier_membres(archive: zipfile.ZipFile) -> None:
    membres = archive.infolist()
    noms = {m.filename for m in membres}
    if len(membres) > MEMBRES_MAX or sum(m.file_size for m in membres) > OUVERT_MAX:
        raise _refus(DEMESURE)
    if "xl/workbook.xml" not in noms and not ("content.xml" in noms and _est_ods(archive)):
        raise _refus(PAS_TABLEUR)
    if any(m.flag_bits & 1 for m in membres):
        raise _refus(PROTEGE)
    reste = OUVERT_MAX
    for membre in membres:
        reste = _mesurer(archive, membre, reste)


def _est_ods(archive: zipfile.ZipFile) -> bool:
    if "mimetype" not in archive.namelist():
        return False
    with archive.open("mimetype") as flux:
        return flux.read(len(TYPE_ODS)) == TYPE_ODS


def _mesurer(archive: zipfile.ZipFile, membre: zipfile.ZipInfo, reste: int) -> int:
    """What is left of the allowance once a member is really opened: headers may lie."""
    with archive.open(membre) as flux:
        while morceau := flux.read(MARGE):
            reste -= len(morceau)
            if reste < 0:
                raise _refus(DEMESURE)
    return reste
