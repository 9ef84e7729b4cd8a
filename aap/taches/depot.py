"""After a deposit: the accusé de réception, stored and announced."""

from __future__ import annotations

from sqlalchemy.exc import NoResultFound

from aap import documents
from aap.extensions import db
from aap.models import Depot
from aap.permissions import SYSTEME
from aap.services.avertissement import avertir_porteur
from aap.services.fichier import ranger_fichier
from aap.taches.registre import tache


@tache("produire_recepisse", essais_max=8)
def produire_recepisse(depot_id: int) -> None:
    """PDF of the récépissé, kept with the deposit, and the mail that says so. Run once."""
    depot = db.session.get(Depot, depot_id)
    if depot is None:
        raise NoResultFound(f"depot {depot_id}")
    if depot.recepisse_id is not None:
        return
    donnees = documents.donnees_recepisse(depot)
    dossier = depot.dossier
    fichier = ranger_fichier(
        SYSTEME,
        f"accuse-de-reception-{dossier.numero}-{depot.numero_depot}.pdf",
        documents.pdf_recepisse(donnees),
        "application/pdf",
        entite="dossier",
        entite_id=dossier.id,
    )
    depot.recepisse_id = fichier.id
    avertir_porteur(
        dossier, "recepisse", depot=depot, refus_implicite_le=donnees.refus_implicite_le
    )
