"""Signed papers that came back to the funder: recorded one by one."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment
from aap.models import Convention, PartieSignataire
from aap.routes.exemplaires import Lu, limites_exemplaire, lire_exemplaire, reprendre
from aap.routes.fichier_recu import deja_recu, garder_pour_la_suite
from aap.routes.finance import bp
from aap.routes.garde import acteur_courant, garde
from aap.services.copie_signee import Exemplaire, joindre_exemplaire, parties_possibles
from forms.exemplaire import FormulaireExemplaire

LIBELLES = {
    PartieSignataire.PORTEUR: "Le porteur seul",
    PartieSignataire.FINANCEUR: "Le financeur",
    PartieSignataire.DEUX: "Les deux parties",
}


def _form(acte: Convention) -> FormulaireExemplaire:
    parties = parties_possibles(acte)
    if not parties:
        raise PasLeMoment(
            "Cet acte n’attend pas de signature sur papier.",
            "Envoyez-le d’abord à la signature\u00a0: son texte doit être figé.",
        )
    form = FormulaireExemplaire()
    form.proposer([(p.value, LIBELLES[p]) for p in parties])
    if not form.is_submitted():
        form.version.data = str(acte.version)
        form.porteur_nom.data = acte.organisme.representant_nom
    return form


def _page(acte: Convention, form: FormulaireExemplaire, code: int = 200) -> ResponseReturnValue:
    parties = parties_possibles(acte)
    page = render_template(
        "finance/exemplaire.html",
        acte=acte,
        form=form,
        porteur=any(p.porteur for p in parties),
        financeur=any(p.financeur for p in parties),
        limites=limites_exemplaire(),
        deja=deja_recu(form),
        erreurs=form.problemes() if code != 200 else [],
    )
    return page, code


def _saisie(form: FormulaireExemplaire, lu: Lu) -> Exemplaire:
    return Exemplaire(
        lu.controle,
        PartieSignataire(form.partie.data),
        form.signee_le.data,
        porteur_nom=form.porteur_nom.data or "",
        financeur_nom=form.financeur_nom.data or "",
        codes=lu.codes,
    )


@bp.route("/conventions/<int:convention_id>/exemplaire", methods=["GET", "POST"])
@garde("convention.signer_financeur", Convention)
def joindre_exemplaire_signe(convention: Convention) -> ResponseReturnValue:
    """What came back by post: the signatures on it take effect at the day written there."""
    form = _form(convention)
    if not form.is_submitted():
        return _page(convention, form)
    if not form.validate():
        garder_pour_la_suite(form)
        return _page(convention, form, 422)
    lu = None
    try:
        lu = lire_exemplaire(form)
        joindre_exemplaire(
            acteur_courant(), convention, _saisie(form, lu), version=form.version_lue()
        )
    except (Conflit, Invalide) as refus:
        return _page(convention, form, reprendre(form, convention, refus, lu))
    lu.servi()
    flash(f"L’exemplaire signé est enregistré\u00a0: {convention.etat.libelle('agent')}.", "succes")
    return redirect(url_for("finance.convention", convention_id=convention.id), 303)
