"""PDF received: opened for real; programs, hidden files and launch actions are removed.

A PDF that holds none of these is kept to the byte, so that an electronic signature inside it
stays valid. The opening is done by a child process (``pdf_enfant.py``) that a hostile file can
only end: neither the memory nor the time of the server is at its mercy.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from aap.domaine.erreurs import Indisponible, Invalide
from aap.pieces.commun import CONSEIL, temporaire

PROGRAMME = "un programme (JavaScript)"
FICHIER = "un fichier caché dans le document"
LANCEMENT = "une commande qui ouvre un autre fichier"
FORMULAIRE = "un formulaire dynamique (XFA)"
# What the child answers -> words for the sender.
RETIRES = {
    "programme": PROGRAMME,
    "fichier": FICHIER,
    "lancement": LANCEMENT,
    "formulaire": FORMULAIRE,
}
FAUTES = {
    "vide": "Le PDF « {nom} » ne contient aucune page.",
    "complique": "Le PDF « {nom} » est anormalement compliqué. {conseil}",
    "protege": "Le PDF « {nom} » est protégé par un mot de passe : personne ne pourrait le lire. "
    "Enregistrez-le sans mot de passe, puis envoyez-le de nouveau.",
    "abime": "Le PDF « {nom} » est abîmé et ne s’ouvre pas. {conseil}",
}
# The child is ended by its own limit of work (20 s of processor): a longer wait only tells of a
# machine that is busy, and says nothing against the file.
PATIENCE_SECONDES = 60
MUET = "Les documents ne peuvent pas être lus pour l’instant. Réessayez dans quelques minutes."
ENFANT = Path(__file__).with_name("pdf_enfant.py")


def nettoyer_pdf(nom: str, flux: BinaryIO) -> tuple[BinaryIO, tuple[str, ...]]:
    """(clean file, what was removed). Raises Invalide with a sentence for the sender."""
    with TemporaryDirectory(prefix="aap-pdf-") as dossier:
        entree, sortie = Path(dossier, "recu.pdf"), Path(dossier, "propre.pdf")
        _copier(flux, entree)
        reponse = _ouvrir(entree, sortie)
        faute = reponse.get("faute")
        if faute is not None:
            raise Invalide(FAUTES[str(faute)].format(nom=nom, conseil=CONSEIL))
        retires = tuple(sorted(RETIRES[code] for code in reponse["retires"]))
        if not reponse["change"]:
            return flux, ()
        propre = temporaire()
        with sortie.open("rb") as ecrit:
            shutil.copyfileobj(ecrit, propre)
        propre.seek(0)
        return propre, retires


def _copier(flux: BinaryIO, vers: Path) -> None:
    """Raises Indisponible when the disk is full."""
    flux.seek(0)
    try:
        with vers.open("wb") as copie:
            shutil.copyfileobj(flux, copie)
    except OSError as erreur:
        raise Indisponible(MUET) from erreur
    flux.seek(0)


def _ouvrir(entree: Path, sortie: Path) -> dict[str, Any]:
    """The answer of the child; ended by its limits, the file is « complique ».

    Raises Indisponible when the machine had no time to give it.
    """
    try:
        fini = subprocess.run(
            [sys.executable, "-I", str(ENFANT), str(entree), str(sortie)],
            capture_output=True,
            timeout=PATIENCE_SECONDES,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as erreur:
        raise Indisponible(MUET) from erreur
    try:
        reponse: dict[str, Any] = json.loads(fini.stdout)
    except ValueError:
        return {"faute": "complique"}
    return reponse
