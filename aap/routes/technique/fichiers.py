"""The one door of stored files: right checked on the object they belong to, never displayed."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response
from flask.typing import ResponseReturnValue

from aap.models import Fichier
from aap.routes.garde import garde
from aap.routes.technique import bp
from aap.stockage import stockage


@bp.get("/fichiers/<int:fichier_id>")
@garde("fichier.lire", Fichier)
def telecharger(fichier: Fichier) -> ResponseReturnValue:
    """Stream the bytes as an attachment, sandboxed: nothing inside can act on the house."""
    return Response(
        stockage().morceaux(fichier.cle),
        mimetype=fichier.type_mime,
        headers={
            "Content-Length": str(fichier.taille),
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(fichier.nom)}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )
