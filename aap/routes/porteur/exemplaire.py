"""Signing on paper: the porteur sends the scan of the act instead of clicking."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Invalide
from aap.models import Avenant, Convention, PartieSignataire
from aap.routes.exemplaires import limites_exemplaire, lire_exemplaire, reprendre
from aap.routes.fichier_recu import deja_recu, garder_pour_la_suite
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services.copie_signee import ActeSigne, Exemplaire, attendre_porteur, signer_sur_papier
from forms.exemplaire import FormulaireExemplairePorteur


def _adresses(objet: ActeSigne) -> tuple[str, str]:
    """(page, PDF to print)."""
    if isinstance(objet, Avenant):
        return (
            url_for("porteur.avenant", avenant_id=objet.id),
            url_for("porteur.avenant_pdf", avenant_id=objet.id),
        )
    return (
        url_for("porteur.convention", convention_id=objet.id),
        url_for("porteur.convention_pdf", convention_id=objet.id),
    )


def _page(
    objet: ActeSigne, form: FormulaireExemplairePorteur, code: int = 200
) -> ResponseReturnValue:
    retour, document = _adresses(objet)
    page = render_template(
        "porteur/convention/papier.html",
        objet=objet,
        acte=objet.convention if isinstance(objet, Avenant) else objet,
        retour=retour,
        document=document,
        form=form,
        limites=limites_exemplaire(),
        deja=deja_recu(form),
        erreurs=form.problemes() if code != 200 else [],
    )
    return page, code


def _signer(objet: ActeSigne) -> ResponseReturnValue:
    """Print, sign, photograph or scan, send: the signature is dated as on the paper."""
    attendre_porteur(objet)
    form = FormulaireExemplairePorteur()
    if isinstance(objet, Avenant):
        form.nommer("l’avenant")
    if not form.is_submitted():
        form.version.data = str(objet.version)
        return _page(objet, form)
    if not form.validate():
        garder_pour_la_suite(form)
        return _page(objet, form, 422)
    lu = None
    try:
        lu = lire_exemplaire(form)
        signer_sur_papier(
            acteur_courant(),
            objet,
            Exemplaire(
                lu.controle,
                PartieSignataire.PORTEUR,
                form.signee_le.data,
                porteur_nom=form.porteur_nom.data or "",
                codes=lu.codes,
            ),
            version=form.version_lue(),
        )
    except (Conflit, Invalide) as refus:
        return _page(objet, form, reprendre(form, objet, refus, lu))
    lu.servi()
    flash("L’exemplaire signé est enregistré. Le financeur signe à son tour.", "succes")
    return redirect(_adresses(objet)[0], 303)


@bp.route("/conventions/<int:convention_id>/papier", methods=["GET", "POST"])
@garde("convention.signer_porteur", Convention)
def signer_sur_papier_convention(convention: Convention) -> ResponseReturnValue:
    return _signer(convention)


@bp.route("/avenants/<int:avenant_id>/papier", methods=["GET", "POST"])
@garde("avenant.signer_porteur", Avenant)
def signer_sur_papier_avenant(avenant: Avenant) -> ResponseReturnValue:
    return _signer(avenant)
