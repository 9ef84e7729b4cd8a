"""The main menu: what this person can open, room by room."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for

from aap.permissions import Acteur, may

# label, endpoint, act that opens it (None: everybody, signed in or not)
ENTREES: tuple[tuple[str, str, str | None], ...] = (
    ("Le contrat", "public.accueil", None),
    ("Mes dossiers", "porteur.accueil", "porteur.accueil"),
    ("Instruction", "instruction.liste", "instruction.liste"),
    ("Coordination", "coordination.accueil", "coordination.accueil"),
    ("COPIL", "copil.accueil", "copil.accueil"),
    ("Finances", "finance.accueil", "finance.accueil"),
    ("Avis demandés", "avis.liste", "avis.liste"),
    ("Administration", "admin.accueil", "admin.accueil"),
)


@dataclass(frozen=True)
class Entree:
    libelle: str
    url: str
    actif: bool


def navigation(acteur: Acteur | None) -> list[Entree]:
    """Entries in reading order; no query."""
    vues = current_app.view_functions
    return [
        Entree(libelle, url_for(endpoint), request.blueprint == endpoint.partition(".")[0])
        for libelle, endpoint, acte in ENTREES
        if endpoint in vues and (acte is None or (acteur is not None and may(acteur, acte)))
    ]
