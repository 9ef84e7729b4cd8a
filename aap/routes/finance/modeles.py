"""Models of acts: list, page of a version, draft begun, in force, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.cpo import TypeActe
from aap.domaine.difference import comparer
from aap.domaine.horloge import aujourdhui
from aap.domaine.modele_acte import elements, ordre_change, problemes_modele
from aap.domaine.modele_base import texte_type
from aap.models import Financeur, ModeleActe, TypeConvention
from aap.permissions import may
from aap.requetes.modeles_actes import en_vigueur, situations, versions_de
from aap.requetes.traces import historique
from aap.routes.finance import bp
from aap.routes.finance.actes import REFUS, reprendre_refus
from aap.routes.garde import acteur_courant, garde
from aap.services import modele_acte as service
from forms.modele_acte import FormulaireEffet
from forms.vote import FormulaireMotifCourt


@bp.get("/modeles")
@garde("modele_acte.lister")
def modeles() -> ResponseReturnValue:
    acteur = acteur_courant()
    return render_template(
        "finance/modeles.html",
        situations=situations(acteur),
        gere=bool(may(acteur, "finance.accueil")),
    )


@bp.get("/modeles/texte-type/<any(arrete,annuelle,cpo):type_acte>")
@garde("modele_acte.lister")
def texte_type_acte(type_acte: str) -> ResponseReturnValue:
    """The standard text, that acts take where a funder has no model of its own."""
    return render_template(
        "finance/modele_type.html",
        type=TypeConvention(type_acte),
        articles=texte_type(TypeActe(type_acte)),
    )


@bp.post("/modeles/<int:financeur_id>/<any(arrete,annuelle,cpo):type_acte>/commencer")
@garde("modele_acte.commencer", Financeur)
def commencer_modele(financeur: Financeur, type_acte: str) -> ResponseReturnValue:
    modele = service.commencer_modele(acteur_courant(), financeur, TypeConvention(type_acte))
    flash("Le brouillon est prêt\u00a0: changez ses articles, puis mettez-le en vigueur.", "succes")
    return redirect(url_for("finance.modele", modele_acte_id=modele.id), 303)


@bp.get("/modeles/<int:modele_acte_id>")
@garde("modele_acte.voir", ModeleActe)
def modele(modele_acte: ModeleActe) -> ResponseReturnValue:
    acteur = acteur_courant()
    versions = versions_de(modele_acte.financeur_id, modele_acte.type)
    jour = max(modele_acte.effet_le or aujourdhui(), aujourdhui())
    return render_template(
        "finance/modele.html",
        modele=modele_acte,
        articles=modele_acte.texte,
        versions=versions,
        applique=en_vigueur(versions, aujourdhui()),
        brouillon=next((v for v in versions if v.modifiable), None),
        problemes=problemes_modele(modele_acte.texte, modele_acte.type_acte, jour)
        if modele_acte.modifiable
        else [],
        compare_avec=next(
            (v.numero for v in versions if v.effet_le and v.numero < modele_acte.numero), 0
        ),
        decide=bool(may(acteur, "modele_acte.mettre_en_vigueur", modele_acte)),
        traces=historique(modele_acte),
    )


@bp.get("/modeles/<int:modele_acte_id>/comparer")
@garde("modele_acte.voir", ModeleActe)
def comparer_modele(modele_acte: ModeleActe) -> ResponseReturnValue:
    """What this version changes to another one (``avec``: its number), or to the standard text."""
    versions = versions_de(modele_acte.financeur_id, modele_acte.type)
    avec = request.args.get("avec", "0")
    autre = next((v for v in versions if str(v.numero) == avec and v.id != modele_acte.id), None)
    if autre is None and avec != "0":
        abort(404)
    avant = autre.texte if autre else list(texte_type(modele_acte.type_acte))
    apres = modele_acte.texte
    return render_template(
        "finance/modele_comparer.html",
        modele=modele_acte,
        autre=autre,
        autres=[v for v in versions if v.id != modele_acte.id],
        changements=comparer(elements(avant), elements(apres)),
        deplaces=ordre_change(avant, apres),
    )


def _confirmer(
    modele_acte: ModeleActe, gabarit: str, form: Any, executer: Callable[[Any], None], fait: str
) -> ResponseReturnValue:
    """A page that asks, then does; a refusal stays on the page with what was typed."""
    code = 200
    if request.method == "GET":
        form.version.data = str(modele_acte.version)
    elif not form.validate():
        code = 422
    else:
        try:
            executer(form)
        except REFUS as refus:
            code = reprendre_refus(form, modele_acte, refus)
        else:
            flash(fait, "succes")
            return redirect(url_for("finance.modele", modele_acte_id=modele_acte.id), 303)
    page = render_template(
        gabarit,
        modele=modele_acte,
        form=form,
        retour=url_for("finance.modele", modele_acte_id=modele_acte.id),
        erreurs=form.problemes() if code != 200 else [],
    )
    return page, code


@bp.route("/modeles/<int:modele_acte_id>/mettre-en-vigueur", methods=["GET", "POST"])
@garde("modele_acte.mettre_en_vigueur", ModeleActe)
def mettre_modele_en_vigueur(modele_acte: ModeleActe) -> ResponseReturnValue:
    form = FormulaireEffet()
    if request.method == "GET":
        form.effet_le.data = aujourdhui()
    return _confirmer(
        modele_acte,
        "finance/modele_effet.html",
        form,
        lambda f: service.mettre_en_vigueur(
            acteur_courant(), modele_acte, f.effet_le.data, version=f.version_lue()
        ),
        "Le modèle est mis en vigueur. Son texte ne change plus.",
    )


@bp.route("/modeles/<int:modele_acte_id>/retirer", methods=["GET", "POST"])
@garde("modele_acte.voir", ModeleActe)
def retirer_modele(modele_acte: ModeleActe) -> ResponseReturnValue:
    """Give a draft up, or withdraw a version; the service asks the right of each."""
    if modele_acte.retire_le is not None:
        abort(404)
    faire = service.abandonner_brouillon if modele_acte.modifiable else service.retirer_modele
    return _confirmer(
        modele_acte,
        "finance/modele_retirer.html",
        FormulaireMotifCourt(),
        lambda f: faire(acteur_courant(), modele_acte, f.motif.data, version=f.version_lue()),
        "Le brouillon est abandonné." if modele_acte.modifiable else "La version est retirée.",
    )
