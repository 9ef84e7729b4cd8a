"""The porteur's space: her organismes, her dossiers, what is expected of her."""

from flask import Blueprint

bp = Blueprint("porteur", __name__, url_prefix="/porteur")

from aap.routes.porteur import (  # noqa: E402
    accueil,
    avenant,
    bilan,
    budget,
    budget_organisme,
    budget_tableur,
    convention,
    depot,
    dossier,
    envois,
    financeurs,
    indicateurs,
    membres,
    organisme,
    orientation,
    papiers,
    pieces,
    quartiers,
    questions,
    reponses,
    reprise,
    suivi,
)

__all__ = [
    "accueil",
    "avenant",
    "bilan",
    "bp",
    "budget",
    "budget_organisme",
    "budget_tableur",
    "convention",
    "depot",
    "dossier",
    "envois",
    "financeurs",
    "indicateurs",
    "membres",
    "organisme",
    "orientation",
    "papiers",
    "pieces",
    "quartiers",
    "questions",
    "reponses",
    "reprise",
    "suivi",
]
