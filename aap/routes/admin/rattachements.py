"""Requests to join that the members of an organisme leave without an answer."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment
from aap.extensions import db
from aap.models import DemandeRattachement, RoleMembre
from aap.requetes.rattachements import membres_actuels, rattachements_en_attente
from aap.routes.admin import bp
from aap.routes.garde import acteur_courant, garde
from aap.services.membre import rattacher_d_office
from forms.administration import FormulaireRattachement
from forms.champs import SelectChoice


@bp.get("/rattachements")
@garde("admin.rattachements")
def liste_rattachements() -> ResponseReturnValue:
    return render_template("admin/rattachements.html", demandes=rattachements_en_attente())


@bp.route("/rattachements/<int:demande_rattachement_id>", methods=["GET", "POST"])
@garde("admin.rattacher", DemandeRattachement)
def rattacher(demande_rattachement: DemandeRattachement) -> ResponseReturnValue:
    """Look at the request and at the members, then answer in their place, with what was checked."""
    form = FormulaireRattachement()
    form.role.choices = [SelectChoice(r.value, r.libelle) for r in RoleMembre]
    code = 200
    if form.is_submitted():
        code = 422
        if form.validate():
            try:
                rattacher_d_office(
                    acteur_courant(),
                    demande_rattachement,
                    RoleMembre(form.role.data),
                    form.motif.data,
                )
            except (Conflit, PasLeMoment) as erreur:
                db.session.rollback()
                flash(str(erreur), "erreur")
                return redirect(url_for("admin.liste_rattachements"), 303)
            except Invalide as erreur:
                db.session.rollback()
                form.reprendre(erreur.problemes)
            else:
                flash("La personne est rattachée. Les membres sont prévenus.", "succes")
                return redirect(url_for("admin.liste_rattachements"), 303)
    page = render_template(
        "admin/rattacher.html",
        demande=demande_rattachement,
        membres=membres_actuels(demande_rattachement.organisme),
        form=form,
        erreurs=form.problemes(),
    )
    return page, code
