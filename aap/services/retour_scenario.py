"""Amounts chosen among those of a spreadsheet that came back, written once."""

from __future__ import annotations

from collections.abc import Sequence

from aap.models import Scenario
from aap.permissions import Acteur
from aap.services.journal import consigner
from aap.services.scenario_montants import SaisieScenario, poser_montants


def appliquer_tableur(
    acteur: Acteur, scenario: Scenario, saisies: Sequence[SaisieScenario], fichier: str = ""
) -> int:
    """How many cells changed: none when they were all written already (a second click).

    Each ``vu`` is the number that the comparison showed. Raises what ``poser_montants`` raises,
    nothing being written then.
    """
    changees = poser_montants(acteur, scenario, saisies)
    if changees:
        nombre = len(changees)
        pluriel = "s" if nombre > 1 else ""
        consigner(
            acteur,
            scenario,
            "scenario.importer",
            f"{nombre} montant{pluriel} repris d’un tableur",
            donnees={
                "fichier": fichier[:120],
                "lignes": [m.financement_id for m in changees],
                "numero": scenario.numero,
            },
        )
    return len(changees)
