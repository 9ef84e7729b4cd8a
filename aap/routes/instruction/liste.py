"""The dossiers that the reader may instruct or follow."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from aap.requetes.instruction import lire_filtres, liste
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp


@bp.get("/", endpoint="liste")
@garde("instruction.liste")
def voir_liste() -> ResponseReturnValue:
    """Filters, sort and page are in the address: it can be kept and sent."""
    page = liste(acteur_courant(), lire_filtres(request.args))
    return render_template("instruction/liste.html", page=page, f=page.filtres)
