"""First page of the administration."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from aap.requetes.administration import tableau
from aap.requetes.rattachements import nombre_de_rattachements
from aap.routes.admin import bp
from aap.routes.garde import garde


def page_demandee() -> int:
    """``?page=`` as a positive number, 1 when it makes no sense."""
    texte = request.args.get("page", "")
    return int(texte) if texte.isascii() and texte.isdigit() and len(texte) < 7 else 1


@bp.get("/")
@garde("admin.accueil")
def accueil() -> ResponseReturnValue:
    return render_template(
        "admin/accueil.html", tableau=tableau(), rattachements=nombre_de_rattachements()
    )
