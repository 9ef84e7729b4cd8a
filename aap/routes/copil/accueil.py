"""The list of sessions, and the card of one."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.domaine.texte import accorder
from aap.extensions import db
from aap.models import Campagne, Seance
from aap.requetes.copil import accueil_copil
from aap.routes.copil import bp
from aap.routes.garde import acteur_courant, garde
from aap.services import seance as service
from forms.base import Formulaire
from forms.seance import SeanceForm


def page_formulaire(gabarit: str, form: Formulaire, **valeurs: object) -> ResponseReturnValue:
    """A form, with 422 when it comes back with its faults."""
    page = render_template(gabarit, form=form, erreurs=form.problemes(), **valeurs)
    return page, 422 if form.is_submitted() else 200


def vers_seance(seance: Seance) -> ResponseReturnValue:
    return redirect(url_for("copil.seance", seance_id=seance.id), 303)


@bp.get("/")
@garde("copil.accueil")
def accueil() -> ResponseReturnValue:
    return render_template("copil/accueil.html", groupes=accueil_copil(acteur_courant()))


def _donnees(form: SeanceForm) -> service.DonneesSeance:
    return service.DonneesSeance(
        titre=form.titre.data,
        prevue_le=form.prevue_le.data,
        lieu=form.lieu.data or "",
        quorum=form.quorum.data,
    )


@bp.route("/campagnes/<int:campagne_id>/seances/nouvelle", methods=["GET", "POST"])
@garde("campagne.tenir_seance", Campagne)
def nouvelle_seance(campagne: Campagne) -> ResponseReturnValue:
    form = SeanceForm()
    if form.validate_on_submit():
        try:
            seance = service.creer_seance(acteur_courant(), campagne, _donnees(form))
        except Invalide as erreur:
            db.session.rollback()
            form.reprendre(erreur.problemes)
        else:
            flash(
                "La séance est créée. Convoquez ses membres, puis fixez l’ordre du jour.", "succes"
            )
            return redirect(url_for("copil.membres", seance_id=seance.id), 303)
    return page_formulaire("copil/seance_form.html", form, campagne=campagne, seance=None)


@bp.route("/seances/<int:seance_id>/modifier", methods=["GET", "POST"])
@garde("seance.preparer", Seance)
def modifier_seance(seance: Seance) -> ResponseReturnValue:
    form = SeanceForm(obj=seance)
    if form.validate_on_submit():
        try:
            prevenus = service.modifier_seance(
                acteur_courant(), seance, _donnees(form), version=form.version_lue()
            )
        except Invalide as erreur:
            db.session.rollback()
            form.reprendre(erreur.problemes)
        else:
            suite = ""
            if prevenus:
                suite = f" {accorder(prevenus, 'membre prévenu', 'membres prévenus')} par courriel."
            flash(f"La séance est enregistrée.{suite}", "succes")
            return vers_seance(seance)
    return page_formulaire("copil/seance_form.html", form, campagne=seance.campagne, seance=seance)
