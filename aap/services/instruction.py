"""End of the instruction: every funder has spoken, at least one evaluation is sent."""

from __future__ import annotations

from aap.models import Dossier
from aap.permissions import Acteur
from aap.services.transition import franchir


def clore_instruction(acteur: Acteur, dossier: Dossier, *, version: int | None = None) -> None:
    """The dossier may go to the committee."""
    franchir(acteur, dossier, "clore_instruction", version=version)


def reprendre_instruction(
    acteur: Acteur, dossier: Dossier, motif: str, *, version: int | None = None
) -> None:
    """Back to examination, with a reason."""
    franchir(acteur, dossier, "reprendre_instruction", motif=motif, version=version)


def classer_sans_suite(
    acteur: Acteur, dossier: Dossier, motif: str, *, version: int | None = None
) -> None:
    """End without a decision; the lines that are still open are closed with the same reason."""
    franchir(acteur, dossier, "classer_sans_suite", motif=motif, version=version)
