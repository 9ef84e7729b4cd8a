"""Pages of a PDF as PDFs of their own, made by a child process that may crash without harm.

The server does not carry what reads a PDF (start and memory), nor what a hostile one may cost.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from aap.domaine.erreurs import Indisponible

PROGRAMME = Path(__file__).with_name("extrait_enfant.py")
PATIENCE_SECONDES = 150
MUET = "Les pages de ce document ne peuvent pas être montrées pour l’instant."


def extraire_pages(morceaux: Iterable[bytes], listes: Sequence[Sequence[int]]) -> list[bytes]:
    """One PDF for each list of pages (from 1), in order. Raises Indisponible."""
    with TemporaryDirectory(prefix="aap-extrait-") as dossier:
        entier = Path(dossier, "entier.pdf")
        try:
            with entier.open("wb") as copie:
                for morceau in morceaux:
                    copie.write(morceau)
            subprocess.run(
                [sys.executable, "-I", str(PROGRAMME), str(entier), dossier],
                input=json.dumps([list(pages) for pages in listes]).encode(),
                capture_output=True,
                timeout=PATIENCE_SECONDES,
                check=True,
            )
            return [Path(dossier, f"{n}.pdf").read_bytes() for n in range(len(listes))]
        except (subprocess.SubprocessError, OSError) as erreur:
            raise Indisponible(MUET, "Réessayez dans quelques minutes.") from erreur
