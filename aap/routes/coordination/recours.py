"""The appeals of the contrats that one coordinates: what is open, how long before silence."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from aap.domaine.horloge import aujourdhui
from aap.requetes.recours import recours_suivis
from aap.routes.coordination import bp
from aap.routes.garde import acteur_courant, garde


@bp.get("/recours")
@garde("recours.liste")
def recours() -> ResponseReturnValue:
    acteur = acteur_courant()
    return render_template(
        "coordination/recours.html",
        ouverts=recours_suivis(acteur),
        decides=recours_suivis(acteur, ouverts=False),
        jour=aujourdhui(),
    )
