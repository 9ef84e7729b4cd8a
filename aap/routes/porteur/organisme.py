"""Create an organisme or change its identity; ask to join one that exists."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import FormeJuridique, Organisme
from aap.requetes import porteur as lire
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services import organisme as service
from forms.organisme import CHAMPS_IDENTITE, FormulaireOrganisme, FormulaireRattachement

DIRECTS = (
    "nom",
    "sigle",
    "siret",
    "rna",
    "adresse",
    "code_postal",
    "ville",
    "courriel",
    "telephone",
    "representant_nom",
    "representant_fonction",
    "objet",
    "date_creation",
    "fin_exercice_mois",
    "budget_annuel",
    "tresorerie",
)
MONTANTS = ("budget_annuel", "tresorerie")
FORMES = [(f.value, f.libelle) for f in FormeJuridique]


def _formulaire(organisme: Organisme | None = None) -> FormulaireOrganisme:
    if organisme is None:
        return FormulaireOrganisme(formes=FORMES)
    connues = {n: organisme.identite.get(n) for n in CHAMPS_IDENTITE}
    directes = {n: getattr(organisme, n) or None for n in DIRECTS if n not in MONTANTS}
    montants = {n: getattr(organisme, n) for n in MONTANTS}
    valeurs = {**connues, **directes, **montants, "forme": organisme.forme.value}
    form = FormulaireOrganisme(data=valeurs, formes=FORMES)
    form.version.data = form.version.data or str(organisme.version)
    return form


def _donnees(form: FormulaireOrganisme) -> service.DonneesOrganisme:
    vides = {"siret", "rna", "date_creation", *MONTANTS}
    valeurs: dict[str, Any] = {
        n: form[n].data if n in vides else (form[n].data or "") for n in DIRECTS
    }
    return service.DonneesOrganisme(
        **valeurs, forme=FormeJuridique(form.forme.data), identite=form.identite()
    )


def _montrer(form: FormulaireOrganisme, organisme: Organisme | None, code: int = 200) -> Any:
    page = render_template(
        "porteur/organisme/formulaire.html",
        form=form,
        organisme=organisme,
        erreurs=form.problemes(),
    )
    return page, code


@bp.get("/organismes/nouveau")
@garde("organisme.creer")
def nouvel_organisme() -> ResponseReturnValue:
    return _montrer(_formulaire(), None)


@bp.post("/organismes/nouveau")
@garde("organisme.creer")
def creer_organisme() -> ResponseReturnValue:
    form = _formulaire()
    if not form.validate_on_submit():
        return _montrer(form, None, 422)
    try:
        organisme = service.creer_organisme(acteur_courant(), _donnees(form))
    except service.OrganismeExistant as existe:
        identifiant = existe.organisme.id
        db.session.rollback()
        return redirect(url_for("porteur.rejoindre", organisme_id=identifiant), 303)
    except Invalide as erreur:
        db.session.rollback()
        form.reprendre(erreur.problemes)
        return _montrer(form, None, 422)
    flash(f"« {organisme.nom} » est inscrit. Vous pouvez signer pour lui.", "succes")
    return redirect(url_for("porteur.organisme", organisme_id=organisme.id), 303)


@bp.get("/organismes/<int:organisme_id>")
@garde("organisme.voir_porteur", Organisme)
def organisme(organisme: Organisme) -> ResponseReturnValue:
    return render_template(
        "porteur/organisme/voir.html",
        organisme=organisme,
        engagement=service.engagement_en_vigueur(organisme),
        membres=lire.membres_de(organisme),
        pieces=lire.pieces_organisme(organisme.id),
    )


@bp.get("/organismes/<int:organisme_id>/modifier")
@garde("organisme.modifier", Organisme)
def modifier_organisme(organisme: Organisme) -> ResponseReturnValue:
    return _montrer(_formulaire(organisme), organisme)


@bp.post("/organismes/<int:organisme_id>/modifier")
@garde("organisme.modifier", Organisme)
def enregistrer_organisme(organisme: Organisme) -> ResponseReturnValue:
    form = _formulaire(organisme)
    if not form.validate_on_submit():
        return _montrer(form, organisme, 422)
    try:
        service.modifier_organisme(
            acteur_courant(), organisme, _donnees(form), version=form.version_lue()
        )
    except service.OrganismeExistant as existe:
        db.session.rollback()
        form.refuser("siret" if form.siret.data else "rna", existe.message)
        return _montrer(form, organisme, 422)
    except Invalide as erreur:
        db.session.rollback()
        form.reprendre(erreur.problemes)
        return _montrer(form, organisme, 422)
    flash("L’identité de l’organisme est enregistrée.", "succes")
    return redirect(url_for("porteur.organisme", organisme_id=organisme.id), 303)


@bp.get("/organismes/<int:organisme_id>/rejoindre")
@garde("organisme.rejoindre", Organisme)
def rejoindre(organisme: Organisme) -> ResponseReturnValue:
    return render_template(
        "porteur/organisme/rejoindre.html",
        organisme=organisme,
        form=FormulaireRattachement(),
        deja=lire.rattachement_en_cours(acteur_courant(), organisme),
    )


@bp.post("/organismes/<int:organisme_id>/rejoindre")
@garde("organisme.rejoindre", Organisme)
def demander_a_rejoindre(organisme: Organisme) -> ResponseReturnValue:
    form = FormulaireRattachement()
    if not form.validate_on_submit():
        page = render_template(
            "porteur/organisme/rejoindre.html",
            organisme=organisme,
            form=form,
            deja=False,
            erreurs=form.problemes(),
        )
        return page, 422
    service.demander_rattachement(acteur_courant(), organisme, form.message.data)
    flash("Votre demande est envoyée. Vous recevrez la réponse par courriel.", "succes")
    return redirect(url_for("porteur.accueil"), 303)
