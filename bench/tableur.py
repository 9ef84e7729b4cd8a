"""The board of a scenario as XLSX, beside the same cells written by the library alone.

    python -m bench.tableur [--lignes 5000] [--fois 5]

Floor: XlsxWriter in constant memory, the cells already in lists, no style but numbers. Seconds
are medians of turns taken one after the other; the ODS is told, it has no floor. Writes
``bench/tableur.json``. Budget: 1.3 × the floor (issue 5).
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import xlsxwriter

from aap.exports.scenario import classeur_scenario
from aap.models import MontantScenario, Scenario
from aap.requetes.tableau import (
    CaisseTableau,
    LigneTableau,
    OffreTableau,
    RangeeTableau,
    Tableau,
)
from aap.tableur.classeur import Classeur, Formule
from aap.tableur.ods import ecrire_ods
from aap.tableur.xlsx import ecrire_xlsx
from workflows.dossier import EtatDossier
from workflows.scenario import EtatScenario

SORTIE = Path(__file__).with_name("tableur.json")
ENVELOPPES, PAR_DOSSIER, RAPPORT_MAX = 40, 3, 1.3


def tableau(lignes: int) -> tuple[Tableau, dict[int, MontantScenario]]:
    """``lignes`` dossiers, each asking three of the forty enveloppes; two amounts given."""
    hasard = Random(5)
    caisses = tuple(
        CaisseTableau(i, f"env-{i}", f"Crédits {i}", i, f"Financeur {i}", 10**8, 10**8)
        for i in range(1, ENVELOPPES + 1)
    )
    rangees, cellules = [], {}
    for n in range(1, lignes + 1):
        demandes = []
        for rang, e in enumerate(hasard.sample(range(1, ENVELOPPES + 1), PAR_DOSSIER)):
            cle = n * 10 + rang
            offres = (OffreTableau(e, 500_000, 0),)
            demandes.append(
                LigneTableau(
                    cle, n, e, f"Financeur {e}", False, 500_000, 300_000, None, None, offres
                )
            )
            if rang:
                cellules[cle] = MontantScenario(
                    financement_id=cle, enveloppe_id=e, montant=250_050, motif_ecart="", numero=1
                )
        rangees.append(
            RangeeTableau(
                id=n,
                etat=EtatDossier.INSTRUIT,
                reference=f"2027-{n:04d}",
                intitule=f"Action numéro {n} du quartier",
                organisme=f"Association numéro {n % 900}",
                organisme_id=n % 900,
                orientation=f"O{n % 9} – Orientation",
                quartiers=(f"Quartier {n % 30}", f"Quartier {(n + 7) % 30}"),
                communes=(f"Commune {n % 15}",),
                secteurs=(),
                budget=2_000_000,
                pluriannuel=False,
                premiere=False,
                renouvellement=False,
                poche=False,
                resultat=None,
                lignes=tuple(demandes),
            )
        )
    return Tableau(caisses, tuple(rangees), 0), cellules


def plancher(feuilles: list[tuple[str, list[list[tuple[int, Any]]]]]) -> bytes:
    """The same cells by the library alone."""
    flux = BytesIO()
    with xlsxwriter.Workbook(flux, {"constant_memory": True}) as fichier:
        euros = fichier.add_format({"num_format": "#,##0.00"})
        for nom, rangees in feuilles:
            feuille = fichier.add_worksheet(nom)
            for rang, rangee in enumerate(rangees):
                for place, valeur in rangee:
                    if isinstance(valeur, str):
                        feuille.write_string(rang, place, valeur)
                    elif isinstance(valeur, Formule):
                        feuille.write_formula(rang, place, valeur.texte, euros, valeur.valeur)
                    elif valeur is None:
                        feuille.write_blank(rang, place, None, euros)
                    else:
                        feuille.write_number(rang, place, valeur, euros)
    return flux.getvalue()


def chronometrer(faire: Callable[[], bytes]) -> tuple[float, int]:
    debut = time.perf_counter()
    octets = faire()
    return time.perf_counter() - debut, len(octets)


def principal() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lignes", type=int, default=5_000)
    arguments.add_argument("--fois", type=int, default=5)
    lus = arguments.parse_args()
    board, cellules = tableau(lus.lignes)
    scenario = cast(
        Scenario,
        SimpleNamespace(
            id=1, campagne_id=1, numero=1, nom="Mesure", etat=EtatScenario.BROUILLON,
            campagne=SimpleNamespace(nom="Campagne"),
        ),
    )  # fmt: skip

    def decrire() -> Classeur:
        jour = date(2026, 11, 23)
        return classeur_scenario(
            scenario, board, cellules, modifiable=True, jour=jour, cle=b"mesure"
        )

    feuilles: list[tuple[str, list[list[tuple[int, Any]]]]] = [
        (f.nom, [[(c, str(v) if isinstance(v, date) else v) for c, v, _ in r] for r in f.rangees])
        for f in decrire().feuilles
    ]
    tours: dict[str, list[float]] = {"plancher": [], "xlsx": [], "ods": []}
    tailles = {}
    for _ in range(lus.fois):
        for nom, faire in (
            ("plancher", lambda: plancher(feuilles)),
            ("xlsx", lambda: ecrire_xlsx(decrire())),
            ("ods", lambda: ecrire_ods(decrire())),
        ):
            duree, tailles[nom] = chronometrer(faire)
            tours[nom].append(duree)
    medianes = {nom: round(statistics.median(durees), 2) for nom, durees in tours.items()}
    rapport = round(statistics.median(tours["xlsx"]) / statistics.median(tours["plancher"]), 2)
    mesure = {
        "lignes": lus.lignes,
        "cellules": sum(len(r) for _, rangees in feuilles for r in rangees),
        "secondes": medianes,
        "octets": tailles,
        "rapport": rapport,
        "tenu": rapport <= RAPPORT_MAX,
    }
    SORTIE.write_text(json.dumps(mesure, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(mesure))


if __name__ == "__main__":
    principal()
