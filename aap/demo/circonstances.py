"""Local circumstances: why one candidate, and one funder, stay under the CPO objective."""

from __future__ import annotations

from aap.demo.monde import Monde, exercice_courant
from aap.domaine.objectif_cpo import Stade
from aap.extensions import db
from aap.requetes.candidats_cpo import liste_candidats
from aap.requetes.choix_cpo import ChoixCpo
from aap.services.motif_cpo import poser_motif_cpo

TAUX = (
    "Plusieurs associations sont nouvelles au contrat : une première année d’observation est "
    "demandée avant toute convention pluriannuelle."
)
CANDIDAT = "L’association change de direction cette année : la CPO sera proposée l’an prochain."


def motiver(monde: Monde, code: str) -> None:
    """One reason for the rate of this funder, one for the first candidate of its list."""
    financeur, annee = monde.financeurs[code], exercice_courant()
    with monde.le(4):
        acteur = monde.acteur("finance.saisie")
        poser_motif_cpo(acteur, financeur, annee, TAUX)
        choix = ChoixCpo(exercice=annee, financeur=financeur.id, stade=Stade.PREVU)
        for premier in liste_candidats(acteur, choix).lignes[:1]:
            organisme = premier.organisme_id
            poser_motif_cpo(acteur, financeur, annee, CANDIDAT, organisme_id=organisme)
    db.session.commit()
