"""Finance home: what waits for me."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from aap.models import Avenant, Bilan, Convention, Financement, Versement
from aap.requetes.finance_accueil import File
from aap.requetes.finance_accueil import accueil as lire_accueil
from aap.requetes.votes_attendus import votes_attendus
from aap.routes.finance import bp
from aap.routes.garde import acteur_courant, garde


def lien_objet(objet: object) -> str:
    """Page of one thing to do."""
    if isinstance(objet, Financement):
        return url_for("finance.ligne", financement_id=objet.id)
    if isinstance(objet, Convention):
        return url_for("finance.convention", convention_id=objet.id)
    if isinstance(objet, Avenant):
        return url_for("finance.avenant", avenant_id=objet.id)
    if isinstance(objet, Versement):
        return url_for("finance.versement", versement_id=objet.id)
    assert isinstance(objet, Bilan)
    return url_for("finance.bilan", bilan_id=objet.id)


def lien_file(file: File) -> str | None:
    """The whole list behind a heap, when it has one."""
    genre, _, etat = file.code.partition("_")
    if file.code == "votes":
        return url_for("finance.votes")
    if file.code == "notifications":
        return url_for("finance.notifications")
    if file.code == "actes_a_preparer":
        return url_for("finance.a_preparer")
    if genre in ("avenants", "renoncements", "soldes"):
        return None
    listes = {"actes": "conventions", "versements": "versements", "bilans": "bilans"}
    return url_for(f"finance.{listes[genre]}", etat=etat)


@bp.get("/")
@garde("finance.accueil")
def accueil() -> ResponseReturnValue:
    return render_template(
        "finance/accueil.html",
        vue=lire_accueil(acteur_courant()),
        votes_tardifs=len(votes_attendus(acteur_courant())),
        lien_objet=lien_objet,
        lien_file=lien_file,
    )
