"""Rules of the committee's rooms: its members read, the coordination writes.

A member in a conflict of interest (déport) reads nothing about the organisme: neither its line
in the list nor its dossier. Reading a dossier itself is ``dossier.examiner``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists, select

from aap.extensions import db
from aap.models import Campagne, Dossier, Inscription, RoleHabilitation, Scenario, Scrutin, Seance
from aap.permissions.acteur import Acteur
from aap.permissions.socle import Verdict, non, oui, regle, selon
from workflows.seance import EtatSeance

R = RoleHabilitation
RESERVE = (
    "Cette page est réservée au comité de pilotage. "
    "Votre habilitation se demande à la coordination du contrat."
)
COORDINATION = (
    "Seule la coordination du contrat prépare et tient les séances du comité de pilotage."
)
ANONYME = "Connectez-vous avec votre compte du comité de pilotage."


@regle("copil.accueil")
def _accueil(acteur: Acteur, _objet: Any) -> Verdict:
    return selon(acteur.est(R.COORDINATEUR) or acteur.est(R.COPIL), RESERVE)


@regle("seance.voir")
@regle("seance.projeter")
def _voir(acteur: Acteur, seance: Seance) -> Verdict:
    contrat = seance.campagne.contrat_id
    return selon(acteur.est(R.COORDINATEUR, contrat) or acteur.est(R.COPIL, contrat), RESERVE)


@regle("campagne.voir_attente")
@regle("campagne.voir_scenarios")
def _voir_attente(acteur: Acteur, campagne: Campagne) -> Verdict:
    contrat = campagne.contrat_id
    return selon(acteur.est(R.COORDINATEUR, contrat) or acteur.est(R.COPIL, contrat), RESERVE)


@regle("campagne.tenir_seance")
def _tenir(acteur: Acteur, campagne: Campagne) -> Verdict:
    return selon(acteur.est(R.COORDINATEUR, campagne.contrat_id), COORDINATION)


@regle("seance.preparer")
@regle("seance.decider")
@regle("seance.publier")
def _ecrire(acteur: Acteur, seance: Seance) -> Verdict:
    return _tenir(acteur, seance.campagne)


@regle("scrutin.tenir")
def _tenir_scrutin(acteur: Acteur, scrutin: Scrutin) -> Verdict:
    return _tenir(acteur, scrutin.seance.campagne)


@regle("scrutin.voter")
def _voter(acteur: Acteur, scrutin: Scrutin) -> Verdict:
    """Members who were in the room without conflict when the vote was opened."""
    lecture = _voir(acteur, scrutin.seance)
    if not lecture:
        return lecture
    return selon(
        acteur.utilisateur_id in scrutin.electeurs
        and scrutin.dossier.organisme_id not in acteur.deports,
        "Vous ne prenez pas part à ce vote : il est ouvert aux membres présents à son "
        "ouverture, sans lien avec l’organisme.",
    )


@regle("scenario.voir")
def _voir_scenario(acteur: Acteur, scenario: Scenario) -> Verdict:
    return _voir_attente(acteur, scenario.campagne)


@regle("scenario.modifier")
@regle("scenario.calculer")
def _modifier_scenario(acteur: Acteur, scenario: Scenario) -> Verdict:
    return _tenir(acteur, scenario.campagne)


def _touche_un_deport(acteur: Acteur, seance: Seance) -> bool:
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Inscription.seance_id == seance.id,
                    Inscription.dossier_id == Dossier.id,
                    Dossier.organisme_id.in_(sorted(acteur.deports)),
                )
            )
        )
    )


@regle("seance.lire_pv")
def _lire_pv(acteur: Acteur, seance: Seance) -> Verdict:
    """The whole minutes: for the committee, and not before publication in a conflict."""
    lecture = _voir(acteur, seance)
    if not lecture:
        return lecture
    if seance.etat is not EtatSeance.PV_ARRETE:
        return non("Le procès-verbal de cette séance n’est pas encore arrêté.")
    if seance.publiee_le is None and acteur.deports and _touche_un_deport(acteur, seance):
        return non(
            "Vous êtes déporté pour un dossier de cette séance : le procès-verbal vous sera "
            "ouvert quand les décisions seront publiées."
        )
    return oui()
