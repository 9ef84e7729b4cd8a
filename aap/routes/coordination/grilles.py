"""The grid of a campaign: choice, full reading, default grid, new version."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Introuvable
from aap.models import Campagne, Grille
from aap.requetes.campagnes import grilles_du_contrat, problemes_grille
from aap.requetes.grilles import noms_des_types
from aap.routes.coordination import bp
from aap.routes.coordination.commun import page
from aap.routes.garde import acteur_courant, garde
from aap.services import grille as service
from aap.services.campagne import choisir_grille
from forms.champs import SelectChoice
from forms.grille import FormulaireChoixGrille
from workflows.campagne import EtatCampagne


def _vers(campagne: Campagne) -> ResponseReturnValue:
    return redirect(url_for("coordination.grille", campagne_id=campagne.id), 303)


def _choix(campagne: Campagne) -> FormulaireChoixGrille:
    form = FormulaireChoixGrille(data={"grille": campagne.grille_id})
    form.grille.choices = [SelectChoice("", "Choisissez")] + [
        SelectChoice(g.id, f"{g.nom}, version {g.numero_version}{' (figée)' if g.figee_le else ''}")
        for g in grilles_du_contrat(campagne.contrat_id)
    ]
    return form


@bp.route("/campagnes/<int:campagne_id>/grille", methods=["GET", "POST"])
@garde("campagne.modifier", Campagne)
def grille(campagne: Campagne) -> ResponseReturnValue:
    """The grid in full, and the choice of another one while the campaign is prepared."""
    form = _choix(campagne)
    if form.validate_on_submit():
        choisie = _du_contrat(campagne, form.grille.data)
        choisir_grille(acteur_courant(), campagne, choisie)
        flash("La grille de la campagne est choisie.", "succes")
        return _vers(campagne)
    return page(
        "grille.html",
        campagne,
        form,
        problemes=problemes_grille(campagne.grille) if campagne.grille else [],
        modifiable=campagne.etat is EtatCampagne.PREPARATION,
        noms_des_types=noms_des_types,
    )


def _du_contrat(campagne: Campagne, ident: int | None) -> Grille:
    for g in grilles_du_contrat(campagne.contrat_id):
        if g.id == ident:
            return g
    raise Introuvable("Cette grille n’existe pas.")


def _de_la_campagne(campagne: Campagne) -> Grille:
    if campagne.grille is None:
        raise Introuvable("Cette campagne n’a pas encore de grille.", "Choisissez-en une.")
    return campagne.grille


def _deja(campagne: Campagne) -> bool:
    """Was the page sent already, or is it out of date? Nothing more is made, and it is said."""
    if request.form.get("version") in (None, str(campagne.version)):
        return False
    flash(
        "La campagne a changé depuis l’affichage de la page, peut-être par un premier clic\u00a0: "
        "aucune autre grille n’est créée. Voici celle qui est choisie.",
        "info",
    )
    return True


@bp.post("/campagnes/<int:campagne_id>/grille/defaut")
@garde("campagne.modifier", Campagne)
def grille_par_defaut(campagne: Campagne) -> ResponseReturnValue:
    if _deja(campagne):
        return _vers(campagne)
    neuve = service.creer_grille_par_defaut(acteur_courant(), campagne.contrat)
    choisir_grille(acteur_courant(), campagne, neuve)
    flash("La grille proposée est choisie : relisez-la.", "succes")
    return _vers(campagne)


@bp.post("/campagnes/<int:campagne_id>/grille/version")
@garde("campagne.modifier", Campagne)
def nouvelle_version(campagne: Campagne) -> ResponseReturnValue:
    """A copy that may be changed, chosen at once."""
    if _deja(campagne):
        return _vers(campagne)
    copie = service.nouvelle_version(acteur_courant(), _de_la_campagne(campagne))
    choisir_grille(acteur_courant(), campagne, copie)
    flash(f"La version {copie.numero_version} est créée et choisie.", "succes")
    return _vers(campagne)
