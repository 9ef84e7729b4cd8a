"""Acts on many dossiers, slice by slice: each run commits, then asks for the next one."""

from __future__ import annotations

from aap.extensions import db
from aap.models import Lot
from aap.permissions import charger_acteur
from aap.services.lot import abandonner_lot, avancer_lot
from aap.services.taches import enfiler
from aap.taches.registre import tache


def _abandonner(_erreur: Exception, lot_id: int) -> None:
    lot = db.session.get(Lot, lot_id)
    if lot is not None:
        abandonner_lot(lot, "Une panne a empêché cet acte : recommencez pour ce dossier.")


@tache("traiter_lot", abandon=_abandonner)
def traiter_lot(lot_id: int) -> None:
    """With the rights that the author has at this very moment."""
    lot = db.session.get(Lot, lot_id)
    if lot is not None and avancer_lot(charger_acteur(lot.auteur), lot):
        enfiler("traiter_lot", {"lot_id": lot_id})
