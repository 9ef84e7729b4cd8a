"""Name, contact, logo and colours of the territory."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.requetes.territoire import valeurs_territoire
from aap.requetes.votes_attendus import delai_au, delais_vote
from aap.routes.admin import bp
from aap.routes.compte.inscription import page_formulaire
from aap.routes.garde import acteur_courant, garde
from aap.services import parametre as service
from forms.administration import FormulaireDelaiVote, FormulaireTerritoire


def _donnees(form: FormulaireTerritoire) -> service.DonneesTerritoire:
    fichier = form.logo.data
    octets = fichier.stream.read(service.LOGO_OCTETS_MAX + 1) if fichier else None
    return service.DonneesTerritoire(
        nom=form.nom.data,
        sigle=form.sigle.data,
        contact=form.contact.data,
        couleur_principale=form.couleur_principale.data,
        couleur_accent=form.couleur_accent.data,
        editeur=form.editeur.data,
        directeur=form.directeur.data,
        hebergeur=form.hebergeur.data,
        donnees=form.donnees.data,
        logo=octets,
        retirer_logo=form.retirer_logo.data,
    )


@bp.route("/territoire", methods=["GET", "POST"])
@garde("admin.parametres")
def territoire() -> ResponseReturnValue:
    actuel = valeurs_territoire()
    form = FormulaireTerritoire(data={**actuel, "logo": None})
    if form.validate_on_submit():
        try:
            service.fixer_territoire(acteur_courant(), _donnees(form))
        except Invalide as erreur:
            db.session.rollback()
            form.reprendre(erreur.problemes)
        else:
            flash("Les réglages du territoire sont enregistrés.", "succes")
            return redirect(url_for("admin.territoire"), 303)
    return page_formulaire("admin/territoire.html", form, actuel=actuel)


@bp.route("/delai-des-votes", methods=["GET", "POST"])
@garde("admin.parametres")
def delai_votes() -> ResponseReturnValue:
    """After how many days a line without vote is told (a dated setting)."""
    jour, versions = aujourdhui(), delais_vote()
    form = FormulaireDelaiVote(data={"jours": delai_au(versions, jour), "depuis": jour})
    if form.validate_on_submit():
        try:
            service.fixer_delai_vote(acteur_courant(), form.jours.data, form.depuis.data)
        except Invalide as erreur:
            db.session.rollback()
            form.reprendre(erreur.problemes)
        else:
            flash("Le délai des votes est enregistré.", "succes")
            return redirect(url_for("admin.delai_votes"), 303)
    return page_formulaire("admin/delai_votes.html", form, versions=versions)
