"""Rules of the compte rooms: everybody decides on her own account."""

from __future__ import annotations

from typing import Any

from aap.models import RoleHabilitation
from aap.permissions.acteur import Acteur
from aap.permissions.socle import Verdict, non, oui, regle, selon

A_SOI = "Ce compte n’est pas le vôtre."


@regle("compte.connexion")
@regle("compte.inscription")
@regle("compte.recuperation")
def pour_tous(acteur: Acteur, objet: Any) -> Verdict:
    """Signing in, opening an account, getting it back: anybody may try."""
    return oui()


def _administre(acteur: Acteur) -> bool:
    return acteur.systeme or acteur.est(RoleHabilitation.ADMINISTRATEUR)


def _est_soi(acteur: Acteur, utilisateur_id: int) -> bool:
    return acteur.utilisateur_id is not None and acteur.utilisateur_id == utilisateur_id


@regle("compte.voir")
@regle("compte.modifier")
def sur_soi(acteur: Acteur, objet: Any) -> Verdict:
    """Without object: one's own page, whoever is signed in."""
    if objet is None:
        return selon(acteur.utilisateur_id is not None, "Connectez-vous pour voir votre compte.")
    return selon(_est_soi(acteur, objet.id), A_SOI)


@regle("compte.revoquer_session")
def revoquer_session(acteur: Acteur, objet: Any) -> Verdict:
    return selon(_est_soi(acteur, objet.utilisateur_id), "Cette session n’est pas la vôtre.")


@regle("compte.revoquer_sessions")
def revoquer_sessions(acteur: Acteur, objet: Any) -> Verdict:
    return selon(_est_soi(acteur, objet.id) or _administre(acteur), A_SOI)


@regle("compte.inviter")
def inviter(acteur: Acteur, objet: Any) -> Verdict:
    """A member of an organisme invites hers; an administrator invites anybody."""
    return selon(
        acteur.est_porteur or _administre(acteur),
        "Seul un membre d’un organisme ou un administrateur peut inviter quelqu’un.",
    )


@regle("compte.deleguer")
def deleguer(acteur: Acteur, objet: Any) -> Verdict:
    """Only a right held in one's own name, and in force today, can be delegated."""
    if not _est_soi(acteur, objet.utilisateur_id):
        return non("Vous ne pouvez déléguer que vos propres droits.")
    if objet.delegue_par_id is not None:
        return non("Ce droit vous est lui-même délégué : il ne peut pas l’être une seconde fois.")
    return selon(
        any(h.id == objet.id for h in acteur.habilitations),
        "Ce droit n’est pas en cours de validité : il ne peut pas être délégué.",
    )


@regle("compte.retirer_delegation")
def retirer_delegation(acteur: Acteur, objet: Any) -> Verdict:
    return selon(
        objet.delegue_par_id is not None and _est_soi(acteur, objet.delegue_par_id),
        "Cette délégation ne vient pas de vous.",
    )
