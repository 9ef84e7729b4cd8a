"""Avenants: write, see every effect, send, sign for the funder, document."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import PasLeMoment
from aap.models import Avenant, Convention, Tranche, TypeConvention
from aap.permissions import may
from aap.requetes.avenants import OUVERTES, apercu, charger, fin_action
from aap.requetes.traces import historique
from aap.routes.finance import bp
from aap.routes.finance.actes import (
    REFUS,
    Acte,
    actions,
    motive,
    page_acte,
    reprendre_refus,
    simple,
)
from aap.routes.finance.documents import reponse_avenant
from aap.routes.garde import acteur_courant, garde
from aap.services import avenant as service
from aap.services.copie_signee import parties_possibles
from aap.services.vote import TYPES_ACTE
from forms.avenant import FormulaireAvenant
from forms.convention import FormulaireSignatureFinanceur
from workflows.avenant import EtatAvenant

ACTES: dict[str, Acte] = {
    "envoyer_a_la_signature": simple(service.envoyer_a_la_signature, principal=True),
    "signer_financeur": Acte(
        lambda a, o, _f, v: service.signer_financeur(a, o, version=v),
        FormulaireSignatureFinanceur,
        principal=True,
    ),
    "renvoyer_en_projet": motive(service.renvoyer_en_projet),
    "abandonner": motive(service.abandonner),
}


def ouvertes(convention: Convention) -> list[Tranche]:
    """The exercices that an avenant may still change."""
    return [t for t in convention.tranches if t.etat in OUVERTES]


def exercice_ajoutable(convention: Convention) -> int | None:
    """The year that a CPO may gain, None at four years or for another act."""
    if convention.type is not TypeConvention.CPO:
        return None
    suivant = convention.dernier_exercice + 1
    return suivant if suivant - convention.exercice < 4 else None


def _saisie(form: FormulaireAvenant, convention: Convention) -> service.SaisieAvenant:
    changements = [
        service.ChangementTranche(e.form.annee(), e.form.montant.data, e.form.objectifs.data or "")
        for e in form.tranches.entries
    ]
    annee = exercice_ajoutable(convention)
    if annee is not None and form.nouveau_montant.data is not None:
        changements.append(
            service.ChangementTranche(
                annee, form.nouveau_montant.data, form.nouveaux_objectifs.data or ""
            )
        )
    return service.SaisieAvenant(
        form.objet.data or "",
        tuple(changements),
        form.fin.data,
        form.acte_type.data or "",
        form.acte_numero.data or "",
        form.acte_date.data,
    )


def _form(convention: Convention, version: int, avenant: Avenant | None) -> FormulaireAvenant:
    """The form as sent, or filled with the convention and what the draft already changes."""
    form = FormulaireAvenant()
    if form.is_submitted():
        return form
    form.version.data = str(version)
    effets = {int(e["exercice"]): e for e in avenant.effets} if avenant else {}
    for t in ouvertes(convention):
        e = effets.pop(t.exercice, {})
        form.tranches.append_entry(
            {
                "exercice": str(t.exercice),
                "montant": e.get("apres", t.montant),
                "objectifs": e.get("objectifs", t.objectifs),
            }
        )
    for e in effets.values():
        form.nouveau_montant.data = e["apres"]
        form.nouveaux_objectifs.data = e.get("objectifs", "")
    if avenant is not None:
        form.objet.data, form.fin.data = avenant.objet, avenant.fin
        form.acte_type.data, form.acte_numero.data = avenant.acte_type, avenant.acte_numero
        form.acte_date.data = avenant.acte_date
    return form


def _page_saisie(
    convention: Convention,
    form: FormulaireAvenant,
    avenant: Avenant | None,
    retour: str,
    code: int,
) -> ResponseReturnValue:
    erreurs = form.problemes() if form.is_submitted() else []
    page = render_template(
        "finance/avenant_saisie.html",
        acte=convention,
        avenant=avenant,
        form=form,
        ouvertes={str(t.exercice): t for t in ouvertes(convention)},
        ajoutable=exercice_ajoutable(convention),
        fin=fin_action(convention),
        annuelle=convention.type is TypeConvention.ANNUELLE,
        retour=retour,
        erreurs=erreurs,
    )
    return page, code if erreurs else 200


@bp.route("/conventions/<int:convention_id>/avenants/nouveau", methods=["GET", "POST"])
@garde("convention.amender", Convention)
def nouvel_avenant(convention: Convention) -> ResponseReturnValue:
    """Write an avenant; nothing moves before both signatures."""
    retour = url_for("finance.convention", convention_id=convention.id)
    charger(convention)
    if raison := service.raison_pas_amendable(convention):
        raise PasLeMoment(raison)
    form, code = _form(convention, convention.version, None), 422
    if form.is_submitted() and form.validate():
        try:
            avenant = service.preparer_avenant(
                acteur_courant(),
                convention,
                _saisie(form, convention),
                version=form.version_lue(),
            )
        except REFUS as refus:
            code = reprendre_refus(form, convention, refus)
        else:
            flash(f"L’avenant n° {avenant.numero_avenant} est prêt. Relisez ses effets.", "succes")
            return redirect(url_for("finance.avenant", avenant_id=avenant.id), 303)
    return _page_saisie(convention, form, None, retour, code)


@bp.route("/avenants/<int:avenant_id>/modifier", methods=["GET", "POST"])
@garde("avenant.modifier", Avenant)
def modifier_avenant(avenant: Avenant) -> ResponseReturnValue:
    """Write the draft again, from the amounts of today."""
    retour = url_for("finance.avenant", avenant_id=avenant.id)
    if avenant.etat is not EtatAvenant.PROJET:
        raise PasLeMoment("Seul un projet se modifie\u00a0: demandez d’abord une correction.")
    convention = charger(avenant.convention)
    form, code = _form(convention, avenant.version, avenant), 422
    if form.is_submitted() and form.validate():
        try:
            service.modifier_avenant(
                acteur_courant(), avenant, _saisie(form, convention), version=form.version_lue()
            )
        except REFUS as refus:
            code = reprendre_refus(form, avenant, refus)
        else:
            flash("L’avenant est modifié. Relisez ses effets.", "succes")
            return redirect(retour, 303)
    return _page_saisie(convention, form, avenant, retour, code)


@bp.get("/avenants/<int:avenant_id>")
@garde("avenant.voir_finance", Avenant)
def avenant(avenant: Avenant) -> ResponseReturnValue:
    """Every effect on amounts, payments, credits and dates, before anybody signs."""
    acteur = acteur_courant()
    return render_template(
        "finance/avenant.html",
        avenant=avenant,
        acte=charger(avenant.convention),
        vue=apercu(avenant),
        nature=TYPES_ACTE.get(avenant.acte_type, ""),
        papier=bool(parties_possibles(avenant))
        and bool(may(acteur, "avenant.signer_financeur", avenant)),
        modifiable=avenant.etat is EtatAvenant.PROJET
        and bool(may(acteur, "avenant.modifier", avenant)),
        actions=actions(
            acteur,
            avenant,
            ACTES,
            lambda d: url_for("finance.agir_avenant", avenant_id=avenant.id, declencheur=d),
        ),
        traces=historique(avenant),
    )


@bp.route("/avenants/<int:avenant_id>/<declencheur>", methods=["GET", "POST"])
@garde("avenant.voir_finance", Avenant)
def agir_avenant(avenant: Avenant, declencheur: str) -> ResponseReturnValue:
    url = url_for("finance.avenant", avenant_id=avenant.id)
    acte = url_for("finance.convention", convention_id=avenant.convention_id)
    fil = [
        (f"Acte {avenant.convention.numero}", acte),
        (f"Avenant n° {avenant.numero_avenant}", url),
    ]
    return page_acte(avenant, declencheur, ACTES, url, fil)


@bp.get("/avenants/<int:avenant_id>/document.pdf")
@garde("avenant.voir_finance", Avenant)
def avenant_pdf(avenant: Avenant) -> ResponseReturnValue:
    return reponse_avenant(avenant)
