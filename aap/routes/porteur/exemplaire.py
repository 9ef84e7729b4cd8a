"""Signing on paper: the porteur sends the scan of the act instead of clicking."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment
from aap.models import Convention, PartieSignataire
from aap.routes.exemplaires import limites_exemplaire, lire_exemplaire, reprendre
from aap.routes.fichier_recu import deja_recu, garder_pour_la_suite
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services.copie_signee import Exemplaire, signer_sur_papier
from forms.exemplaire import FormulaireExemplairePorteur
from workflows.convention import EtatConvention


def _page(
    acte: Convention, form: FormulaireExemplairePorteur, code: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "porteur/convention/papier.html",
        acte=acte,
        form=form,
        limites=limites_exemplaire(),
        deja=deja_recu(form),
        erreurs=form.problemes() if code != 200 else [],
    )
    return page, code


@bp.route("/conventions/<int:convention_id>/papier", methods=["GET", "POST"])
@garde("convention.signer_porteur", Convention)
def signer_sur_papier_convention(convention: Convention) -> ResponseReturnValue:
    """Print, sign, photograph or scan, send: the signature is dated as on the paper."""
    if convention.etat is not EtatConvention.SIGNATURE_PORTEUR:
        raise PasLeMoment(
            "Cet acte n’attend pas votre signature.", "Rechargez la page pour voir où il en est."
        )
    form = FormulaireExemplairePorteur()
    if not form.is_submitted():
        form.version.data = str(convention.version)
        return _page(convention, form)
    if not form.validate():
        garder_pour_la_suite(form)
        return _page(convention, form, 422)
    lu = None
    try:
        lu = lire_exemplaire(form)
        signer_sur_papier(
            acteur_courant(),
            convention,
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
        return _page(convention, form, reprendre(form, convention, refus, lu))
    lu.servi()
    flash("L’exemplaire signé est enregistré. Le financeur signe à son tour.", "succes")
    return redirect(url_for("porteur.convention", convention_id=convention.id), 303)
