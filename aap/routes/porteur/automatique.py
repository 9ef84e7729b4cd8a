"""Saves sent by the page itself while somebody writes: they are answered in JSON, not by a page."""

from __future__ import annotations

from typing import Any

from flask import Response, g, jsonify, request
from flask import session as cookie

from aap.domaine.horloge import maintenant
from aap.filtres import heure
from aap.routes.porteur import bp

ENTETE = "X-Enregistrement"


def automatique() -> bool:
    """Is this request a save made while writing (aap/static/js/brouillon/page.js)?"""
    return request.method == "POST" and ENTETE in request.headers


def marquer(**marques: Any) -> None:
    """Hidden fields of the page that must change after this save (``empreinte``, ``version``)."""
    g.marques = {nom: str(valeur) for nom, valeur in marques.items()}


@bp.after_request
def _repondre(reponse: Response) -> Response:
    """A save that ends by sending to another page is told as « saved » with the new marks."""
    if not automatique() or reponse.status_code != 303:
        return reponse
    if reponse.location.startswith("/connexion"):
        return reponse
    cookie.pop("_flashes", None)
    return jsonify(message=f"Enregistré à {heure(maintenant())}", marques=g.get("marques", {}))
