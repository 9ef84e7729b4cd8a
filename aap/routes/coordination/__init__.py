"""The coordination's rooms: campaigns, enveloppes, grids, assignment, progress."""

from flask import Blueprint

bp = Blueprint("coordination", __name__, url_prefix="/coordination")

from aap.routes.coordination import (  # noqa: E402
    affectation,
    avancement,
    campagnes,
    deports,
    enveloppes,
    etapes,
    grilles,
    grilles_criteres,
    grilles_editeur,
    grilles_fichier,
    hors_delai,
    recours,
    reglages,
    repartition,
    resultats_actions,
    votes,
)
