"""What the actions of every call did: people and indicators of the bilans, added up."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from aap.requetes.campagnes import contrats_coordonnes
from aap.requetes.resultats_actions import SANS_DOUBLE, VUES, resultats_actions
from aap.routes.coordination import bp
from aap.routes.garde import acteur_courant, garde


@bp.get("/resultats")
@garde("coordination.accueil")
def resultats_des_actions() -> ResponseReturnValue:
    """``vue``: how the sums are grouped; ``exercice``: one year. Anything else is ignored."""
    vue = request.args.get("vue", "")
    vue = vue if vue in VUES else "quartier"
    brut = request.args.get("exercice", "")
    exercice = int(brut) if brut.isascii() and brut.isdigit() and len(brut) == 4 else None
    contrats = [c.id for c in contrats_coordonnes(acteur_courant())]
    return render_template(
        "coordination/resultats_actions.html",
        resultats=resultats_actions(contrats, vue, exercice),
        vue=vue,
        vues=VUES,
        exercice=exercice,
        sans_double=vue in SANS_DOUBLE,
    )
