"""Rules of the appeals: the porteur forms, the coordination records, entrusts and decides."""

from __future__ import annotations

from typing import Any

from aap.models import Dossier, Recours, RoleHabilitation
from aap.permissions.acteur import Acteur
from aap.permissions.contexte import roles_sur
from aap.permissions.instruction import INSTRUCTION, lecture_agent
from aap.permissions.porteur import PAS_MEMBRE, PAS_SIGNATAIRE, est_membre
from aap.permissions.socle import Verdict, non, regle, selon
from workflows.socle import Role

A_LA_COORDINATION = "Seule la coordination du contrat conduit les recours."


@regle("recours.liste")
def _liste(acteur: Acteur, _objet: Any) -> Verdict:
    return selon(acteur.est(RoleHabilitation.COORDINATEUR), A_LA_COORDINATION)


@regle("dossier.former_recours")
def _former(acteur: Acteur, dossier: Dossier) -> Verdict:
    """An appeal binds the organisme: whoever signs the dossier may form one."""
    if not est_membre(acteur, dossier.organisme_id):
        return non(PAS_MEMBRE)
    return selon(Role.PORTEUR_SIGNATAIRE in roles_sur(acteur, dossier), PAS_SIGNATAIRE)


def _coordonne(acteur: Acteur, dossier: Dossier) -> Verdict:
    lecture = lecture_agent(acteur, dossier)
    if not lecture:
        return lecture
    return selon(Role.COORDINATEUR in roles_sur(acteur, dossier), A_LA_COORDINATION)


@regle("dossier.enregistrer_recours")
def _enregistrer(acteur: Acteur, dossier: Dossier) -> Verdict:
    return _coordonne(acteur, dossier)


@regle("recours.voir_porteur")
def _voir_porteur(acteur: Acteur, recours: Recours) -> Verdict:
    return selon(est_membre(acteur, recours.dossier.organisme_id), PAS_MEMBRE)


@regle("recours.voir")
def _voir(acteur: Acteur, recours: Recours) -> Verdict:
    """The agents who instruct or lead; the report is theirs until the decision."""
    lecture = lecture_agent(acteur, recours.dossier)
    if not lecture:
        return lecture
    return selon(
        bool(roles_sur(acteur, recours.dossier) & INSTRUCTION),
        "Les recours se lisent par l’instruction et la coordination.",
    )


@regle("recours.confier")
@regle("recours.decider")
def _conduire(acteur: Acteur, recours: Recours) -> Verdict:
    return _coordonne(acteur, recours.dossier)


@regle("recours.examiner")
def _examiner(acteur: Acteur, recours: Recours) -> Verdict:
    """Whoever was entrusted with it, while she may still read the dossier."""
    lecture = _voir(acteur, recours)
    if not lecture:
        return lecture
    return selon(
        recours.examinateur_id is not None and recours.examinateur_id == acteur.utilisateur_id,
        "L’examen de ce recours est confié à une autre personne.",
    )
