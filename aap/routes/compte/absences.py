"""Absences: one's own, and for the coordination those of the people who examine."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.extensions import db
from aap.models import Absence, Utilisateur
from aap.requetes.absences import absences_de, instructeurs_des_contrats
from aap.requetes.campagnes import contrats_coordonnes
from aap.requetes.objet import objet
from aap.routes.compte import bp
from aap.routes.garde import acteur_courant, garde
from aap.services import passation as service
from forms.champs import SelectChoice
from forms.repartition import FormulaireAbsence


def _personnes() -> dict[int, Utilisateur]:
    """The reader first, then everybody whose absence she may declare."""
    acteur = acteur_courant()
    moi = objet(Utilisateur, acteur.utilisateur_id or 0)
    contrats = [c.id for c in contrats_coordonnes(acteur)]
    autres = instructeurs_des_contrats(contrats) if contrats else []
    return {u.id: u for u in ([moi] if moi else []) + [u for u in autres if u is not moi]}


@bp.route("/compte/absences", methods=["GET", "POST"])
@garde("absence.liste")
def absences() -> ResponseReturnValue:
    personnes = _personnes()
    contrats = {h.contrat_id for h in acteur_courant().habilitations if h.contrat_id}
    remplacants = {u.id: u for u in instructeurs_des_contrats(contrats)}
    form = FormulaireAbsence()
    form.utilisateur.choices = [SelectChoice(u.id, u.nom_complet) for u in personnes.values()]
    form.remplacant.choices = [
        SelectChoice("", "Personne"),
        *(SelectChoice(u.id, u.nom_complet) for u in remplacants.values()),
    ]
    if form.validate_on_submit():
        try:
            service.declarer_absence(
                acteur_courant(),
                personnes[form.utilisateur.data],
                form.du.data,
                form.au.data,
                remplacants.get(form.remplacant.data),
            )
        except (Invalide, PasLeMoment) as refus:
            db.session.rollback()
            form.reprendre(getattr(refus, "problemes", None) or [Probleme(refus.message)])
        else:
            flash("L’absence est déclarée.", "succes")
            return redirect(url_for("compte.absences"), 303)
    erreurs = form.problemes()
    rendu = render_template(
        "compte/absences.html", form=form, erreurs=erreurs, absences=absences_de(personnes)
    )
    return rendu, 422 if erreurs else 200


@bp.post("/compte/absences/<int:absence_id>/annuler")
@garde("absence.annuler", Absence)
def annuler_absence(absence: Absence) -> ResponseReturnValue:
    service.annuler_absence(acteur_courant(), absence)
    flash("L’absence est annulée.", "succes")
    return redirect(url_for("compte.absences"), 303)
