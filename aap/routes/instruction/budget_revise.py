"""Ask for a revised budget after the decisions; read it, accept it, ask again or give up."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.budget_plan import poste
from aap.domaine.erreurs import Conflit, Invalide
from aap.domaine.horloge import aujourdhui
from aap.domaine.regles import valeur_regle
from aap.extensions import db
from aap.models import Dossier, RevisionBudget
from aap.requetes.lecture_objets import lire
from aap.requetes.plan_recalcule import plan_apres_decisions
from aap.requetes.revisions_budget import plan_comptable, totaux_de
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp
from aap.services import revision_budget as service
from forms.base import FormulaireVersionne
from forms.budget_revise import DemandeBudgetForm
from forms.vote import FormulaireMotif


def _echeance(dossier: Dossier) -> dict[str, object]:
    """The delay of the campaign is offered; it may be changed."""
    delai = timedelta(days=int(valeur_regle(dossier.campagne, "delai_complements")))
    return {"echeance": aujourdhui() + delai}


def _demande(dossier: Dossier, form: DemandeBudgetForm, code: int = 200) -> ResponseReturnValue:
    if not form.version.data:
        form.version.data = str(dossier.version)
    page = render_template(
        "instruction/budget_revise_demande.html",
        dossier=dossier,
        plan=plan_apres_decisions(dossier),
        raison=service.raison_pas_revisable(dossier),
        form=form,
        erreurs=form.problemes(),
    )
    return page, code


@bp.get("/dossiers/<int:dossier_id>/budget-revise")
@garde("dossier.demander_budget_revise", Dossier)
def demande_budget_revise(dossier: Dossier) -> ResponseReturnValue:
    return _demande(dossier, DemandeBudgetForm(formdata=None, data=_echeance(dossier)))


@bp.post("/dossiers/<int:dossier_id>/budget-revise")
@garde("dossier.demander_budget_revise", Dossier)
def demander_budget_revise(dossier: Dossier) -> ResponseReturnValue:
    form = DemandeBudgetForm()
    if not form.validate_on_submit():
        return _demande(dossier, form, 422)
    try:
        service.demander_budget_revise(
            acteur_courant(),
            dossier,
            form.texte.data,
            form.echeance.data,
            version=form.version_lue(),
        )
    except (Conflit, Invalide) as refus:
        db.session.rollback()
        return _redire(dossier.id, form, refus)
    flash("La demande est envoyée au porteur.", "succes")
    return redirect(url_for("instruction.dossier", dossier_id=dossier.id), 303)


def _redire(
    dossier_id: int, form: DemandeBudgetForm, refus: Conflit | Invalide
) -> ResponseReturnValue:
    dossier = lire(Dossier, dossier_id)
    assert dossier is not None
    if isinstance(refus, Invalide):
        form.reprendre(refus.problemes)
    else:
        form.refuser("texte", f"{refus.message} Relisez le plan, puis envoyez de nouveau.")
        form.version.data = str(dossier.version)
    return _demande(dossier, form, refus.code_http)


def _lecture(
    revision: RevisionBudget, correction: DemandeBudgetForm, retrait: FormulaireMotif, code: int
) -> ResponseReturnValue:
    plan = plan_comptable(revision.dossier)
    comptes = [plan.trouver(x["compte"], x["cote"]) for x in revision.lignes]
    for form in (correction, retrait):
        form.version.data = form.version.data or str(revision.version)
    page = render_template(
        "instruction/budget_revise.html",
        revision=revision,
        dossier=revision.dossier,
        totaux=totaux_de(revision),
        noms=[
            poste(x["compte"], x["libelle"] or (c.libelle if c else ""))
            for x, c in zip(revision.lignes, comptes, strict=True)
        ],
        correction=correction,
        retrait=retrait,
        erreurs=[*correction.problemes(), *retrait.problemes()],
    )
    return page, code


def _vierges(revision: RevisionBudget) -> tuple[DemandeBudgetForm, FormulaireMotif]:
    return (
        DemandeBudgetForm(formdata=None, data=_echeance(revision.dossier)),
        FormulaireMotif(formdata=None),
    )


@bp.get("/budgets-revises/<int:revision_budget_id>")
@garde("revision_budget.suivre", RevisionBudget)
def budget_revise(revision_budget: RevisionBudget) -> ResponseReturnValue:
    return _lecture(revision_budget, *_vierges(revision_budget), 200)


@bp.post("/budgets-revises/<int:revision_budget_id>/accepter")
@garde("revision_budget.suivre", RevisionBudget)
def accepter_budget_revise(revision_budget: RevisionBudget) -> ResponseReturnValue:
    form = FormulaireVersionne()
    service.accepter_revision(acteur_courant(), revision_budget, version=form.version_lue())
    flash("Le budget révisé est accepté. Le porteur est prévenu.", "succes")
    return redirect(url_for("instruction.dossier", dossier_id=revision_budget.dossier_id), 303)


@bp.post("/budgets-revises/<int:revision_budget_id>/corriger")
@garde("revision_budget.suivre", RevisionBudget)
def renvoyer_budget_revise(revision_budget: RevisionBudget) -> ResponseReturnValue:
    form = DemandeBudgetForm()
    if not form.validate_on_submit():
        return _lecture(revision_budget, form, _vierges(revision_budget)[1], 422)
    service.renvoyer_revision(
        acteur_courant(),
        revision_budget,
        form.texte.data,
        form.echeance.data,
        version=form.version_lue(),
    )
    flash("La correction est demandée au porteur.", "succes")
    return redirect(url_for("instruction.dossier", dossier_id=revision_budget.dossier_id), 303)


@bp.post("/budgets-revises/<int:revision_budget_id>/retirer")
@garde("revision_budget.suivre", RevisionBudget)
def retirer_budget_revise(revision_budget: RevisionBudget) -> ResponseReturnValue:
    form = FormulaireMotif()
    if not form.validate_on_submit():
        return _lecture(revision_budget, _vierges(revision_budget)[0], form, 422)
    service.annuler_revision(
        acteur_courant(), revision_budget, form.motif.data or "", version=form.version_lue()
    )
    flash("La demande est retirée. Le porteur est prévenu.", "succes")
    return redirect(url_for("instruction.dossier", dossier_id=revision_budget.dossier_id), 303)
