"""The calibration round of a campaign: chosen, compared, closed by the coordination."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import Campagne
from aap.requetes.etalonnage import page_etalonnage
from aap.routes.copil import bp
from aap.routes.garde import acteur_courant, garde
from aap.services.etalonnage import clore_etalonnage, ouvrir_etalonnage
from forms.resultats import CloreEtalonnageForm, OuvrirEtalonnageForm
from forms.seance import entier_ou_rien

COCHES_MAX = 100


def _page(
    campagne: Campagne, form: OuvrirEtalonnageForm | CloreEtalonnageForm | None = None
) -> ResponseReturnValue:
    q = request.form.get("q", "").strip()[:200]
    page = page_etalonnage(acteur_courant(), campagne, q, _coches())
    defaut = OuvrirEtalonnageForm() if page.etalonnage is None else CloreEtalonnageForm()
    form = form or defaut
    cherche = request.form.get("action") == "chercher"
    rendu = render_template(
        "copil/resultats/etalonnage.html",
        campagne=campagne,
        page=page,
        form=form,
        coches=_coches(),
        q=q,
        erreurs=form.problemes(),
    )
    return rendu, 422 if form.is_submitted() and not cherche else 200


def _coches() -> set[int]:
    """The dossiers ticked on the page that was sent."""
    lus = (entier_ou_rien(x) for x in request.form.getlist("dossiers")[:COCHES_MAX])
    return {i for i in lus if i is not None}


def _vers(campagne: Campagne) -> ResponseReturnValue:
    return redirect(url_for("copil.etalonnage", campagne_id=campagne.id), 303)


@bp.get("/campagnes/<int:campagne_id>/etalonnage")
@garde("campagne.etalonner", Campagne)
def etalonnage(campagne: Campagne) -> ResponseReturnValue:
    return _page(campagne)


@bp.post("/campagnes/<int:campagne_id>/etalonnage")
@garde("campagne.etalonner", Campagne)
def commencer_etalonnage(campagne: Campagne) -> ResponseReturnValue:
    form = OuvrirEtalonnageForm()
    if request.form.get("action") == "chercher":
        return _page(campagne, form)
    try:
        ouvrir_etalonnage(acteur_courant(), campagne, sorted(_coches()))
    except Invalide as refus:
        db.session.rollback()
        form.reprendre(refus.problemes)
        return _page(campagne, form)
    flash("L’étalonnage est ouvert : chacun note d’abord ces dossiers.", "succes")
    return _vers(campagne)


@bp.post("/campagnes/<int:campagne_id>/etalonnage/clore")
@garde("campagne.etalonner", Campagne)
def terminer_etalonnage(campagne: Campagne) -> ResponseReturnValue:
    form = CloreEtalonnageForm()
    try:
        clore_etalonnage(acteur_courant(), campagne, form.compte_rendu.data or "")
    except Invalide as refus:
        db.session.rollback()
        form.reprendre(refus.problemes)
        return _page(campagne, form)
    flash("L’étalonnage est clos : tous les dossiers se notent.", "succes")
    return _vers(campagne)
