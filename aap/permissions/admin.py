"""Rules of the admin rooms: technical administration, without any power of decision."""

from __future__ import annotations

from typing import Any

from aap.models import RoleHabilitation
from aap.permissions.acteur import Acteur
from aap.permissions.socle import Verdict, non, regle, selon

RESERVE = "Cette page est réservée à l’administration technique de la plateforme."


def _administre(acteur: Acteur) -> bool:
    return acteur.systeme or acteur.est(RoleHabilitation.ADMINISTRATEUR)


@regle("admin.accueil")
@regle("admin.comptes")
@regle("admin.habilitations")
@regle("admin.financeurs")
@regle("admin.parametres")
@regle("admin.courriels")
@regle("admin.rattachements")
@regle("admin.taches")
def administrer(acteur: Acteur, objet: Any) -> Verdict:
    return selon(_administre(acteur), RESERVE)


@regle("admin.desactiver")
def desactiver(acteur: Acteur, objet: Any) -> Verdict:
    """``objet``: the person. Nobody locks herself out."""
    if not _administre(acteur):
        return non(RESERVE)
    return selon(
        acteur.utilisateur_id != objet.id,
        "Vous ne pouvez pas désactiver votre propre compte. Demandez-le à une autre personne "
        "de l’administration.",
    )


@regle("admin.rattacher")
def rattacher(acteur: Acteur, objet: Any) -> Verdict:
    """``objet``: the request to join. Nobody lets herself into an organisme."""
    if not _administre(acteur):
        return non(RESERVE)
    return selon(
        acteur.utilisateur_id != objet.utilisateur_id,
        "Vous ne pouvez pas vous rattacher vous-même à un organisme. Demandez-le à une autre "
        "personne de l’administration.",
    )


@regle("admin.habiliter")
def habiliter(acteur: Acteur, objet: Any) -> Verdict:
    """``objet``: the person who receives. Nobody gives herself a right."""
    if not _administre(acteur):
        return non(RESERVE)
    return selon(
        acteur.utilisateur_id != objet.id,
        "Vous ne pouvez pas vous donner un droit à vous-même. Demandez-le à une autre personne "
        "de l’administration.",
    )


@regle("admin.retirer_habilitation")
def retirer_habilitation(acteur: Acteur, objet: Any) -> Verdict:
    """``objet``: the habilitation. The last administrator cannot leave by herself."""
    if not _administre(acteur):
        return non(RESERVE)
    return selon(
        not (
            objet.role is RoleHabilitation.ADMINISTRATEUR
            and acteur.utilisateur_id == objet.utilisateur_id
        ),
        "Vous ne pouvez pas vous retirer l’administration à vous-même. Demandez-le à une autre "
        "personne de l’administration.",
    )
