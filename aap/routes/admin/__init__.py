"""Technical administration: people, rights, funders, territory, outbox, jobs."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/administration")

from aap.routes.admin import (  # noqa: E402
    accueil,
    envois,
    financeurs,
    habilitations,
    personnes,
    rattachements,
    territoire,
)

__all__ = [
    "accueil",
    "bp",
    "envois",
    "financeurs",
    "habilitations",
    "personnes",
    "rattachements",
    "territoire",
]
