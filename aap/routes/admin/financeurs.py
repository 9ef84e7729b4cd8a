"""Funders of each contrat."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Introuvable, Invalide
from aap.extensions import db
from aap.models import Contrat, Financeur, TypeFinanceur
from aap.requetes.administration import contrats, elements_contrat, financeurs
from aap.routes.admin import bp
from aap.routes.compte.inscription import page_formulaire
from aap.routes.garde import acteur_courant, garde
from aap.services import financeur as service
from forms.administration import FormulaireFinanceur
from forms.champs import SelectChoice


def _contrat_voulu() -> Contrat | None:
    """The contrat of ``?contrat=``, the first one by default."""
    tous = contrats()
    voulu = request.args.get("contrat", "")
    return next((c for c in tous if str(c.id) == voulu), tous[0] if tous else None)


def _vers(contrat_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin.liste_financeurs", contrat=contrat_id), 303)


@bp.get("/financeurs")
@garde("admin.financeurs")
def liste_financeurs() -> ResponseReturnValue:
    contrat = _contrat_voulu()
    return render_template(
        "admin/financeurs.html",
        contrats=contrats(),
        choix_contrats=[(c.id, c.nom) for c in contrats()],
        contrat=contrat,
        financeurs=financeurs(contrat.id) if contrat is not None else [],
    )


def _preparer(contrat_id: int, financeur: Financeur | None = None) -> FormulaireFinanceur:
    form = FormulaireFinanceur(
        obj=financeur, commune=financeur.commune_id if financeur is not None else None
    )
    form.type.choices = [SelectChoice("", "Choisissez")] + [
        SelectChoice(t.value, t.libelle) for t in TypeFinanceur
    ]
    form.commune.choices = [SelectChoice("", "Aucune")] + [
        SelectChoice(c.id, c.nom) for c in elements_contrat(contrat_id).communes
    ]
    return form


def _donnees(form: FormulaireFinanceur) -> service.DonneesFinanceur:
    return service.DonneesFinanceur(
        nom=form.nom.data,
        type=TypeFinanceur(form.type.data),
        sigle=form.sigle.data,
        departement=form.departement.data or None,
        commune_id=form.commune.data,
        siret=form.siret.data,
        service=form.service.data,
        contact=form.contact.data,
        note=form.note.data,
    )


@bp.route("/financeurs/nouveau", methods=["GET", "POST"])
@garde("admin.financeurs")
def nouveau_financeur() -> ResponseReturnValue:
    contrat = _contrat_voulu()
    if contrat is None:
        raise Introuvable("Aucun contrat n’est encore chargé.", "Chargez d’abord un contrat.")
    form = _preparer(contrat.id)
    if form.validate_on_submit():
        try:
            service.creer_financeur(acteur_courant(), contrat, _donnees(form))
        except Invalide as erreur:
            db.session.rollback()
            form.reprendre(erreur.problemes)
        else:
            flash("Le financeur est ajouté.", "succes")
            return _vers(contrat.id)
    return page_formulaire("admin/financeur.html", form, contrat=contrat, financeur=None)


@bp.route("/financeurs/<int:financeur_id>/modifier", methods=["GET", "POST"])
@garde("admin.financeurs", Financeur)
def modifier_financeur(financeur: Financeur) -> ResponseReturnValue:
    form = _preparer(financeur.contrat_id, financeur)
    if form.validate_on_submit():
        try:
            service.modifier_financeur(acteur_courant(), financeur, _donnees(form))
        except Invalide as erreur:
            db.session.rollback()
            form.reprendre(erreur.problemes)
        else:
            flash("Le financeur est enregistré.", "succes")
            return _vers(financeur.contrat_id)
    return page_formulaire(
        "admin/financeur.html", form, contrat=financeur.contrat, financeur=financeur
    )


@bp.post("/financeurs/<int:financeur_id>/activation")
@garde("admin.financeurs", Financeur)
def activer_financeur(financeur: Financeur) -> ResponseReturnValue:
    actif = request.form.get("actif") == "1"
    service.activer_financeur(acteur_courant(), financeur, actif)
    flash("Financeur remis en service." if actif else "Financeur mis de côté.", "succes")
    return _vers(financeur.contrat_id)
