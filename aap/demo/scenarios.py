"""Scenarios of the running campaign: what the opinions give, and two ways to share."""

from __future__ import annotations

from aap.demo.monde import Monde
from aap.domaine.partages import Partage
from aap.models import Campagne, OrigineScenario
from aap.requetes.enonce import Choix
from aap.services.promotion import figer_scenario
from aap.services.proposition import creer_partage
from aap.services.scenario import creer_scenario


def proposer_scenarios(monde: Monde, campagne: Campagne) -> None:
    """Three scenarios, the first one frozen."""
    acteur, choix = monde.acteur("coordination"), Choix.par_defaut(campagne)
    avis = creer_scenario(
        acteur,
        campagne,
        "D’après les avis des financeurs",
        OrigineScenario.AVIS,
        commentaire="Point de départ de la discussion entre financeurs.",
    )
    figer_scenario(acteur, avis)
    creer_partage(acteur, campagne, "Dans l’ordre du classement", Partage.RANG, choix)
    creer_partage(acteur, campagne, "La même proportion pour tous", Partage.PROPORTION, choix)
