"""PDF documents: plain dataclasses in (``donnees``), bytes out (``produire`` of each module).

Nothing that draws reads the database or the clock: the same input gives the same bytes.

The documents that routes and jobs ask for are attributes of this package, loaded at the first
use: reportlab and what comes with it cost every start an eighth of a second and 12 MB that most
processes never need. Write ``documents.pdf_pv(seance)``, not ``from … import pdf_pv``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aap.documents.cahier import assembler_cahier as assembler_cahier
    from aap.documents.depuis_argent import pdf_acte as pdf_acte
    from aap.documents.depuis_argent import pdf_apercu as pdf_apercu
    from aap.documents.depuis_argent import pdf_bilan as pdf_bilan
    from aap.documents.depuis_avenant import pdf_avenant as pdf_avenant
    from aap.documents.depuis_depot import pdf_dossier as pdf_dossier
    from aap.documents.depuis_dossier import donnees_recepisse as donnees_recepisse
    from aap.documents.depuis_dossier import pdf_recepisse as pdf_recepisse
    from aap.documents.depuis_liasse import pdf_bordereau as pdf_bordereau
    from aap.documents.depuis_notation import pdf_fiche_notation as pdf_fiche_notation
    from aap.documents.depuis_paiement import pdf_etat_versement as pdf_etat_versement
    from aap.documents.depuis_paiement import pdf_reversement as pdf_reversement
    from aap.documents.depuis_seance import lettre_notification as lettre_notification
    from aap.documents.depuis_seance import pdf_convocation as pdf_convocation
    from aap.documents.depuis_seance import pdf_pv as pdf_pv
    from aap.documents.recevabilite import lettre_recevabilite as lettre_recevabilite
    from aap.documents.recours import accuse_recours as accuse_recours
    from aap.documents.recours import lettre_recours as lettre_recours

_MODULES = {
    "accuse_recours": "recours",
    "assembler_cahier": "cahier",
    "lettre_recours": "recours",
    "donnees_recepisse": "depuis_dossier",
    "lettre_notification": "depuis_seance",
    "lettre_recevabilite": "recevabilite",
    "pdf_acte": "depuis_argent",
    "pdf_apercu": "depuis_argent",
    "pdf_avenant": "depuis_avenant",
    "pdf_bilan": "depuis_argent",
    "pdf_bordereau": "depuis_liasse",
    "pdf_convocation": "depuis_seance",
    "pdf_dossier": "depuis_depot",
    "pdf_etat_versement": "depuis_paiement",
    "pdf_fiche_notation": "depuis_notation",
    "pdf_pv": "depuis_seance",
    "pdf_recepisse": "depuis_dossier",
    "pdf_reversement": "depuis_paiement",
}


def __getattr__(nom: str) -> Any:
    if nom not in _MODULES:
        raise AttributeError(f"aap.documents n’offre pas {nom}")
    return getattr(import_module(f"aap.documents.{_MODULES[nom]}"), nom)
