"""The yearly request under a CPO in force."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide, PasLeMoment
from aap.extensions import db
from aap.models import Dossier
from aap.requetes import porteur as lire
from aap.requetes.tranches_porteur import tranches_possibles
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services.tranche_annuelle import commencer_tranche


@bp.get("/conventions-pluriannuelles")
@garde("porteur.accueil")
def tranches_annuelles() -> ResponseReturnValue:
    """CPO in force, and the request of the year for each."""
    organismes = [o.id for o in lire.organismes_de(acteur_courant())]
    return render_template(
        "porteur/dossier/tranches.html", possibles=tranches_possibles(organismes)
    )


@bp.post("/dossiers/<int:dossier_id>/tranche")
@garde("dossier.voir_porteur", Dossier)
def commencer_tranche_annuelle(dossier: Dossier) -> ResponseReturnValue:
    campagne = lire.campagne_par_id(request.form.get("campagne", type=int) or 0)
    if campagne is None:
        abort(404)
    try:
        neuf = commencer_tranche(acteur_courant(), dossier, campagne)
    except (Invalide, PasLeMoment) as erreur:
        db.session.rollback()
        flash(erreur.message, "erreur")
        return redirect(url_for("porteur.tranches_annuelles"), 303)
    flash("La demande de l’année est prête : relisez le budget, dites ce qui a été fait.", "succes")
    return redirect(url_for("porteur.dossier", dossier_id=neuf.id), 303)
