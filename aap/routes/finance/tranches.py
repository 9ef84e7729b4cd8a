"""The years of a CPO: firm up, give up, plan one more payment."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Probleme
from aap.domaine.montants import en_euros
from aap.models import Tranche, TypeVersement
from aap.requetes.finance import affermissables
from aap.routes.finance import bp
from aap.routes.finance.actes import REFUS, Acte, motive, page_acte, reprendre_refus
from aap.routes.finance.documents import reponse_etat_versement
from aap.routes.garde import acteur_courant, garde
from aap.services import tranche as service
from forms.versement import FormulairePlanification
from forms.vote import FormulaireSimple

ACTES: dict[str, Acte] = {"abandonner": motive(service.abandonner_tranche)}


def _url(tranche: Tranche) -> str:
    return url_for("finance.convention", convention_id=tranche.convention_id)


@bp.route("/tranches/<int:tranche_id>/affermir", methods=["GET", "POST"])
@garde("tranche.affermir", Tranche)
def affermir(tranche: Tranche) -> ResponseReturnValue:
    """Choose the voted line of the year; everything that prevents it is said."""
    form = FormulaireSimple()
    candidates = affermissables(tranche)
    erreurs: list[Probleme] = []
    if form.is_submitted():
        choisie = next(
            (f for f in candidates if str(f.id) == request.form.get("financement")), None
        )
        if form.validate() and choisie is not None:
            service.affermir_tranche(acteur_courant(), tranche, choisie, version=form.version_lue())
            flash(f"La tranche {tranche.exercice} est ferme.", "succes")
            return redirect(_url(tranche), 303)
        erreurs = [Probleme("Choisissez l’aide votée pour cet exercice.", "financement")]
    else:
        form.version.data = str(tranche.version)
    page = render_template(
        "finance/affermir.html",
        tranche=tranche,
        acte=tranche.convention,
        form=form,
        candidates=candidates,
        erreurs=erreurs,
    )
    return page, 422 if erreurs else 200


@bp.route("/tranches/<int:tranche_id>/abandonner", methods=["GET", "POST"])
@garde("tranche.abandonner", Tranche)
def abandonner_tranche(tranche: Tranche) -> ResponseReturnValue:
    fil = [(f"Acte {tranche.convention.numero}", _url(tranche))]
    return page_acte(tranche, "abandonner", ACTES, _url(tranche), fil)


@bp.route("/tranches/<int:tranche_id>/versement", methods=["GET", "POST"])
@garde("tranche.planifier", Tranche)
def planifier(tranche: Tranche) -> ResponseReturnValue:
    """One more payment, within what the tranche still allows."""
    form, code = FormulairePlanification(), 422
    if not form.is_submitted():
        form.version.data = str(tranche.version)
    elif form.validate():
        try:
            service.ajouter_versement(
                acteur_courant(),
                tranche,
                TypeVersement(form.type.data),
                form.montant.data,
                form.prevu_le.data,
                version=form.version_lue(),
            )
        except REFUS as refus:
            code = reprendre_refus(form, tranche, refus)
        else:
            flash(f"Versement de {en_euros(form.montant.data)} planifié.", "succes")
            return redirect(_url(tranche), 303)
    erreurs = form.problemes() if form.is_submitted() else []
    page = render_template(
        "finance/planifier.html",
        tranche=tranche,
        acte=tranche.convention,
        reste=service.reste_a_planifier(tranche),
        form=form,
        erreurs=erreurs,
    )
    return page, code if erreurs else 200


@bp.get("/tranches/<int:tranche_id>/etat-versements.pdf")
@garde("tranche.voir_finance", Tranche)
def etat_versements(tranche: Tranche) -> ResponseReturnValue:
    """The paper that goes with the payment."""
    return reponse_etat_versement(tranche)
