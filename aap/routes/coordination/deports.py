"""Conflicts of interest: declared, lifted."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Introuvable, Invalide
from aap.models import Deport
from aap.requetes.affectations import agents_du_contrat, deports_declares, organismes_du_contrat
from aap.requetes.campagnes import contrats_coordonnes
from aap.routes.coordination import bp
from aap.routes.coordination.commun import refuser
from aap.routes.garde import acteur_courant, garde
from aap.services import affectation as service
from forms.affectation import FormulaireDeport, FormulaireMotif
from forms.base import Formulaire
from forms.champs import SelectChoice


def _page(gabarit: str, form: Formulaire, **contexte: Any) -> ResponseReturnValue:
    erreurs = form.problemes()
    rendu = render_template(f"coordination/{gabarit}", form=form, erreurs=erreurs, **contexte)
    return rendu, 422 if erreurs else 200


@bp.route("/deports", methods=["GET", "POST"])
@garde("coordination.deports")
def deports() -> ResponseReturnValue:
    contrats = [c.id for c in contrats_coordonnes(acteur_courant())]
    personnes = {p.id: p for p in agents_du_contrat(contrats)}
    organismes = {o.id: o for o in organismes_du_contrat(contrats)}
    form = FormulaireDeport()
    form.utilisateur.choices = [SelectChoice("", "Choisissez")] + [
        SelectChoice(p.id, p.nom_complet) for p in personnes.values()
    ]
    form.organisme.choices = [
        SelectChoice("", "Choisissez"),
        *(SelectChoice(o.id, o.nom) for o in organismes.values()),
    ]
    if form.validate_on_submit():
        personne = personnes[form.utilisateur.data]
        try:
            service.declarer_deport(
                acteur_courant(), personne, organismes[form.organisme.data], form.motif.data
            )
        except Invalide as erreur:
            refuser(form, erreur)
        else:
            flash(f"{personne.nom_complet} ne voit plus les dossiers de cet organisme.", "succes")
            return redirect(url_for("coordination.deports"), 303)
    return _page("deports.html", form, deports=deports_declares(contrats))


@bp.route("/deports/<int:deport_id>/lever", methods=["GET", "POST"])
@garde("deport.lever", Deport)
def lever_deport(deport: Deport) -> ResponseReturnValue:
    contrats = [c.id for c in contrats_coordonnes(acteur_courant())]
    organisme = next((o for d, o in deports_declares(contrats) if d.id == deport.id), None)
    if organisme is None:
        raise Introuvable("Ce déport n’est pas de votre contrat.")
    form = FormulaireMotif()
    if form.validate_on_submit():
        try:
            service.lever_deport(acteur_courant(), deport, form.motif.data)
        except Invalide as erreur:
            refuser(form, erreur)
        else:
            flash("Le déport est levé.", "succes")
            return redirect(url_for("coordination.deports"), 303)
    return _page("deport_lever.html", form, deport=deport, organisme=organisme)
