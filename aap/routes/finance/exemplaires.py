"""Signed papers that came back to the funder: recorded one by one."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment
from aap.models import Avenant, Convention, PartieSignataire
from aap.routes.exemplaires import Lu, limites_exemplaire, lire_exemplaire, reprendre
from aap.routes.fichier_recu import deja_recu, garder_pour_la_suite
from aap.routes.finance import bp
from aap.routes.garde import acteur_courant, garde
from aap.services.copie_signee import (
    ActeSigne,
    Exemplaire,
    joindre_exemplaire,
    parties_possibles,
)
from forms.exemplaire import FormulaireExemplaire

LIBELLES = {
    PartieSignataire.PORTEUR: "Le porteur seul",
    PartieSignataire.FINANCEUR: "Le financeur",
    PartieSignataire.DEUX: "Les deux parties",
}


def _acte_de(objet: ActeSigne) -> Convention:
    return objet.convention if isinstance(objet, Avenant) else objet


def _retour(objet: ActeSigne) -> str:
    if isinstance(objet, Avenant):
        return url_for("finance.avenant", avenant_id=objet.id)
    return url_for("finance.convention", convention_id=objet.id)


def _form(objet: ActeSigne) -> FormulaireExemplaire:
    parties = parties_possibles(objet)
    if not parties:
        mot = "Cet avenant" if isinstance(objet, Avenant) else "Cet acte"
        raise PasLeMoment(
            f"{mot} n’attend pas de signature sur papier.",
            "Envoyez-le d’abord à la signature\u00a0: son texte doit être figé.",
        )
    form = FormulaireExemplaire()
    form.proposer([(p.value, LIBELLES[p]) for p in parties])
    if isinstance(objet, Avenant):
        form.nommer("l’avenant")
    if not form.is_submitted():
        form.version.data = str(objet.version)
        form.porteur_nom.data = _acte_de(objet).organisme.representant_nom
    return form


def _page(objet: ActeSigne, form: FormulaireExemplaire, code: int = 200) -> ResponseReturnValue:
    parties = parties_possibles(objet)
    page = render_template(
        "finance/exemplaire.html",
        objet=objet,
        acte=_acte_de(objet),
        retour=_retour(objet),
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


def _joindre(objet: ActeSigne) -> ResponseReturnValue:
    """What came back by post: the signatures on it take effect at the day written there."""
    form = _form(objet)
    if not form.is_submitted():
        return _page(objet, form)
    if not form.validate():
        garder_pour_la_suite(form)
        return _page(objet, form, 422)
    lu = None
    try:
        lu = lire_exemplaire(form)
        joindre_exemplaire(acteur_courant(), objet, _saisie(form, lu), version=form.version_lue())
    except (Conflit, Invalide) as refus:
        return _page(objet, form, reprendre(form, objet, refus, lu))
    lu.servi()
    flash(f"L’exemplaire signé est enregistré\u00a0: {objet.etat.libelle('agent')}.", "succes")
    return redirect(_retour(objet), 303)


@bp.route("/conventions/<int:convention_id>/exemplaire", methods=["GET", "POST"])
@garde("convention.signer_financeur", Convention)
def joindre_exemplaire_signe(convention: Convention) -> ResponseReturnValue:
    return _joindre(convention)


@bp.route("/avenants/<int:avenant_id>/exemplaire", methods=["GET", "POST"])
@garde("avenant.signer_financeur", Avenant)
def joindre_avenant_signe(avenant: Avenant) -> ResponseReturnValue:
    return _joindre(avenant)
