"""A 20 000-line Chorus extraction, read and compared with 5 000 payments awaited.

    python -m bench.retour [--lignes 20000]

Seconds of the whole (decoding, reading, comparison) and peak memory of this process, its imports
included. Writes ``bench/retour.json``. Budgets: 10 s, 300 MB (issue 6).
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from datetime import date
from pathlib import Path

from aap.domaine.rapprochement import Attendu, Constat, decoder, lire_extraction, rapprocher

SORTIE = Path(__file__).with_name("retour.json")
TETE = "N° EJ;N° DP;Code taxe 1;Exercice comptable;Montant payé;"
TETE += "Date de dernière opération sur la DP;"
# As many columns as the real extraction, which are not read.
AUTRES = 16
SECONDES_MAX, MO_MAX = 10, 300
VERSEMENTS = 5_000
SIRETS = 3_000


def _siret(rang: int) -> str:
    return str(99900000000000 + rang % SIRETS)


def extraction(lignes: int) -> bytes:
    """The file, in cp1252 as spreadsheets write it."""
    reste = ";".join(f"libellé quelconque {i}" for i in range(AUTRES))
    corps = "".join(
        f"21{i:08d};{i};{_siret(i)};2026;{i + 1},07;30/06/2026;{reste}\r\n" for i in range(lignes)
    )
    noms = ";".join(f"Colonne {i}" for i in range(AUTRES))
    return f"{TETE}{noms}\r\n{corps}".encode("cp1252")


def attendus() -> list[Attendu]:
    return [
        Attendu(
            id=i,
            version=1,
            siret=_siret(i),
            references=frozenset({f"21{i:08d}"}),
            exercice=2026,
            montant=(i + 1) * 100 + 7,
            mandate=True,
            paye_le=None,
            organisme="Organisme",
        )
        for i in range(VERSEMENTS)
    ]


def principal() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lignes", type=int, default=20_000)
    lignes = arguments.parse_args().lignes
    octets, connus = extraction(lignes), attendus()
    debut = time.perf_counter()
    sortie = rapprocher(lire_extraction(decoder(octets)), connus, date(2026, 12, 31))
    secondes = round(time.perf_counter() - debut, 2)
    memoire = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    mesure = {
        "lignes": lignes,
        "octets": len(octets),
        "concordants": sum(r.constat is Constat.CONCORDANT for r in sortie),
        "secondes": secondes,
        "memoire_mo": memoire,
        "tenu": secondes <= SECONDES_MAX and memoire <= MO_MAX,
    }
    SORTIE.write_text(json.dumps(mesure, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(mesure))


if __name__ == "__main__":
    principal()
