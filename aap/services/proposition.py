"""A proposal: asked for by the coordination, computed by the worker, kept with its reasons.

What was asked (``Scenario.parametres``) and what was answered (``Scenario.resultat``) stay with
the scenario, so that the same question can be put again years later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.partages import Partage, partager
from aap.domaine.proposition import Enonce, fautes
from aap.domaine.proposition_calcul import Issue, Reponse
from aap.domaine.proposition_motifs import (
    Conflit,
    Effet,
    apports,
    regles,
    situations,
    tensions,
)
from aap.extensions import db
from aap.models import Campagne, EtatCalcul, OrigineScenario, Scenario
from aap.models.types import Json
from aap.permissions import Acteur, exiger
from aap.requetes.enonce import AXES, Choix, construire_enonce
from aap.requetes.lecture_tableau import lire_tableau
from aap.requetes.scenarios import cellules_de
from aap.services.journal import consigner
from aap.services.scenario import CALCUL_EN_ROUTE, Montants, creer_scenario
from aap.services.scenario_montants import remplacer_montants
from aap.services.taches import enfiler

POUR_MILLE = ("part_minimale", "part_budget", "part_premieres", "cpo_nombre", "cpo_montant")


def verifier_choix(choix: Choix) -> None:
    """Raises Invalide: a share out of 0–1000, a floor above its ceiling, an unknown axis."""
    problemes = [
        Probleme("Une part se donne entre 0 et 100 %.", champ)
        for champ in POUR_MILLE
        if (valeur := getattr(choix, champ)) is not None and not 0 <= valeur <= 1000
    ]
    for i, b in enumerate(choix.bornes):
        if b.axe not in AXES or not b.valeur:
            problemes.append(Probleme("Choisissez sur quoi porte cette limite.", f"bornes-{i}-ou"))
        if b.minimum is not None and b.maximum is not None and b.minimum > b.maximum:
            phrase = "Le plancher est plus grand que le plafond."
            problemes.append(Probleme(phrase, f"bornes-{i}-minimum"))
        if min(b.minimum or 0, b.maximum or 0) < 0:
            phrase = "Le montant ne peut pas être négatif."
            problemes.append(Probleme(phrase, f"bornes-{i}-minimum"))
    if problemes:
        raise Invalide("Cette demande de calcul est à corriger.", problemes)


def demander_proposition(
    acteur: Acteur,
    campagne: Campagne,
    nom: str,
    choix: Choix,
    *,
    modele: Scenario | None = None,
    commentaire: str = "",
) -> Scenario:
    """A new scenario that the worker will fill. The locks of ``modele`` are kept."""
    verifier_choix(choix)
    origine = OrigineScenario.CALCUL
    scenario = creer_scenario(
        acteur, campagne, nom, origine, modele=modele, commentaire=commentaire
    )
    scenario.parametres = choix.en_donnees()
    relancer_calcul(acteur, scenario)
    return scenario


def relancer_calcul(acteur: Acteur, scenario: Scenario) -> None:
    """Compute (again). Raises PasLeMoment when a calculation is under way."""
    exiger(acteur, "scenario.calculer", scenario)
    if scenario.calcul in CALCUL_EN_ROUTE:
        raise PasLeMoment("Un calcul est déjà en cours sur ce scénario.")
    scenario.calcul = EtatCalcul.DEMANDE
    scenario.avancement = "Le calcul va commencer."
    scenario.resultat = None
    db.session.flush()
    consigner(acteur, scenario, "scenario.calculer", "Calcul demandé", donnees=scenario.parametres)
    enfiler("calculer_proposition", {"scenario_id": scenario.id})


def arreter_calcul(acteur: Acteur, scenario: Scenario) -> None:
    """Stop at the best answer found. Does nothing when the calculation is already over."""
    exiger(acteur, "scenario.calculer", scenario)
    if scenario.calcul in (EtatCalcul.DEMANDE, EtatCalcul.EN_COURS):
        scenario.calcul = EtatCalcul.ARRET_DEMANDE
        db.session.flush()
        consigner(acteur, scenario, "scenario.arreter", "Arrêt du calcul demandé")


def creer_partage(
    acteur: Acteur,
    campagne: Campagne,
    nom: str,
    partage: Partage,
    choix: Choix,
    *,
    modele: Scenario | None = None,
) -> Scenario:
    """A scenario filled by a simple rule, at once; what it breaks is in its ``resultat``."""
    verifier_choix(choix)
    scenario = creer_scenario(acteur, campagne, nom, OrigineScenario.PARTAGE, modele=modele)
    tableau = lire_tableau(campagne)
    enonce = construire_enonce(campagne, tableau, choix, cellules_de(scenario).values())
    montants = partager(enonce, partage)
    scenario.parametres = choix.en_donnees() | {"partage": partage.value}
    rompues = fautes(enonce, montants)
    noms = regles(enonce)
    scenario.resultat = {
        "issue": "partage",
        "rompues": [noms.get(code, code) for code in rompues],
        **_raisons(enonce, montants),
    }
    remplacer_montants(acteur, scenario, en_ids(montants))
    return scenario


def en_ids(montants: Mapping[str, tuple[str, int]]) -> Montants:
    """The answer of the pure side, with the keys of the database."""
    return {int(ligne): (int(caisse), montant) for ligne, (caisse, montant) in montants.items()}


def _raisons(enonce: Enonce, montants: Mapping[str, tuple[str, int]]) -> Json:
    donnes = dict(montants)
    return {
        "dossiers": {
            code: {
                "demande": s.demande,
                "recu": s.recu,
                "obstacles": {v: [mots for _, mots in o] for v, o in s.obstacles.items()},
            }
            for code, s in situations(enonce, donnes).items()
        },
        "tensions": [
            {"regle": t.regle, "libelle": t.libelle, "plancher": t.plancher}
            for t in tensions(enonce, donnes)
        ],
        "apports": [
            {"enveloppe": int(a.caisse), "ligne": int(a.ligne), "donne": a.donne}
            for a in apports(enonce, donnes)
            if a.ligne is not None
        ],
    }


def ecrire_reponse(
    acteur: Acteur,
    scenario: Scenario,
    enonce: Enonce,
    reponse: Reponse,
    *,
    conflit: Conflit | None = None,
    effets: tuple[Effet, ...] = (),
    secondes: int = 0,
) -> None:
    """Keep an answer and its reasons. The amounts are written when there is an answer."""
    noms = regles(enonce)
    resultat: dict[str, Any] = {
        "issue": reponse.issue.value,
        "valeur": reponse.valeur,
        "borne": reponse.borne,
        "ecart_pour_mille": reponse.ecart_pour_mille,
        "secondes": secondes,
    }
    if reponse.issue is Issue.IMPOSSIBLE:
        resultat["conflit"] = {
            "regles": [[r, noms[r]] for r in conflit.regles] if conflit else [],
            "plus_petit": bool(conflit and conflit.plus_petit),
        }
        scenario.avancement = "Aucune répartition ne respecte toutes ces règles."
    elif reponse.issue is Issue.INTERROMPUE and not reponse.montants:
        scenario.avancement = "Le calcul a été arrêté avant d’avoir trouvé une répartition."
    else:
        resultat |= _raisons(enonce, reponse.montants)
        resultat["effets"] = [_effet(e, noms) for e in effets]
        changees = remplacer_montants(acteur, scenario, en_ids(reponse.montants))
        scenario.avancement = f"Calcul terminé\u00a0: {changees} montants écrits."
    scenario.resultat = resultat
    scenario.calcul = EtatCalcul.FINI
    db.session.flush()
    consigner(
        acteur,
        scenario,
        "scenario.calcul_fini",
        "Calcul terminé",
        donnees={"issue": reponse.issue.value, "valeur": reponse.valeur},
    )


def _effet(e: Effet, noms: Mapping[str, str]) -> Json:
    return {
        "libelle": noms[e.regle],
        "argent": e.argent,
        "gagnants": [int(d) for d in e.gagnants],
        "perdants": [int(d) for d in e.perdants],
        "prouve": e.reponse.issue is Issue.OPTIMALE,
    }
