"""The committee's rooms: sessions, ranked list, decisions, minutes, publication."""

from flask import Blueprint

bp = Blueprint("copil", __name__, url_prefix="/copil")

from aap.routes.copil import (  # noqa: E402
    accueil,
    attente,
    decisions,
    dossiers,
    membres,
    montants,
    ordre,
    proces_verbal,
    publication,
    seances,
)

__all__ = [
    "accueil",
    "attente",
    "bp",
    "decisions",
    "dossiers",
    "membres",
    "montants",
    "ordre",
    "proces_verbal",
    "publication",
    "seances",
]
