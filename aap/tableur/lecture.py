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

MO = 1024 * 1024
MEMBRES_MAX = 300
PATIENCE = 20
MARGE = 64 * 1024
TYPE_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
SCRIPT = Path(__file__).with_name("isole.py")

VIDE = "Ce fichier est vide."
TROP_GROS = "Ce fichier est trop gros\u00a0: {mo}\u00a0Mo au plus pour {objet}."
PAS_TABLEUR = (
    "Ce fichier n’est pas un tableur XLSX ou ODS. Dans votre tableur, choisissez "
    "«\u00a0Enregistrer sous\u00a0» et l’un de ces deux formats."
)
PROTEGE = "Ce fichier est protégé par un mot de passe\u00a0: enregistrez-le sans mot de passe."
DEMESURE = (
    "Ce fichier contient beaucoup plus qu{objet} une fois ouvert\u00a0: il n’a pas été lu. {remede}"
)
ILLISIBLE = (
    "Ce fichier est abîmé ou incomplet\u00a0: il n’a pas pu être lu. Ouvrez-le dans votre tableur, "
    "enregistrez-le de nouveau, puis réessayez."
)


@dataclass(frozen=True)
class Bornes:
    """What a file of a kind may weigh (MB, closed and opened) and hold. ``objet``: its name with
    its article; ``remede``: what to do when it holds far more."""

    objet: str = "un budget"
    remede: str = "Copiez votre tableau dans le modèle proposé."
    mo: int = 2
    ouvert: int = 30
    feuilles: int = 8
    lignes: int = 600
    colonnes: int = 40

    @property
    def lues(self) -> list[str]:
        """Arguments of ``isole``."""
        return [str(x) for x in (self.feuilles, self.lignes, self.colonnes)]

    @property
    def octets(self) -> int:
        return self.mo * MO

    @property
    def trop_gros(self) -> str:
        return TROP_GROS.format(mo=self.mo, objet=self.objet)

    @property
    def demesure(self) -> str:
        elide = "’" if self.objet[0] in "aeiouéh" else "e "
        return DEMESURE.format(objet=f"{elide}{self.objet}", remede=self.remede)


BUDGET = Bornes()


@dataclass(frozen=True)
class Feuille:
    """A sheet: its name and its cells, row by row from the first; ``hauteur``: rows that the
    file holds, even those that were not read."""

    nom: str
    cellules: list[list[object]]
    hauteur: int = 0


@dataclass(frozen=True)
class ClasseurLu:
    """``fautives``: cells whose formula fails, empty names in ODS; such a cell and those hidden
    by a merged one read as empty."""

    feuilles: list[Feuille]
    fautives: tuple[str, ...] = ()
    fusions: bool = False


def lire_classeur(octets: bytes, bornes: Bornes = BUDGET) -> list[Feuille]:
    """Sheets alone: see ``ouvrir_classeur``."""
    return ouvrir_classeur(octets, bornes).feuilles


def ouvrir_classeur(octets: bytes, bornes: Bornes = BUDGET) -> ClasseurLu:
    """Sheets of an XLSX or ODS file, and what its reader cannot tell from empty cells.

    Raises Invalide with one clear sentence (empty, too big, other type, password, damaged,
    bomb) or Indisponible when this machine cannot read files now.
    """
    verifier_archive(octets, bornes)
    try:
        fini = subprocess.run(
            [sys.executable, "-I", str(SCRIPT), *bornes.lues],
            input=octets,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as erreur:
        raise _refus(bornes.demesure) from erreur
    except OSError as erreur:
        raise Indisponible("Les fichiers ne peuvent pas être lus pour l’instant.") from erreur
    if fini.returncode != 0:
        raise _refus(bornes.demesure)
    reponse = json.loads(fini.stdout)
    if "faute" in reponse:
        raise _refus(bornes.demesure if reponse["faute"] == "trop_gros" else ILLISIBLE)
    feuilles = [Feuille(nom, cellules, haut) for nom, cellules, haut in reponse["feuilles"]]
    return ClasseurLu(feuilles, tuple(reponse["fautives"]), reponse["fusions"])


def _refus(phrase: str) -> Invalide:
    return Invalide(phrase, problemes=[Probleme(phrase, "fichier")])


def verifier_archive(octets: bytes, bornes: Bornes = BUDGET) -> None:
    """Raise Invalide unless this is an XLSX or ODS archive of an honest size."""
    if not octets:
        raise _refus(VIDE)
    if len(octets) > bornes.octets:
        raise _refus(bornes.trop_gros)
    if octets.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        # Compound file: an old .xls, or an .xlsx shut by a password.
        protege = "EncryptedPackage".encode("utf-16-le") in octets
        raise _refus(PROTEGE if protege else PAS_TABLEUR)
    try:
        with zipfile.ZipFile(BytesIO(octets)) as archive:
            _verifier_membres(archive, bornes)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as erreur:
        raise _refus(PAS_TABLEUR if not octets.startswith(b"PK") else ILLISIBLE) from erreur
    except (NotImplementedError, RuntimeError) as erreur:
        raise _refus(PROTEGE) from erreur


def _verifier_membres(archive: zipfile.ZipFile, bornes: Bornes) -> None:
    membres = archive.infolist()
    noms = {m.filename for m in membres}
    if len(membres) > MEMBRES_MAX or sum(m.file_size for m in membres) > bornes.ouvert * MO:
        raise _refus(bornes.demesure)
    if "xl/workbook.xml" not in noms and not ("content.xml" in noms and _est_ods(archive)):
        raise _refus(PAS_TABLEUR)
    if any(m.flag_bits & 1 for m in membres):
        raise _refus(PROTEGE)
    reste = bornes.ouvert * MO
    for membre in membres:
        reste -= _mesurer(archive, membre, reste)
        if reste < 0:
            raise _refus(bornes.demesure)


def _est_ods(archive: zipfile.ZipFile) -> bool:
    if "mimetype" not in archive.namelist():
        return False
    with archive.open("mimetype") as flux:
        return flux.read(len(TYPE_ODS)) == TYPE_ODS


def _mesurer(archive: zipfile.ZipFile, membre: zipfile.ZipInfo, reste: int) -> int:
    """What a member really holds, read no further than just over ``reste``: headers may lie."""
    mesure = 0
    with archive.open(membre) as flux:
        while mesure <= reste and (morceau := flux.read(MARGE)):
            mesure += len(morceau)
    return mesure
