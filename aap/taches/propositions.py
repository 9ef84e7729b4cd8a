"""The calculation of a proposal: outside any transaction, told while it runs, stopped on demand."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from aap.domaine.erreurs import ErreurMetier
from aap.domaine.proposition import Enonce
from aap.domaine.proposition_calcul import Issue, Reponse, calculer
from aap.domaine.proposition_motifs import Conflit, Effet, conflit, effet_sans, tensions
from aap.extensions import db, lecture_seule
from aap.models import EtatCalcul, Scenario
from aap.permissions import charger_acteur
from aap.requetes.enonce import Choix, construire_enonce
from aap.requetes.lecture_tableau import lire_tableau
from aap.requetes.scenarios import cellules_de
from aap.services.proposition import ecrire_reponse
from aap.taches.registre import tache

SECONDES = 60.0
SECONDES_PAR_EFFET = 5.0
EFFETS_MAX = 8
ENTRE_DEUX = 1.0
SOUPLES = ("borne:", "premieres", "cpo-", "part-minimale", "poches:")


@dataclass(frozen=True)
class _Calcul:
    enonce: Enonce
    reponse: Reponse
    conflit: Conflit | None
    effets: tuple[Effet, ...]
    secondes: int


_FAITS: dict[int, _Calcul] = {}
"""Answers between the outside part of a job and its body, in the same process."""


def _dire(scenario_id: int, texte: str) -> bool:
    """Tell where it stands; False when somebody asked to stop."""
    scenario = db.session.get(Scenario, scenario_id, populate_existing=True)
    if scenario is None:
        return False
    continuer = scenario.calcul is not EtatCalcul.ARRET_DEMANDE
    if continuer:
        scenario.calcul = EtatCalcul.EN_COURS
        scenario.avancement = texte
    db.session.commit()
    return continuer


def _sonde(scenario_id: int) -> Callable[[float], bool]:
    debut = dernier = time.monotonic()

    def sonder(ecart: float) -> bool:
        nonlocal dernier
        if time.monotonic() - dernier < ENTRE_DEUX:
            return True
        dernier = time.monotonic()
        secondes = int(dernier - debut)
        texte = f"Recherche de la meilleure répartition depuis {secondes} s."
        if ecart < 1:
            texte += f" La meilleure trouvée est à moins de {_pourcent(ecart)} du mieux possible."
        return _dire(scenario_id, texte)

    return sonder


def _pourcent(ecart: float) -> str:
    return f"{max(1, int(ecart * 10_000) + 1) / 100:.2f}".replace(".", ",") + "\u00a0%"


def _calculer(scenario_id: int) -> None:
    """Read, compute, keep the answer aside for the body of the job."""
    with lecture_seule():
        scenario = db.session.get(Scenario, scenario_id)
        if scenario is None:
            return
        choix = Choix.depuis(scenario.parametres)
        tableau = lire_tableau(scenario.campagne)
        enonce = construire_enonce(
            scenario.campagne, tableau, choix, cellules_de(scenario).values()
        )
        db.session.rollback()
    if not _dire(scenario_id, "Le calcul commence."):
        _FAITS[scenario_id] = _Calcul(enonce, Reponse(Issue.INTERROMPUE), None, (), 0)
        return
    debut = time.monotonic()
    reponse = calculer(enonce, secondes=SECONDES, continuer=_sonde(scenario_id))
    heurt: Conflit | None = None
    effets: tuple[Effet, ...] = ()
    if reponse.issue is Issue.IMPOSSIBLE:
        _dire(scenario_id, "Recherche des règles qui se contredisent.")
        heurt = conflit(enonce)
    elif reponse.montants:
        effets = _effets(scenario_id, enonce, reponse)
    secondes = round(time.monotonic() - debut)
    _FAITS[scenario_id] = _Calcul(enonce, reponse, heurt, effets, secondes)


def _effets(scenario_id: int, enonce: Enonce, reponse: Reponse) -> tuple[Effet, ...]:
    """What each rule that binds costs; enveloppes are facts, not rules that one may lift."""
    codes = [t.regle for t in tensions(enonce, reponse.montants) if t.regle.startswith(SOUPLES)]
    if enonce.part_minimale:
        codes.append("part-minimale")
    effets = []
    for code in list(dict.fromkeys(codes))[:EFFETS_MAX]:
        if not _dire(scenario_id, "Comparaison avec et sans chaque règle qui limite."):
            break
        effets.append(effet_sans(enonce, reponse, code, secondes=SECONDES_PAR_EFFET))
    return tuple(effets)


def _abandonner(_erreur: str, scenario_id: int) -> None:
    scenario = db.session.get(Scenario, scenario_id)
    if scenario is not None:
        scenario.calcul = EtatCalcul.ECHOUE
        scenario.avancement = "Une panne a arrêté le calcul : lancez-le de nouveau."


@tache("calculer_proposition", essais_max=2, dehors=_calculer, abandon=_abandonner)
def calculer_proposition(scenario_id: int) -> None:
    """Write the answer with the rights that the author still has."""
    fait = _FAITS.pop(scenario_id, None)
    scenario = db.session.get(Scenario, scenario_id)
    if fait is None or scenario is None or scenario.auteur is None:
        return
    try:
        with db.session.begin_nested():
            ecrire_reponse(
                charger_acteur(scenario.auteur),
                scenario,
                fait.enonce,
                fait.reponse,
                conflit=fait.conflit,
                effets=fait.effets,
                secondes=fait.secondes,
            )
    except ErreurMetier as refus:  # frozen meanwhile, right taken back: no fault of ours
        scenario.calcul = EtatCalcul.ECHOUE
        scenario.avancement = f"Le résultat n’a pas été écrit. {refus}"[:200]
