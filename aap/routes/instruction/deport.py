"""One's own conflict of interest, said from the dossier that revealed it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import Dossier
from aap.requetes.lecture_anonyme import nom_masque
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp
from aap.services.affectation import se_deporter as se_retirer
from forms.affectation import FormulaireMotif


@bp.route("/dossiers/<int:dossier_id>/deport", methods=["GET", "POST"])
@garde("dossier.examiner", Dossier)
def se_deporter(dossier: Dossier) -> ResponseReturnValue:
    """What it closes, then the motif; afterwards nothing of the organisme is shown again."""
    form = FormulaireMotif()
    if form.validate_on_submit():
        try:
            se_retirer(acteur_courant(), dossier, form.motif.data)
        except Invalide as refus:
            db.session.rollback()
            form.reprendre(refus.problemes)
        else:
            flash(
                "Votre déport est déclaré. Cet organisme ne vous est plus montré.",
                "succes",
            )
            return redirect(url_for("instruction.liste", tri="depot"), 303)
    page = render_template(
        "instruction/deport.html",
        dossier=dossier,
        form=form,
        erreurs=form.problemes(),
        anonyme=nom_masque(acteur_courant(), dossier),
    )
    return page, 422 if form.is_submitted() else 200
