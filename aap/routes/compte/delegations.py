"""Lending one's own right to a collegue, for a stated time."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import Habilitation, Utilisateur
from aap.requetes.administration import lignes_habilitations
from aap.requetes.comptes import collegues
from aap.routes.compte import bp
from aap.routes.compte.inscription import page_formulaire
from aap.routes.garde import acteur_courant, garde
from aap.services import habilitation as service
from forms.champs import SelectChoice
from forms.compte import FormulaireDelegation


@bp.route("/compte/droits/<int:habilitation_id>/deleguer", methods=["GET", "POST"])
@garde("compte.deleguer", Habilitation)
def deleguer(habilitation: Habilitation) -> ResponseReturnValue:
    """Choose who and until when."""
    form = FormulaireDelegation()
    personnes = collegues(habilitation)
    form.utilisateur.choices = [SelectChoice("", "Choisissez une personne")] + [
        SelectChoice(str(p.id), f"{p.nom_complet} ({p.courriel})") for p in personnes
    ]
    if form.validate_on_submit():
        collegue = db.session.get_one(Utilisateur, int(form.utilisateur.data))
        try:
            service.deleguer(acteur_courant(), habilitation, collegue, form.du.data, form.au.data)
        except Invalide as erreur:
            db.session.rollback()
            form.reprendre(erreur.problemes)
        else:
            flash(f"Votre droit est délégué à {collegue.nom_complet}.", "succes")
            return redirect(url_for("compte.profil"), 303)
    ligne = lignes_habilitations([habilitation])[0]
    return page_formulaire(
        "compte/deleguer.html", form, ligne=ligne, personne_possible=bool(personnes)
    )


@bp.post("/compte/delegations/<int:habilitation_id>/reprendre")
@garde("compte.retirer_delegation", Habilitation)
def reprendre(habilitation: Habilitation) -> ResponseReturnValue:
    service.retirer_delegation(acteur_courant(), habilitation)
    flash("La délégation est reprise.", "succes")
    return redirect(url_for("compte.profil"), 303)
