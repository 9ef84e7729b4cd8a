"""Every day: the heads of the journal's chains are sealed."""

from __future__ import annotations

from aap.services.sceau import sceller
from aap.taches.registre import tache


@tache("sceller_journal")
def sceller_journal() -> None:
    """Idempotent enough: what has not moved is not sealed again."""
    sceller()
