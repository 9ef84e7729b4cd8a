"""Sharing a campaign out: the calculation outside any lock, then slices that commit one by one."""

from __future__ import annotations

from dataclasses import dataclass

from aap.domaine.repartition import Enonce
from aap.domaine.repartition_calcul import Reponse, repartir
from aap.extensions import db, lecture_seule
from aap.models import EtatRepartition, Repartition
from aap.permissions import charger_acteur
from aap.requetes.repartition import construire
from aap.services.repartition import abandonner, avancer, ecrire_proposition
from aap.services.taches import enfiler
from aap.taches.registre import tache

SECONDES = 60.0


@dataclass(frozen=True)
class _Calcul:
    enonce: Enonce
    reponse: Reponse


_FAITS: dict[int, _Calcul] = {}
"""Answers between the outside part of a job and its body, in the same process."""


def _dire(repartition_id: int, etape: str, pour_cent: int) -> None:
    repartition = db.session.get(Repartition, repartition_id, populate_existing=True)
    if repartition is not None and repartition.etat is EtatRepartition.CALCUL:
        repartition.bilan = {"etape": etape, "avancement": pour_cent}
    db.session.commit()


def _calculer(repartition_id: int) -> None:
    _dire(repartition_id, "Lecture des dossiers, des périmètres et des règles", 2)
    with lecture_seule():
        repartition = db.session.get(Repartition, repartition_id)
        if repartition is None or repartition.etat is not EtatRepartition.CALCUL:
            db.session.rollback()
            return
        acteur = charger_acteur(repartition.auteur)
        enonce = construire(acteur, repartition.campagne, repartition.par_financeur)
        db.session.rollback()
    reponse = repartir(
        enonce, secondes=SECONDES, suivi=lambda etape, n: _dire(repartition_id, etape, n)
    )
    _FAITS[repartition_id] = _Calcul(enonce, reponse)


def _abandonner(_erreur: Exception, repartition_id: int) -> None:
    repartition = db.session.get(Repartition, repartition_id)
    if repartition is not None:
        abandonner(repartition, "Une panne a arrêté ce travail : recommencez.")


@tache("calculer_repartition", essais_max=2, dehors=_calculer, abandon=_abandonner)
def calculer_repartition(repartition_id: int) -> None:
    """Keep what the outside part has found."""
    fait = _FAITS.pop(repartition_id, None)
    repartition = db.session.get(Repartition, repartition_id)
    if repartition is not None and fait is not None:
        ecrire_proposition(repartition, fait.enonce, fait.reponse)


@tache("traiter_repartition", abandon=_abandonner)
def traiter_repartition(repartition_id: int) -> None:
    """With the rights that its author has at this very moment."""
    repartition = db.session.get(Repartition, repartition_id)
    if repartition is not None and avancer(charger_acteur(repartition.auteur), repartition):
        enfiler("traiter_repartition", {"repartition_id": repartition_id})
