"""Rules of the coordination rooms: those who lead the campaigns of a contrat."""

from __future__ import annotations

from typing import Any

from aap.models import (
    Absence,
    Affectation,
    Campagne,
    Contrat,
    Deport,
    Dossier,
    Enveloppe,
    Grille,
    RegleAffectation,
    Repartition,
    RoleHabilitation,
    Utilisateur,
)
from aap.permissions.acteur import Acteur
from aap.permissions.contexte import roles_sur
from aap.permissions.socle import Verdict, non, regle, selon
from workflows.socle import Role

COORDINATEUR = RoleHabilitation.COORDINATEUR
RESERVE = (
    "Cette page est réservée à la coordination du contrat de ville. "
    "Votre habilitation se demande à l’administration de la plateforme."
)
DEPORTE = (
    "Vous êtes déporté pour cet organisme : une autre personne de la coordination doit le faire."
)


def _coordonne(acteur: Acteur, contrat_id: int | None) -> Verdict:
    return selon(contrat_id is not None and acteur.est(COORDINATEUR, contrat_id), RESERVE)


@regle("coordination.accueil")
@regle("coordination.deports")
@regle("campagne.preparer")
def _accueil(acteur: Acteur, _objet: Any) -> Verdict:
    return selon(acteur.est(COORDINATEUR), RESERVE)


@regle("campagne.creer")
def _creer(acteur: Acteur, contrat: Contrat) -> Verdict:
    return _coordonne(acteur, contrat.id)


@regle("campagne.suivre")
@regle("campagne.modifier")
@regle("campagne.declarer_prete")
@regle("campagne.affecter")
def _campagne(acteur: Acteur, campagne: Campagne) -> Verdict:
    return _coordonne(acteur, campagne.contrat_id)


@regle("enveloppe.modifier")
def _enveloppe(acteur: Acteur, enveloppe: Enveloppe) -> Verdict:
    return _coordonne(acteur, enveloppe.financeur.contrat_id)


@regle("grille.voir")
@regle("grille.modifier")
def _grille(acteur: Acteur, grille: Grille) -> Verdict:
    return _coordonne(acteur, grille.contrat_id)


@regle("grille.creer")
def _creer_grille(acteur: Acteur, contrat: Contrat) -> Verdict:
    return _coordonne(acteur, contrat.id)


@regle("dossier.affecter")
@regle("dossier.accepter_hors_delai")
def _dossier(acteur: Acteur, dossier: Dossier) -> Verdict:
    """The coordination of its contrat, never in a conflict of interest."""
    droit = _coordonne(acteur, dossier.campagne.contrat_id)
    if not droit:
        return droit
    return selon(Role.COORDINATEUR in roles_sur(acteur, dossier), DEPORTE)


@regle("affectation.retirer")
def _affectation(acteur: Acteur, affectation: Affectation) -> Verdict:
    return _dossier(acteur, affectation.dossier)


@regle("deport.declarer")
def _declarer(acteur: Acteur, utilisateur: Utilisateur) -> Verdict:
    """Oneself, always; others, by the coordination."""
    if acteur.utilisateur_id is not None and utilisateur.id == acteur.utilisateur_id:
        return selon(acteur.est_agent, RESERVE)
    return selon(_travaille_avec(acteur, utilisateur), RESERVE)


def _travaille_avec(acteur: Acteur, personne: Utilisateur) -> bool:
    """Does the actor coordinate a contrat on which this person holds, or held, a right?

    A right without a contrat is on all of them.
    """
    return any(
        acteur.est(COORDINATEUR, droit.contrat_id) if droit.contrat_id else acteur.est(COORDINATEUR)
        for droit in personne.habilitations
    )


@regle("deport.lever")
def _lever(acteur: Acteur, deport: Deport) -> Verdict:
    """Never by the person herself: somebody else checks that the link is over."""
    if not _travaille_avec(acteur, deport.utilisateur):
        return non(RESERVE)
    return selon(
        deport.utilisateur_id != acteur.utilisateur_id,
        "Vous ne pouvez pas lever votre propre déport : demandez-le à une autre personne de la "
        "coordination.",
    )


@regle("regle_affectation.supprimer")
@regle("repartition.voir")
@regle("repartition.appliquer")
def _repartition(acteur: Acteur, objet: RegleAffectation | Repartition) -> Verdict:
    return _coordonne(acteur, objet.campagne.contrat_id)


@regle("absence.liste")
def _absences(acteur: Acteur, _objet: Any) -> Verdict:
    return selon(acteur.est_agent, "Cette page est réservée aux agents de la plateforme.")


@regle("absence.declarer")
def _absence(acteur: Acteur, utilisateur: Utilisateur) -> Verdict:
    """One's own, or that of somebody with whom the coordination works."""
    if acteur.utilisateur_id is not None and utilisateur.id == acteur.utilisateur_id:
        return selon(acteur.est_agent, RESERVE)
    return selon(_travaille_avec(acteur, utilisateur), RESERVE)


@regle("absence.annuler")
def _annuler_absence(acteur: Acteur, absence: Absence) -> Verdict:
    return _absence(acteur, absence.utilisateur)
