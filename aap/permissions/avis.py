"""Rules of the outside opinions: only those who are asked, only what is asked."""

from __future__ import annotations

from typing import Any

from aap.domaine.horloge import maintenant
from aap.models import DemandeAvis, InvitationAvis, RoleHabilitation
from aap.permissions.acteur import Acteur
from aap.permissions.instruction import DEPORTE
from aap.permissions.socle import Verdict, may, non, regle, selon
from workflows.dossier import EtatDossier

ATTENDENT_AVIS = frozenset(
    {EtatDossier.DEPOSE, EtatDossier.A_COMPLETER, EtatDossier.EN_INSTRUCTION}
)


@regle("avis.liste")
def _liste(acteur: Acteur, _objet: Any) -> Verdict:
    return selon(
        acteur.est(RoleHabilitation.OBSERVATEUR),
        "Cette page est réservée aux personnes dont un avis extérieur est demandé.",
    )


@regle("avis.voir")
def _voir(acteur: Acteur, demande: DemandeAvis) -> Verdict:
    """The person asked, while she holds the role, and never in a conflict of interest."""
    if demande.utilisateur_id != acteur.utilisateur_id:
        return non("Cet avis est demandé à une autre personne.")
    if demande.dossier.organisme_id in acteur.deports:
        return non(DEPORTE)
    return selon(
        acteur.est(RoleHabilitation.OBSERVATEUR, demande.dossier.campagne.contrat_id),
        "Votre habilitation à donner des avis sur ce contrat a pris fin.",
    )


@regle("avis.rendre")
def _rendre(acteur: Acteur, demande: DemandeAvis) -> Verdict:
    return _voir(acteur, demande)


@regle("invitation.gerer")
def _gerer(acteur: Acteur, invitation: InvitationAvis) -> Verdict:
    """Whoever may ask an opinion on this dossier."""
    return may(acteur, "dossier.demander_avis", invitation.demande.dossier)


def invitation_attend(invitation: InvitationAvis) -> bool:
    """Is an answer still awaited? (neither answered, nor closed, nor past its date)"""
    return (
        invitation.rendue_le is None
        and invitation.revoquee_le is None
        and invitation.recusee_le is None
        and invitation.expire_le > maintenant()
        and invitation.demande.dossier.etat in ATTENDENT_AVIS
    )


@regle("invitation.repondre")
def _repondre(acteur: Acteur, invitation: InvitationAvis) -> Verdict:
    """The guest herself, by her link, while an answer is awaited and without conflict."""
    if acteur.utilisateur_id != invitation.demande.utilisateur_id:
        return non("Cet avis est demandé à une autre personne.")
    if invitation.demande.dossier.organisme_id in acteur.deports:
        return non(DEPORTE)
    return selon(invitation_attend(invitation), "Cet avis n’est plus attendu.")
