"""Rules of the instruction rooms: who reads, scores and gives an opinion on a dossier.

A déport takes away everything that an agent may do on what belongs to the organisme; a draft
belongs to its porteur alone until it is transmitted.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists, select

from aap.extensions import db
from aap.models import (
    Campagne,
    Dossier,
    EtatEvaluation,
    Evaluation,
    Financement,
    NoteInterne,
    RevisionBudget,
    RoleHabilitation,
)
from aap.permissions.acteur import Acteur
from aap.permissions.contexte import roles_sur
from aap.permissions.socle import Verdict, non, oui, regle, selon
from workflows.dossier import EtatDossier
from workflows.socle import Role

R = RoleHabilitation
LECTEURS = frozenset({Role.INSTRUCTEUR, Role.COORDINATEUR, Role.COPIL, Role.FINANCE})
INSTRUCTION = frozenset({Role.INSTRUCTEUR, Role.COORDINATEUR})
NOTABLES = frozenset({EtatDossier.DEPOSE, EtatDossier.EN_INSTRUCTION})
# Complements are awaited, then the scores go on: still blind.
AVEUGLES = NOTABLES | {EtatDossier.A_COMPLETER}

DEPORTE = (
    "Vous êtes déporté pour cet organisme : vous ne pouvez ni voir ses dossiers, ni les noter. "
    "Si ce déport n’a plus lieu d’être, écrivez à la coordination du contrat."
)
HORS_PERIMETRE = (
    "Ce dossier n’est pas dans votre périmètre. Si vous devez l’instruire, demandez à la "
    "coordination du contrat de vous l’ouvrir."
)


def _lecteur(acteur: Acteur) -> bool:
    return any(acteur.est(r) for r in (R.INSTRUCTEUR, R.COORDINATEUR, R.COPIL, R.FINANCE))


def _deporte(acteur: Acteur, dossier: Dossier) -> bool:
    return dossier.organisme_id in acteur.deports


@regle("instruction.liste")
def _liste(acteur: Acteur, _objet: Any) -> Verdict:
    return selon(
        _lecteur(acteur),
        "Cette page est réservée aux personnes qui instruisent les dossiers. "
        "Votre habilitation se demande à la coordination du contrat.",
    )


def lecture_agent(acteur: Acteur, dossier: Dossier) -> Verdict:
    """May this agent read the dossier and its pieces? (never a draft, never in a déport)"""
    if _deporte(acteur, dossier) and _lecteur(acteur):
        return non(DEPORTE)
    if not roles_sur(acteur, dossier) & LECTEURS:
        return non(HORS_PERIMETRE)
    return selon(
        dossier.depose_le is not None,
        "Ce dossier n’est pas transmis : il n’appartient encore qu’à son porteur.",
    )


@regle("dossier.voir")
def _voir(acteur: Acteur, dossier: Dossier) -> Verdict:
    """Its porteur's members, always; agents as ``lecture_agent`` says."""
    if dossier.organisme_id in acteur.membres:
        return oui()
    return lecture_agent(acteur, dossier)


@regle("dossier.examiner")
def _examiner(acteur: Acteur, dossier: Dossier) -> Verdict:
    """The agents' page of the dossier: its porteur's members have theirs."""
    return lecture_agent(acteur, dossier)


@regle("financement.examiner")
def _examiner_ligne(acteur: Acteur, financement: Financement) -> Verdict:
    """Reading a line; what may be done on it is decided act by act."""
    return lecture_agent(acteur, financement.dossier)


@regle("dossier.noter")
def _noter(acteur: Acteur, dossier: Dossier) -> Verdict:
    lecture = lecture_agent(acteur, dossier)
    if not lecture:
        return lecture
    return selon(
        Role.INSTRUCTEUR in roles_sur(acteur, dossier),
        "Seules les personnes qui instruisent ce dossier au nom d’un financeur le notent.",
    )


@regle("dossier.annoter")
def _annoter(acteur: Acteur, dossier: Dossier) -> Verdict:
    """Private notes belong to a funder: only those who instruct in its name write them."""
    lecture = lecture_agent(acteur, dossier)
    if not lecture:
        return lecture
    return selon(
        Role.INSTRUCTEUR in roles_sur(acteur, dossier),
        "Les notes internes sont celles des personnes qui instruisent au nom d’un financeur.",
    )


@regle("note_interne.retirer")
def _retirer_note(acteur: Acteur, note: NoteInterne) -> Verdict:
    droit = _annoter(acteur, note.dossier)
    if not droit:
        return droit
    return selon(
        note.auteur_id == acteur.utilisateur_id,
        "Cette note est celle d’une autre personne : elle seule peut la retirer.",
    )


@regle("dossier.demander_avis")
def _demander_avis(acteur: Acteur, dossier: Dossier) -> Verdict:
    lecture = lecture_agent(acteur, dossier)
    if not lecture:
        return lecture
    return selon(
        bool(roles_sur(acteur, dossier) & INSTRUCTION),
        "Seules l’instruction et la coordination demandent un avis extérieur.",
    )


@regle("evaluation.envoyer")
def _envoyer(acteur: Acteur, evaluation: Evaluation) -> Verdict:
    if evaluation.utilisateur_id != acteur.utilisateur_id:
        return non("Cette notation est celle d’une autre personne.")
    return _noter(acteur, evaluation.dossier)


def _a_envoye(acteur: Acteur, dossier: Dossier) -> bool:
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Evaluation.dossier_id == dossier.id,
                    Evaluation.utilisateur_id == acteur.utilisateur_id,
                    Evaluation.etat == EtatEvaluation.ENVOYEE,
                )
            )
        )
    )


@regle("evaluation.voir_autres")
def _voir_autres(acteur: Acteur, dossier: Dossier) -> Verdict:
    """Blind until one's own is sent; those who cannot score any more read freely."""
    lecture = lecture_agent(acteur, dossier)
    if not lecture:
        return lecture
    roles = roles_sur(acteur, dossier)
    if Role.INSTRUCTEUR in roles and dossier.etat in AVEUGLES:
        return selon(
            _a_envoye(acteur, dossier),
            "Les notations des autres s’affichent quand la vôtre est envoyée.",
        )
    return selon(
        bool(roles & {Role.INSTRUCTEUR, Role.COORDINATEUR, Role.COPIL}),
        "Les notations sont réservées à l’instruction et au comité de pilotage.",
    )


@regle("notation.voir")
def _notation(acteur: Acteur, campagne: Campagne) -> Verdict:
    """The ranked list: never shown to those who may still score (they would read the others)."""
    contrat = campagne.contrat_id
    if acteur.est(R.COORDINATEUR, contrat) or acteur.est(R.COPIL, contrat):
        return oui()
    return non("La liste classée est réservée à la coordination et au comité de pilotage.")


@regle("dossier.demander_budget_revise")
def _demander_budget(acteur: Acteur, dossier: Dossier) -> Verdict:
    """Those who instruct, coordinate or pay for the dossier; never the committee."""
    lecture = lecture_agent(acteur, dossier)
    if not lecture:
        return lecture
    return selon(
        bool(roles_sur(acteur, dossier) & (INSTRUCTION | {Role.FINANCE})),
        "Un budget révisé est demandé par les personnes qui instruisent ou financent ce dossier.",
    )


@regle("revision_budget.suivre")
def _suivre_budget(acteur: Acteur, revision: RevisionBudget) -> Verdict:
    return _demander_budget(acteur, revision.dossier)
