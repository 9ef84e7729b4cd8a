"""Request for complements."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.domaine.horloge import aujourdhui
from aap.domaine.regles import valeur_regle
from aap.extensions import db
from aap.models import Dossier
from aap.permissions import exiger
from aap.requetes.renvois import renvois_possibles
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp
from aap.services.recevabilite import demander_complements
from forms.complements import ComplementsPrecisForm


def _page(dossier: Dossier, form: ComplementsPrecisForm, code: int = 200) -> ResponseReturnValue:
    if not form.version.data:
        form.version.data = str(dossier.version)
    form.proposer((r.code, r.libelle, r.groupe) for r in renvois_possibles(dossier))
    page = render_template(
        "instruction/complements.html", dossier=dossier, form=form, erreurs=form.problemes()
    )
    return page, code


@bp.get("/dossiers/<int:dossier_id>/complements")
@garde("dossier.demander_complements", Dossier)
def complements(dossier: Dossier) -> ResponseReturnValue:
    """The date offered is the delay of the campaign; it may be changed."""
    exiger(acteur_courant(), "dossier.examiner", dossier)  # the page shows it
    delai = timedelta(days=int(valeur_regle(dossier.campagne, "delai_complements")))
    return _page(dossier, ComplementsPrecisForm(data={"echeance": aujourdhui() + delai}))


@bp.post("/dossiers/<int:dossier_id>/complements")
@garde("dossier.demander_complements", Dossier)
def envoyer_complements(dossier: Dossier) -> ResponseReturnValue:
    exiger(acteur_courant(), "dossier.examiner", dossier)  # the page shows it
    form = ComplementsPrecisForm()
    if not form.validate_on_submit():
        return _page(dossier, form, 422)
    couples = form.couples()
    try:
        demander_complements(
            acteur_courant(),
            dossier,
            form.texte.data,
            [texte for texte, _ in couples],
            form.echeance.data,
            bloquante=bool(form.bloquante.data),
            renvois=[renvoi for _, renvoi in couples],
            version=form.version_lue(),
        )
    except Invalide as refus:
        db.session.rollback()
        form.reprendre(refus.problemes)
        return _page(dossier, form, 422)
    flash("La demande est envoyée au porteur.", "succes")
    return redirect(url_for("instruction.dossier", dossier_id=dossier.id), 303)
