"""The one door of stored files: right checked on the object they belong to, never displayed."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from flask import Response
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Introuvable
from aap.models import Fichier
from aap.routes.garde import garde
from aap.routes.technique import bp
from aap.stockage import stockage

BAC_A_SABLE = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


def _repondre(morceaux: Iterator[bytes], type_mime: str, **entetes: str) -> Response:
    return Response(morceaux, mimetype=type_mime, headers={**BAC_A_SABLE, **entetes})


@bp.get("/fichiers/<int:fichier_id>")
@garde("fichier.lire", Fichier)
def telecharger(fichier: Fichier) -> ResponseReturnValue:
    """Stream the bytes as an attachment, sandboxed: nothing inside can act on the house."""
    reponse = _repondre(stockage().morceaux(fichier.cle), fichier.type_mime)
    reponse.headers["Content-Length"] = str(fichier.taille)
    reponse.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(fichier.nom)}"
    return reponse


@bp.get("/fichiers/<int:fichier_id>/vignette")
@garde("fichier.lire", Fichier)
def vignette(fichier: Fichier) -> ResponseReturnValue:
    """The small picture that the house drew; kept a day by the reader's browser alone."""
    if fichier.vignette_cle is None:
        raise Introuvable("Ce document n’a pas d’aperçu.")
    reponse = _repondre(stockage().morceaux(fichier.vignette_cle), "image/jpeg")
    reponse.headers["Content-Disposition"] = "inline"
    reponse.headers["Cache-Control"] = "private, max-age=86400"
    return reponse
