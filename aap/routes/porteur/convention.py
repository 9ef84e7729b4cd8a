"""The porteur reads the act that funds her action, and signs it by click."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import PasLeMoment
from aap.models import Convention, Financement, Reversement, Tranche
from aap.requetes.avenants import avenants_de, fin_action
from aap.requetes.traces import historique
from aap.routes.finance.documents import (
    reponse_acte,
    reponse_etat_versement,
    reponse_reversement,
)
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services import signature
from aap.services.convention import acte_vivant
from aap.services.renoncement import PROJETS, raison_pas_renoncable
from aap.services.renoncement import renoncer_aide as service_renoncer
from aap.services.transition import boutons
from forms.convention import FormulaireSignature
from forms.vote import FormulaireMotif
from workflows.convention import EtatConvention


def _page(
    acte: Convention, form: FormulaireSignature, correction: FormulaireMotif, code: int
) -> ResponseReturnValue:
    offerts = {b.transition.declencheur: b for b in boutons(acteur_courant(), acte)}
    for f in (form, correction):
        f.version.data = str(acte.version)
    page = render_template(
        "porteur/convention/voir.html",
        acte=acte,
        form=form,
        correction=correction,
        signer=offerts.get("signer_porteur"),
        renvoyer=offerts.get("renvoyer_en_projet"),
        a_signer=acte.etat is EtatConvention.SIGNATURE_PORTEUR,
        avenants=[a for a in avenants_de(acte) if a.sha256],
        fin=fin_action(acte),
        traces=historique(acte, porteur=True),
        erreurs=[*form.problemes(), *correction.problemes()] if code == 422 else [],
    )
    return page, code


@bp.get("/conventions/<int:convention_id>")
@garde("convention.voir_porteur", Convention)
def convention(convention: Convention) -> ResponseReturnValue:
    return _page(convention, FormulaireSignature(), FormulaireMotif(), 200)


@bp.get("/conventions/<int:convention_id>/document.pdf")
@garde("convention.voir_porteur", Convention)
def convention_pdf(convention: Convention) -> ResponseReturnValue:
    return reponse_acte(convention)


@bp.post("/conventions/<int:convention_id>/signer")
@garde("convention.signer_porteur", Convention)
def signer_convention(convention: Convention) -> ResponseReturnValue:
    """Sign: the box must be ticked, the text must be the one that was shown."""
    if convention.etat is not EtatConvention.SIGNATURE_PORTEUR:
        raise PasLeMoment(
            "Cet acte n’attend pas votre signature.", "Rechargez la page pour voir où il en est."
        )
    form = FormulaireSignature()
    if not form.validate():
        return _page(convention, form, FormulaireMotif(formdata=None), 422)
    signature.signer_porteur(acteur_courant(), convention, version=form.version_lue())
    flash("La convention est signée. Le financeur signe à son tour.", "succes")
    return redirect(url_for("porteur.convention", convention_id=convention.id), 303)


@bp.post("/conventions/<int:convention_id>/correction")
@garde("convention.renvoyer_en_projet", Convention)
def renvoyer_convention(convention: Convention) -> ResponseReturnValue:
    """Send it back to the funder with what is wrong."""
    form = FormulaireMotif()
    if not form.validate():
        return _page(convention, FormulaireSignature(formdata=None), form, 422)
    signature.renvoyer_en_projet(
        acteur_courant(), convention, form.motif.data or "", version=form.version_lue()
    )
    flash("Votre demande de correction est transmise au financeur.", "succes")
    return redirect(url_for("porteur.dossier", dossier_id=convention.dossier_id), 303)


@bp.get("/tranches/<int:tranche_id>/etat-versements.pdf")
@garde("tranche.voir_porteur", Tranche)
def etat_versements(tranche: Tranche) -> ResponseReturnValue:
    """What was paid and what is awaited for one exercice."""
    return reponse_etat_versement(tranche, "porteur")


@bp.get("/reversements/<int:reversement_id>/document.pdf")
@garde("reversement.voir_porteur", Reversement)
def reversement_pdf(reversement: Reversement) -> ResponseReturnValue:
    """The decision that asks money back, with its computation and remedies."""
    return reponse_reversement(reversement)


@bp.route("/aides/<int:financement_id>/renoncer", methods=["GET", "POST"])
@garde("financement.renoncer_porteur", Financement)
def renoncer_aide(financement: Financement) -> ResponseReturnValue:
    """The signatory gives one aid up, with a reason, after reading what it brings about."""
    acteur = acteur_courant()
    if raison := raison_pas_renoncable(acteur, financement):
        raise PasLeMoment(raison, "Écrivez au financeur depuis la page du dossier.")
    retour = url_for("porteur.dossier", dossier_id=financement.dossier_id)
    form = FormulaireMotif()
    if form.validate_on_submit():
        reste = service_renoncer(
            acteur, financement, form.motif.data or "", version=form.version_lue()
        )
        suite = " Il mettra fin à l’acte signé." if reste is not None else ""
        flash(f"Vous avez renoncé à cette aide. Le financeur est prévenu.{suite}", "succes")
        return redirect(retour, 303)
    if not form.is_submitted():
        form.version.data = str(financement.version)
    erreurs = form.problemes() if form.is_submitted() else []
    page = render_template(
        "porteur/convention/renoncer.html",
        ligne=financement,
        acte=acte_vivant(financement),
        projets=PROJETS,
        form=form,
        retour=retour,
        erreurs=erreurs,
    )
    return page, 422 if erreurs else 200
