"""Colours and logo of the territory, legal pages."""

from __future__ import annotations

from flask import Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue

from aap.requetes.territoire import valeurs_territoire
from aap.routes.garde import publique
from aap.routes.technique import bp
from aap.stockage import stockage

VARIABLES = {
    "couleur_principale": "--territoire-principale",
    "couleur_accent": "--territoire-accent",
}


def _en_cache(reponse: Response, regle: str) -> Response:
    reponse.headers["Cache-Control"] = regle
    reponse.add_etag()
    reponse.make_conditional(request)
    return reponse


@bp.get("/theme.css")
@publique
def theme() -> ResponseReturnValue:
    """The two colours of the territory, as custom properties (docs/decisions/0002)."""
    valeurs = valeurs_territoire()
    lignes = [f"  {nom}: {valeurs[cle]};" for cle, nom in VARIABLES.items() if valeurs[cle]]
    corps = "\n".join([":root {", *lignes, "}", ""])
    reponse = make_response(corps)
    reponse.mimetype = "text/css"
    return _en_cache(reponse, "no-cache")


@bp.get("/logo/<cle>.png")
@publique
def logo(cle: str) -> ResponseReturnValue:
    """The logo in use, and no other stored file. Its address changes when it does."""
    if not cle or cle != valeurs_territoire()["logo"]:
        abort(404)
    reponse = make_response(stockage().lire(cle))
    reponse.mimetype = "image/png"
    return _en_cache(reponse, "public, max-age=31536000, immutable")


@bp.get("/accessibilite")
@publique
def accessibilite() -> ResponseReturnValue:
    return render_template("technique/accessibilite.html")


@bp.get("/mentions-legales")
@publique
def mentions() -> ResponseReturnValue:
    return render_template("technique/mentions.html", valeurs=valeurs_territoire())
