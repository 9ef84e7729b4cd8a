"""The instructors' rooms: list, dossier, admissibility, scores, opinions."""

from flask import Blueprint

bp = Blueprint("instruction", __name__, url_prefix="/instruction")

from aap.routes.instruction import (  # noqa: E402
    avis,
    budget_revise,
    complements,
    cotech,
    deport,
    dossier,
    evaluation,
    invitation,
    lecture,
    lettres,
    liste,
    lots,
    presence,
    recevabilite,
    recours,
    reperes,
    reprise,
    selection,
    versions,
)
