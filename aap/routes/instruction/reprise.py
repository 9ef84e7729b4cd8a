"""The work that comes with a dossier passed on, or with an absence."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from aap.models import Dossier
from aap.requetes.absences import travaux_transmis
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp


@bp.get("/dossiers/<int:dossier_id>/travail-transmis")
@garde("dossier.examiner", Dossier)
def travail_transmis(dossier: Dossier) -> ResponseReturnValue:
    """Drafts of the person who had the dossier before the reader, or whom she stands in for."""
    return render_template(
        "instruction/travail_transmis.html",
        dossier=dossier,
        travaux=travaux_transmis(acteur_courant(), dossier),
    )
