"""The address that the QR code of an act bears: each reader is led to her own page of it."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.code_acte import LONGUEUR
from aap.models import Avenant, Convention
from aap.permissions import may
from aap.routes.garde import acteur_courant, garde
from aap.routes.technique import bp


def _comparer(sha256: str | None, empreinte: str, mot: str) -> None:
    """The hash printed on the paper tells whether it bears the text in force."""
    if (sha256 or "")[:LONGUEUR] != empreinte:
        flash(
            f"Le papier que vous avez lu porte un ancien texte de {mot}\u00a0: il a été repris "
            "depuis. Imprimez-le de nouveau avant de le signer.",
            "attention",
        )


@bp.get("/actes/<int:convention_id>-<empreinte>")
@garde("convention.voir", Convention)
def acte(convention: Convention, empreinte: str) -> ResponseReturnValue:
    _comparer(convention.sha256, empreinte, "cet acte")
    agent = bool(may(acteur_courant(), "convention.voir_finance", convention))
    page = "finance.convention" if agent else "porteur.convention"
    return redirect(url_for(page, convention_id=convention.id), 303)


@bp.get("/avenants/<int:avenant_id>-<empreinte>")
@garde("avenant.voir", Avenant)
def avenant(avenant: Avenant, empreinte: str) -> ResponseReturnValue:
    _comparer(avenant.sha256, empreinte, "cet avenant")
    agent = bool(may(acteur_courant(), "avenant.voir_finance", avenant))
    page = "finance.avenant" if agent else "porteur.avenant"
    return redirect(url_for(page, avenant_id=avenant.id), 303)
