"""Every day: the papers of the vaults whose validity ends within 30 days."""

from __future__ import annotations

from aap.services.coffre import rappeler_pieces
from aap.taches.registre import tache


@tache("rappels_du_coffre")
def rappels_du_coffre() -> None:
    """Idempotent: a paper is recalled once."""
    rappeler_pieces()
