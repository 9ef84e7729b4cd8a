"""The porteur reads an avenant with its effects, and signs it by click or asks for a correction."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import PasLeMoment
from aap.models import Avenant
from aap.requetes.avenants import apercu, charger
from aap.requetes.traces import historique
from aap.routes.finance.documents import reponse_avenant
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services import avenant as service
from aap.services.transition import boutons
from forms.convention import FormulaireSignature
from forms.vote import FormulaireMotif
from workflows.avenant import EtatAvenant


def _page(
    avenant: Avenant, form: FormulaireSignature, correction: FormulaireMotif, code: int
) -> ResponseReturnValue:
    offerts = {b.transition.declencheur: b for b in boutons(acteur_courant(), avenant)}
    for f in (form, correction):
        f.version.data = str(avenant.version)
    page = render_template(
        "porteur/convention/avenant.html",
        avenant=avenant,
        acte=charger(avenant.convention),
        vue=apercu(avenant),
        form=form,
        correction=correction,
        signer=offerts.get("signer_porteur"),
        renvoyer=offerts.get("renvoyer_en_projet"),
        a_signer=avenant.etat is EtatAvenant.SIGNATURE_PORTEUR,
        traces=historique(avenant, porteur=True),
        erreurs=[*form.problemes(), *correction.problemes()] if code == 422 else [],
    )
    return page, code


@bp.get("/avenants/<int:avenant_id>")
@garde("avenant.voir_porteur", Avenant)
def avenant(avenant: Avenant) -> ResponseReturnValue:
    return _page(avenant, FormulaireSignature(), FormulaireMotif(), 200)


@bp.get("/avenants/<int:avenant_id>/document.pdf")
@garde("avenant.voir_porteur", Avenant)
def avenant_pdf(avenant: Avenant) -> ResponseReturnValue:
    return reponse_avenant(avenant)


@bp.post("/avenants/<int:avenant_id>/signer")
@garde("avenant.signer_porteur", Avenant)
def signer_avenant(avenant: Avenant) -> ResponseReturnValue:
    """Sign: the box must be ticked, the text must be the one that was shown."""
    if avenant.etat is not EtatAvenant.SIGNATURE_PORTEUR:
        raise PasLeMoment(
            "Cet avenant n’attend pas votre signature.",
            "Rechargez la page pour voir où il en est.",
        )
    form = FormulaireSignature()
    if not form.validate():
        return _page(avenant, form, FormulaireMotif(formdata=None), 422)
    service.signer_porteur(acteur_courant(), avenant, version=form.version_lue())
    flash("L’avenant est signé. Le financeur signe à son tour.", "succes")
    return redirect(url_for("porteur.avenant", avenant_id=avenant.id), 303)


@bp.post("/avenants/<int:avenant_id>/correction")
@garde("avenant.renvoyer_en_projet", Avenant)
def renvoyer_avenant(avenant: Avenant) -> ResponseReturnValue:
    """Send it back to the funder with what is wrong."""
    form = FormulaireMotif()
    if not form.validate():
        return _page(avenant, FormulaireSignature(formdata=None), form, 422)
    service.renvoyer_en_projet(
        acteur_courant(), avenant, form.motif.data or "", version=form.version_lue()
    )
    flash("Votre demande de correction est transmise au financeur.", "succes")
    return redirect(url_for("porteur.convention", convention_id=avenant.convention_id), 303)
