"""Facts that a transition requires: each guard answers None or the reason of the refusal.

A guard never looks at who acts (that is ``permissions``) but at what is true now.
Guards are registered by the service that knows the facts: ``@garde_de("dossier", "cer_signe")``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aap.permissions import Acteur

Garde = Callable[[Acteur, Any], str | None]
GARDES: dict[tuple[str, str], Garde] = {}


def garde_de(machine: str, nom: str) -> Callable[[Garde], Garde]:
    """Register the guard ``nom`` of ``machine``."""

    def inscrire(fonction: Garde) -> Garde:
        if (machine, nom) in GARDES:
            raise RuntimeError(f"deux gardes {machine}.{nom}")
        GARDES[machine, nom] = fonction
        return fonction

    return inscrire


def raisons_contre(machine: str, noms: tuple[str, ...], acteur: Acteur, objet: Any) -> list[str]:
    """Every reason why the transition cannot be fired now (empty: it can)."""
    return [r for nom in noms if (r := GARDES[machine, nom](acteur, objet))]
