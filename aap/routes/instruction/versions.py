"""The versions of a dossier as its instructors read them."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from aap.models import Dossier
from aap.requetes.versions import versions
from aap.routes.garde import garde
from aap.routes.instruction import bp


@bp.get("/dossiers/<int:dossier_id>/versions")
@garde("dossier.examiner", Dossier)
def versions_deposees(dossier: Dossier) -> ResponseReturnValue:
    """What was signed each time, and what changed from one deposit to the next."""
    return render_template("instruction/versions.html", dossier=dossier, versions=versions(dossier))
