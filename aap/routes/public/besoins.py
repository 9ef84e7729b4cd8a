"""Needs of the quartiers compared, theme by theme: open to all, like the contract itself."""

from __future__ import annotations

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from aap.requetes.besoins_quartiers import PAR_BESOIN, besoins_du_contrat
from aap.requetes.explorateur import trouver_contrat
from aap.routes.garde import publique
from aap.routes.public import bp

VISES_MAX = 20


@bp.get("/contrats/<contrat_code>/besoins")
@publique
def besoins(contrat_code: str) -> ResponseReturnValue:
    """``theme``, ``tri``, ``sens``; ``quartier`` (several): those to point out."""
    contrat = trouver_contrat(contrat_code)
    if contrat is None:
        abort(404)
    tri = request.args.get("tri", PAR_BESOIN)
    sens = request.args.get("sens", "desc")
    page = besoins_du_contrat(
        contrat,
        request.args.get("theme", ""),
        tri=tri,
        decroissant=sens != "asc",
        vises=frozenset(request.args.getlist("quartier")[:VISES_MAX]),
    )
    if page is None:
        abort(404)
    return render_template(
        "public/explorateur/besoins.html", contrat=contrat, page=page, tri=tri, sens=sens
    )
