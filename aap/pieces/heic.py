"""HEIC photos (iPhone): opened by a child process that alone loads their decoder.

What comes back is a JPEG, which follows the way of every photo (``image.py``).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from aap.domaine.erreurs import Indisponible, Invalide
from aap.pieces.commun import temporaire

ENFANT = Path(__file__).with_name("heic_enfant.py")
PATIENCE_SECONDES = 60  # three times the work that the child may do: see pdf.py
MUET = "Les photos ne peuvent pas être lues pour l’instant. Réessayez dans quelques minutes."
ILLISIBLE = (
    "La photo « {nom} » est abîmée ou ne s’ouvre pas. Ouvrez-la sur le téléphone, faites-en une "
    "capture d’écran, puis envoyez la capture."
)
TROP_GRANDE = (
    "La photo « {nom} » est trop grande ({taille} points). Prenez-la avec une définition plus "
    "faible, ou envoyez-en une capture d’écran."
)
MARQUES = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")


def est_heic(debut: bytes) -> bool:
    """ISO base media file whose brand is HEVC (a « mif1 » that says AVIF is not one)."""
    return debut[4:8] == b"ftyp" and debut[8:12] in MARQUES and b"avif" not in debut[8:64]


def en_jpeg(nom: str, flux: BinaryIO) -> BinaryIO:
    """The photo as a JPEG, upright. Raises Invalide with a sentence for the sender."""
    with TemporaryDirectory(prefix="aap-heic-") as dossier:
        entree, sortie = Path(dossier, "recue.heic"), Path(dossier, "photo.jpg")
        taille = _lancer(nom, flux, entree, sortie)
        if not sortie.exists():
            raise Invalide(TROP_GRANDE.format(nom=nom, taille=taille.replace(" ", " × ")))
        propre = temporaire()
        with sortie.open("rb") as ecrit:
            shutil.copyfileobj(ecrit, propre)
    propre.seek(0)
    return propre


def _lancer(nom: str, flux: BinaryIO, entree: Path, sortie: Path) -> str:
    """Size read by the child. Raises Invalide; Indisponible when no child can be had."""
    flux.seek(0)
    try:
        with entree.open("wb") as copie:
            shutil.copyfileobj(flux, copie)
        fini = subprocess.run(
            [sys.executable, "-I", str(ENFANT), str(entree), str(sortie)],
            capture_output=True,
            timeout=PATIENCE_SECONDES,
            check=True,
        )
    except (subprocess.TimeoutExpired, OSError) as erreur:
        raise Indisponible(MUET) from erreur
    except subprocess.SubprocessError as erreur:
        raise Invalide(ILLISIBLE.format(nom=nom)) from erreur
    return fini.stdout.decode("ascii", "replace")
