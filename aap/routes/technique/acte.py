"""The address that the QR code of an act bears: each reader is led to her own page of it."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.code_acte import LONGUEUR
from aap.models import Convention
from aap.permissions import may
from aap.routes.garde import acteur_courant, garde
from aap.routes.technique import bp


@bp.get("/actes/<int:convention_id>-<empreinte>")
@garde("convention.voir", Convention)
def acte(convention: Convention, empreinte: str) -> ResponseReturnValue:
    """The hash printed on the paper tells whether it bears the text in force."""
    if (convention.sha256 or "")[:LONGUEUR] != empreinte:
        flash(
            "Le papier que vous avez lu porte un ancien texte de cet acte\u00a0: il a été repris "
            "depuis. Imprimez-le de nouveau avant de le signer.",
            "attention",
        )
    agent = bool(may(acteur_courant(), "convention.voir_finance", convention))
    page = "finance.convention" if agent else "porteur.convention"
    return redirect(url_for(page, convention_id=convention.id), 303)
