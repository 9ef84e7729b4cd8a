"""After the minutes are settled: their PDF, stored with the session."""

from __future__ import annotations

from sqlalchemy.exc import NoResultFound

from aap import documents
from aap.extensions import db
from aap.models import Seance
from aap.permissions import SYSTEME
from aap.requetes.copil import fichier_pv
from aap.services.fichier import ranger_fichier
from aap.taches.registre import tache


@tache("produire_pv", essais_max=8)
def produire_pv(seance_id: int) -> None:
    """PDF of the minutes, kept for ever. Run once."""
    seance = db.session.get(Seance, seance_id)
    if seance is None:
        raise NoResultFound(f"seance {seance_id}")
    if fichier_pv(seance) is not None:
        return
    ranger_fichier(
        SYSTEME,
        f"proces-verbal-{seance.id}.pdf",
        documents.pdf_pv(seance),
        "application/pdf",
        entite="seance",
        entite_id=seance.id,
    )
