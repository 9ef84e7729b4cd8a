"""Two people on one dossier see each other; who has read it, funder by funder."""

from __future__ import annotations

from flask import jsonify, render_template
from flask.typing import ResponseReturnValue

from aap.models import Dossier
from aap.permissions import may
from aap.requetes.consultations import lectures, presents
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp
from aap.services.consultation import signaler_presence


@bp.app_template_global()
def presence_permise(dossier: Dossier) -> bool:
    """Does this reader's open page show to the others?"""
    return bool(may(acteur_courant(), "dossier.signaler_presence", dossier))


@bp.post("/dossiers/<int:dossier_id>/presence")
@garde("dossier.signaler_presence", Dossier)
def presence(dossier: Dossier) -> ResponseReturnValue:
    """A sign from an open page; answers who else is there."""
    acteur = acteur_courant()
    signaler_presence(acteur, dossier)
    return jsonify(presents=presents(acteur, dossier))


@bp.get("/dossiers/<int:dossier_id>/lecteurs")
@garde("dossier.examiner", Dossier)
def lecteurs(dossier: Dossier) -> ResponseReturnValue:
    """Which funders have read the dossier, and which have not yet."""
    return render_template(
        "instruction/lecteurs.html",
        dossier=dossier,
        financeurs=lectures(dossier),
        presents=presents(acteur_courant(), dossier),
    )
