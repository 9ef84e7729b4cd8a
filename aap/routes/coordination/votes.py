"""Votes that the funders have not taken yet, for the coordination and the finances."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from aap.domaine.horloge import aujourdhui
from aap.models import RoleHabilitation
from aap.requetes.votes_attendus import delai_au, delais_vote, votes_attendus
from aap.routes.coordination import bp
from aap.routes.garde import acteur_courant, garde


@bp.get("/votes-attendus")
@garde("financement.suivre_votes")
def votes() -> ResponseReturnValue:
    return render_template(
        "coordination/votes.html",
        attendus=votes_attendus(acteur_courant()),
        coordination=acteur_courant().est(RoleHabilitation.COORDINATEUR),
        jours=delai_au(delais_vote(), aujourdhui()),
    )
