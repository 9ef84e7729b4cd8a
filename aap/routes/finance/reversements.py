"""Money to give back: ask with its computation, record, or give up with a reason."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.montants import en_euros, lire_montant
from aap.extensions import db
from aap.models import Bilan, Financement, Reversement
from aap.permissions import exiger
from aap.routes.finance import bp
from aap.routes.finance.actes import REFUS, reprendre_refus
from aap.routes.finance.documents import reponse_reversement
from aap.routes.garde import acteur_courant, garde
from aap.services import reversement as service
from forms.bilan import FormulaireEncaissement, FormulaireReversement
from forms.vote import FormulaireMotif


def _url(bilan: Bilan) -> str:
    return url_for("finance.bilan", bilan_id=bilan.id)


def _ecartees() -> int:
    try:
        return lire_montant(request.values.get("non_eligible", ""))
    except ValueError:
        return 0


@bp.route("/bilans/<int:bilan_id>/reversement/<int:financement_id>", methods=["GET", "POST"])
@garde("bilan.controler", Bilan)
def demander(bilan: Bilan, financement_id: int) -> ResponseReturnValue:
    """The sum is proposed by the computation, step by step; the officer may lower it."""
    financement = db.session.get(Financement, financement_id)
    if financement is None or financement.dossier_id != bilan.dossier_id:
        abort(404)
    acteur = acteur_courant()
    exiger(acteur, "financement.demander_reversement", financement)
    compte = service.decompte(bilan, financement, non_eligible=_ecartees())
    form, code = FormulaireReversement(), 422
    if not form.is_submitted():
        form.montant.data = compte.a_reverser or None
        form.version.data = str(bilan.version)
    elif form.validate():
        try:
            service.demander_reversement(
                acteur,
                bilan,
                financement,
                form.montant.data,
                form.motif.data or "",
                list(compte.etapes),
                version=form.version_lue(),
            )
        except REFUS as refus:
            code = reprendre_refus(form, bilan, refus)
        else:
            flash(f"Reversement de {en_euros(form.montant.data)} demandé.", "succes")
            return redirect(_url(bilan), 303)
    erreurs = form.problemes() if form.is_submitted() else []
    page = render_template(
        "finance/reversement.html",
        bilan=bilan,
        ligne=financement,
        decompte=compte,
        non_eligible=_ecartees(),
        form=form,
        erreurs=erreurs,
    )
    return page, code if erreurs else 200


@bp.route("/reversements/<int:reversement_id>/recu", methods=["GET", "POST"])
@garde("reversement.suivre", Reversement)
def recu(reversement: Reversement) -> ResponseReturnValue:
    """Record the money back."""
    form, code = FormulaireEncaissement(), 422
    if form.validate_on_submit():
        try:
            service.constater_reversement(
                acteur_courant(), reversement, form.recu_le.data, form.numero_titre.data or ""
            )
        except REFUS as refus:
            code = reprendre_refus(form, reversement, refus)
        else:
            flash(f"Reversement de {en_euros(reversement.montant)} encaissé.", "succes")
            return redirect(_url(reversement.bilan), 303)
    return _page("Constater le reversement", reversement, form, code)


@bp.route("/reversements/<int:reversement_id>/abandon", methods=["GET", "POST"])
@garde("reversement.suivre", Reversement)
def abandon(reversement: Reversement) -> ResponseReturnValue:
    """Give up the sum, after the porteur's observations for instance."""
    form, bilan, code = FormulaireMotif(), reversement.bilan, 422
    if form.validate_on_submit():
        try:
            service.abandonner_reversement(acteur_courant(), reversement, form.motif.data or "")
        except REFUS as refus:
            code = reprendre_refus(form, reversement, refus)
        else:
            flash("La demande de reversement est abandonnée.", "succes")
            return redirect(_url(bilan), 303)
    return _page("Abandonner le reversement", reversement, form, code)


@bp.get("/reversements/<int:reversement_id>/document.pdf")
@garde("reversement.suivre", Reversement)
def reversement_pdf(reversement: Reversement) -> ResponseReturnValue:
    """The decision sent to the porteur, with its computation and remedies."""
    return reponse_reversement(reversement)


def _page(
    titre: str,
    reversement: Reversement,
    form: FormulaireEncaissement | FormulaireMotif,
    code: int,
) -> ResponseReturnValue:
    erreurs = form.problemes() if form.is_submitted() else []
    page = render_template(
        "finance/reversement_suite.html",
        titre=titre,
        reversement=reversement,
        bilan=reversement.bilan,
        form=form,
        champs=[f for f in form if f.type not in ("HiddenField", "CSRFTokenField")],
        erreurs=erreurs,
    )
    return page, code if erreurs else 200
