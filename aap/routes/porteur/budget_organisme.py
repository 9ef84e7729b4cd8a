"""The organisme's own budget, exercice by exercice (CERFA §5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.budget import Ligne, Totaux, calculer_totaux
from aap.domaine.budget_plan import Compte, PlanComptable, plan_au
from aap.domaine.erreurs import Conflit
from aap.domaine.horloge import aujourdhui
from aap.domaine.montants import lire_montant
from aap.extensions import db
from aap.models import Organisme
from aap.requetes import organisme as fiche_de
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services.budget_organisme import enregistrer_budget_organisme, exercices_permis
from forms.organisme import FormulaireBudgetOrganisme

BLOCS: tuple[tuple[str, Literal["charge", "produit"], bool, str], ...] = (
    ("Charges", "charge", False, "charges"),
    ("Produits", "produit", False, "produits"),
    ("Emplois des contributions volontaires", "charge", True, "emplois"),
    ("Contributions volontaires en nature", "produit", True, "contributions"),
)


@dataclass(frozen=True)
class Bloc:
    """One table of the page: (account, its sub-form, is the amount unreadable?)."""

    titre: str
    total: str
    rangs: list[tuple[Compte, Any, bool]]
    somme: int


def _comptes(plan: PlanComptable) -> Iterator[tuple[Compte, str]]:
    for _titre, cote, nature, total in BLOCS:
        for compte in plan.saisissables(cote, contributions=nature):
            if not compte.indirecte:
                yield compte, total


def _exercice() -> int:
    brut = request.args.get("exercice", "")
    annee = int(brut) if brut.isascii() and brut.isdigit() and len(brut) == 4 else 0
    if brut and annee not in exercices_permis():
        abort(404)
    return annee or aujourdhui().year


def _formulaire(organisme: Organisme, exercice: int) -> FormulaireBudgetOrganisme:
    connues = {
        (ligne.cote.value, ligne.compte): ligne.saisie
        for ligne in fiche_de.budget_organisme(organisme.id, exercice)
    }
    lignes = [
        {"cote": c.cote, "compte": c.compte, "saisie": connues.get((c.cote, c.compte), "")}
        for c, _ in _comptes(plan_au(date(exercice, 1, 1)))
    ]
    form = FormulaireBudgetOrganisme(data={"lignes": lignes})
    form.version.data = form.version.data or str(organisme.version)
    return form


def _lu(texte: str) -> int | None:
    """Cents, 0 for nothing, None when it cannot be read."""
    try:
        return lire_montant(texte) if texte.strip() else 0
    except ValueError:
        return None


def _blocs(plan: PlanComptable, form: FormulaireBudgetOrganisme) -> list[Bloc]:
    poses = {(e.form.cote.data, e.form.compte.data): e.form for e in form.lignes.entries}
    lus = [
        Ligne(c.compte, c.cote, _lu(poses[c.cote, c.compte].saisie.data or ""))
        for c, _ in _comptes(plan)
        if (c.cote, c.compte) in poses
    ]
    t: Totaux = calculer_totaux(plan, lus)
    sommes = {
        "charges": t.charges,
        "produits": t.produits,
        "emplois": t.emplois_en_nature,
        "contributions": t.contributions_en_nature,
    }
    illisibles = {(ligne.cote, ligne.compte) for ligne in lus if ligne.montant is None}
    blocs = []
    for titre, _cote, _nature, total in BLOCS:
        rangs = [
            (c, poses[c.cote, c.compte], (c.cote, c.compte) in illisibles)
            for c, sien in _comptes(plan)
            if sien == total and (c.cote, c.compte) in poses
        ]
        blocs.append(Bloc(titre, total, rangs, sommes[total]))
    return blocs


def _montrer(
    organisme: Organisme,
    exercice: int,
    form: FormulaireBudgetOrganisme,
    code: int = 200,
    **plus: Any,
) -> ResponseReturnValue:
    page = render_template(
        "porteur/organisme/budget.html",
        organisme=organisme,
        exercice=exercice,
        exercices=exercices_permis(),
        connus=fiche_de.exercices_connus(organisme.id),
        form=form,
        erreurs=form.problemes(),
        blocs=_blocs(plan_au(date(exercice, 1, 1)), form),
        **plus,
    )
    return page, code


def _annoncer(exercice: int, illisibles: int) -> None:
    """Saved as written; what cannot be read counts nowhere, and that is said."""
    if not illisibles:
        flash(f"Le budget {exercice} est enregistré.", "succes")
        return
    reste = (
        "un montant n’est pas lisible\u00a0: il ne compte pas encore. Corrigez-le ci-dessous."
        if illisibles == 1
        else f"{illisibles} montants ne sont pas lisibles\u00a0: ils ne comptent pas encore. "
        "Corrigez-les ci-dessous."
    )
    flash(f"Le budget {exercice} est enregistré, mais {reste}", "attention")


@bp.get("/organismes/<int:organisme_id>/budget")
@garde("organisme.voir_porteur", Organisme)
def budget_organisme(organisme: Organisme) -> ResponseReturnValue:
    exercice = _exercice()
    return _montrer(organisme, exercice, _formulaire(organisme, exercice))


@bp.post("/organismes/<int:organisme_id>/budget")
@garde("organisme.modifier", Organisme)
def enregistrer_budget(organisme: Organisme) -> ResponseReturnValue:
    exercice = _exercice()
    form = _formulaire(organisme, exercice)
    if not form.validate_on_submit():
        return _montrer(organisme, exercice, form, 422)
    lignes = [
        (e.form.cote.data or "", e.form.compte.data or "", e.form.saisie.data or "")
        for e in form.lignes.entries
    ]
    try:
        enregistrer_budget_organisme(
            acteur_courant(), organisme, exercice, lignes, version=form.version_lue()
        )
    except Conflit:
        db.session.rollback()
        form.version.data = str(organisme.version)
        return _montrer(organisme, exercice, form, 409, conflit=True)
    _annoncer(exercice, sum(_lu(saisie) is None for _, _, saisie in lignes))
    adresse = url_for("porteur.budget_organisme", organisme_id=organisme.id, exercice=exercice)
    return redirect(adresse, 303)
