"""Alive and ready: for supervisors and load balancers."""

from __future__ import annotations

from flask import jsonify, redirect, url_for
from flask.typing import ResponseReturnValue

from aap.requetes.sante import etat_de_sante
from aap.routes.garde import publique
from aap.routes.technique import bp


@bp.get("/sante")
@publique
def sante() -> ResponseReturnValue:
    """200 when ready, 503 with what is missing otherwise."""
    etat = etat_de_sante()
    return jsonify(etat), 200 if etat["pret"] else 503


@bp.get("/sante/vivant")
@publique
def vivant() -> ResponseReturnValue:
    """200 as soon as the process answers; touches nothing."""
    return jsonify(vivant=True)


@bp.get("/favicon.ico")
@publique
def favicon() -> ResponseReturnValue:
    """What browsers ask for beside a file that names no icon."""
    return redirect(url_for("static", filename="img/marque.svg"), 301)
