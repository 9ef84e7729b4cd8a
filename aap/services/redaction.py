"""When may a dossier be written on?"""

from __future__ import annotations

from aap.domaine.erreurs import PasLeMoment
from aap.models import Dossier
from aap.permissions import Acteur, exiger
from workflows.dossier import EtatDossier

MODIFIABLES = frozenset({EtatDossier.BROUILLON, EtatDossier.A_COMPLETER})


def exiger_redaction(acteur: Acteur, dossier: Dossier) -> None:
    """Raise Interdit (not a member) or PasLeMoment (already in the funders' hands)."""
    exiger(acteur, "dossier.rediger", dossier)
    if dossier.etat not in MODIFIABLES:
        raise PasLeMoment(
            f"Ce dossier n’est plus modifiable : il est « {dossier.etat.libelle('porteur')} ».",
            "Si une correction est nécessaire, écrivez aux instructeurs depuis la page du dossier.",
        )
