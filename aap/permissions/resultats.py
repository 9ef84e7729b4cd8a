"""Rules of the results: who reads the ranked list, agrees on notes, freezes the list.

The list itself is ``notation.voir`` (coordination and committee); what a person must not read
yet (conflict of interest, own evaluation not sent) is hidden line by line by
``requetes.resultats``.
"""

from __future__ import annotations

from aap.models import Campagne, Dossier, RoleHabilitation
from aap.permissions.acteur import Acteur
from aap.permissions.contexte import roles_sur
from aap.permissions.instruction import lecture_agent
from aap.permissions.socle import Verdict, may, non, oui, regle, selon
from workflows.dossier import EtatDossier
from workflows.socle import Role

CONSENSUELS = frozenset(
    {
        EtatDossier.DEPOSE,
        EtatDossier.A_COMPLETER,
        EtatDossier.EN_INSTRUCTION,
        EtatDossier.INSTRUIT,
        EtatDossier.INSCRIT,
        EtatDossier.AJOURNE,
    }
)
RESERVE = "Seule la coordination du contrat note les consensus et fige le classement."


@regle("classement.figer")
@regle("campagne.etalonner")
def _figer(acteur: Acteur, campagne: Campagne) -> Verdict:
    """Also reopening it. Whoever still scores blindly may not (she would read the others)."""
    return selon(acteur.est(RoleHabilitation.COORDINATEUR, campagne.contrat_id), RESERVE)


@regle("dossier.voir_resultat")
def _voir_resultat(acteur: Acteur, dossier: Dossier) -> Verdict:
    """The comparison of the evaluations of one dossier: as the list, and as each evaluation."""
    liste = may(acteur, "notation.voir", dossier.campagne)
    return may(acteur, "evaluation.voir_autres", dossier) if liste else liste


@regle("dossier.accorder")
def _accorder(acteur: Acteur, dossier: Dossier) -> Verdict:
    """The coordination leads the discussion; she must be able to read what was sent."""
    lecture = lecture_agent(acteur, dossier)
    if not lecture:
        return lecture
    if Role.COORDINATEUR not in roles_sur(acteur, dossier):
        return non(RESERVE)
    aveugle = may(acteur, "evaluation.voir_autres", dossier)
    return oui() if aveugle else aveugle
