"""The porteur revises the budget only, after the decisions; a signatory gives it back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.budget_plan import poste
from aap.domaine.budget_revise import phrase_ecart
from aap.domaine.erreurs import Conflit, ErreurMetier, Invalide, PasLeMoment, Probleme
from aap.extensions import db
from aap.models import RevisionBudget
from aap.permissions import may
from aap.requetes.lecture_objets import lire
from aap.requetes.revisions_budget import aides_publiees, plan_comptable, totaux_de
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services.revision_budget import LigneAjoutee, enregistrer_revision, rendre_revision
from forms.budget_revise import BudgetReviseForm

FERMEE = "porteur/dossier/budget_revise_lecture.html"
SAISIE = "porteur/dossier/budget_revise.html"


def _noms(revision: RevisionBudget) -> list[str]:
    plan = plan_comptable(revision.dossier)
    comptes = [plan.trouver(x["compte"], x["cote"]) for x in revision.lignes]
    return [
        poste(x["compte"], x["libelle"] or (c.libelle if c else ""))
        for x, c in zip(revision.lignes, comptes, strict=True)
    ]


def _comptes(revision: RevisionBudget) -> list[tuple[str, str, str]]:
    titres = {"charge": "Dépenses", "produit": "Ressources"}
    return [
        (f"{c.cote}:{c.compte}", c.nom, titres[c.cote])
        for c in plan_comptable(revision.dossier).comptes
        if not c.titre
    ]


def _page(
    revision: RevisionBudget,
    form: BudgetReviseForm,
    code: int = 200,
    erreurs: list[Probleme] | None = None,
    refus: str = "",
) -> ResponseReturnValue:
    noms = _noms(revision)
    form.nommer(noms, _comptes(revision))
    totaux = totaux_de(revision)
    page = render_template(
        SAISIE,
        revision=revision,
        dossier=revision.dossier,
        form=form,
        noms=noms,
        aides=aides_publiees(revision.dossier),
        totaux=totaux,
        equilibre=phrase_ecart(totaux),
        signataire=bool(may(acteur_courant(), "revision_budget.rendre", revision)),
        erreurs=erreurs if erreurs is not None else form.problemes(),
        refus=refus,
    )
    return page, code


def _enregistre(
    revision: RevisionBudget, envoi: BudgetReviseForm | None = None
) -> BudgetReviseForm:
    """The form of what is stored, with what a refused page sent over it."""
    typees = envoi.saisies() if envoi else {}
    return BudgetReviseForm(
        formdata=None,
        lignes=[
            {"cle": str(x["cle"]), "saisie": typees.get(x["cle"], x["saisie"])}
            for x in revision.lignes
        ],
        ajouts=[x.form.data for x in envoi.ajouts] if envoi else [],
        explication=(envoi.explication.data if envoi else "") or revision.explication,
        version=str(revision.version),
    )


@bp.get("/budgets-revises/<int:revision_budget_id>")
@garde("revision_budget.rediger", RevisionBudget)
def budget_revise(revision_budget: RevisionBudget) -> ResponseReturnValue:
    if revision_budget.chez_le_porteur:
        return _page(revision_budget, _enregistre(revision_budget))
    return render_template(
        FERMEE,
        revision=revision_budget,
        dossier=revision_budget.dossier,
        noms=_noms(revision_budget),
        totaux=totaux_de(revision_budget),
    )


def _ajouts(form: BudgetReviseForm) -> list[LigneAjoutee]:
    lues = []
    for ligne in form.ajouts:
        cote, compte = ligne.form.cle()
        libelle = str(ligne.form.libelle.data or "").strip()
        lues.append(LigneAjoutee(cote, compte, libelle, str(ligne.form.saisie.data or "").strip()))
    return lues


@bp.post("/budgets-revises/<int:revision_budget_id>")
@garde("revision_budget.rediger", RevisionBudget)
def ecrire_budget_revise(revision_budget: RevisionBudget) -> ResponseReturnValue:
    """Save; « Rendre » saves, then gives back. A refusal keeps on screen all that was typed."""
    form, acteur = BudgetReviseForm(), acteur_courant()
    if not form.validate_on_submit():
        return _page(revision_budget, form, 422)
    try:
        revision = enregistrer_revision(
            acteur,
            revision_budget,
            form.saisies(),
            _ajouts(form),
            form.explication.data or "",
            version=form.version_lue(),
        )
    except (Conflit, Invalide, PasLeMoment) as erreur:
        return _refus(revision_budget.id, form, erreur)
    if request.form.get("action") != "rendre":
        flash("Votre budget révisé est enregistré.", "succes")
        return redirect(
            url_for("porteur.budget_revise", revision_budget_id=revision.id, _anchor="equilibre"),
            303,
        )
    return _rendre(revision)


def _rendre(revision: RevisionBudget) -> ResponseReturnValue:
    """What was typed is saved, whether the return is refused or not."""
    try:
        rendre_revision(acteur_courant(), revision)
    except Invalide as erreur:
        return _page(revision, _enregistre(revision), 422, list(erreur.problemes))
    flash("Votre budget révisé est rendu. L’instruction est prévenue.", "succes")
    return redirect(url_for("porteur.suivre", dossier_id=revision.dossier_id), 303)


def _refus(revision_id: int, form: BudgetReviseForm, erreur: ErreurMetier) -> ResponseReturnValue:
    """Nothing was written; after a conflict the page shows what was typed, with today's version."""
    db.session.rollback()
    revision = lire(RevisionBudget, revision_id)
    if revision is None or not revision.chez_le_porteur:
        raise erreur
    neuf = _enregistre(revision, form)
    if isinstance(erreur, Invalide):
        neuf.reprendre(erreur.problemes)
        return _page(revision, neuf, erreur.code_http)
    refus = (
        "Quelqu’un de votre organisme a enregistré ce budget pendant que vous l’écriviez. "
        "Vos montants sont restés à l’écran : enregistrez de nouveau pour les garder."
    )
    return _page(revision, neuf, erreur.code_http, refus=refus)
