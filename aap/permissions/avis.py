"""Rules of the outside opinions: only those who are asked, only what is asked."""

from __future__ import annotations

from typing import Any

from aap.models import DemandeAvis, RoleHabilitation
from aap.permissions.acteur import Acteur
from aap.permissions.instruction import DEPORTE
from aap.permissions.socle import Verdict, non, regle, selon


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
