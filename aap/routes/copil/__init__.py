"""The committee's rooms: sessions, ranked list, decisions, minutes, publication."""

from flask import Blueprint

bp = Blueprint("copil", __name__, url_prefix="/copil")

from aap.routes.copil import (  # noqa: E402
    accueil,
    attente,
    consensus,
    courriels,
    decisions,
    dossiers,
    etalonnage,
    membres,
    montants,
    ordre,
    proces_verbal,
    propositions,
    publication,
    resultats,
    scenarios,
    scrutins,
    seances,
    tableau,
    tableur,
)

__all__ = [
    "accueil",
    "attente",
    "bp",
    "consensus",
    "courriels",
    "decisions",
    "dossiers",
    "etalonnage",
    "membres",
    "montants",
    "ordre",
    "proces_verbal",
    "propositions",
    "publication",
    "resultats",
    "scenarios",
    "scrutins",
    "seances",
    "tableau",
    "tableur",
]
