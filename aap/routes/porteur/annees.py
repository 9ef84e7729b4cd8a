"""The budget of the years after the first: one table, a column a year."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue

from aap.domaine.budget import PlanComptable, plan_au
from aap.domaine.horloge import a_paris
from aap.domaine.montants import pour_saisie
from aap.models import CoteBudget, Dossier
from aap.requetes.porteur import charger_redaction
from aap.requetes.problemes_type import totaux_annee
from aap.requetes.rubriques import empreinte_rubrique
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.routes.porteur.redaction import adresse, montrer_section, suite, tenter
from aap.services.dossier import LigneSaisie, enregistrer_budget
from forms.dossier import FormulaireEmpreinte

CODE = "budget_annees"
SAISIE_MAX = 40
Saisies = dict[tuple[int, str, str], str]


@dataclass(frozen=True)
class LigneAnnees:
    """One account: cents of the first year, what is typed for each further year."""

    cote: str
    compte: str
    nom: str
    premiere: int
    cases: tuple[tuple[int, str, str], ...]

    @property
    def utile(self) -> bool:
        """Does the account hold an amount, the first year or later?"""
        return bool(self.premiere) or any(saisie for _, _, saisie in self.cases)


def _annees(dossier: Dossier) -> range:
    if dossier.profil.annees < 2:
        abort(404)
    return range(2, dossier.profil.annees + 1)


def _plan(dossier: Dossier) -> PlanComptable:
    return plan_au(a_paris(dossier.campagne.ouverture_le).date())


def _champ(annee: int, cote: str, compte: str) -> str:
    return f"annee-{annee}-{cote}-{compte}"


def _enregistrees(dossier: Dossier) -> Saisies:
    return {(x.annee, x.cote.value, x.compte): x.saisie for x in dossier.lignes if x.annee > 1}


def _premiere_annee(dossier: Dossier) -> dict[tuple[str, str], int]:
    """(Side, account) -> cents of the first year."""
    premiere: dict[tuple[str, str], int] = {}
    for x in dossier.lignes:
        if x.annee == 1:
            cle = (x.cote.value, x.compte)
            premiere[cle] = premiere.get(cle, 0) + (x.montant or 0)
    return premiere


def _completees(dossier: Dossier, saisies: Saisies) -> Saisies:
    """What was typed, and the amounts of the first year wherever nothing is."""
    reprises = {
        (annee, cote, compte): pour_saisie(montant)
        for (cote, compte), montant in _premiere_annee(dossier).items()
        for annee in _annees(dossier)
        if montant
    }
    return reprises | saisies


def _lignes(dossier: Dossier, saisies: Saisies) -> list[LigneAnnees]:
    """Every account of the chart that takes an amount."""
    premiere = _premiere_annee(dossier)
    return [
        LigneAnnees(
            c.cote,
            c.compte,
            c.nom,
            premiere.get((c.cote, c.compte), 0),
            tuple(
                (a, _champ(a, c.cote, c.compte), saisies.get((a, c.cote, c.compte), ""))
                for a in _annees(dossier)
            ),
        )
        for c in _plan(dossier).comptes
        if not c.titre
    ]


def _montrer(
    dossier: Dossier, form: FormulaireEmpreinte, saisies: Saisies, code: int = 200
) -> ResponseReturnValue:
    lignes = _lignes(dossier, saisies)
    return montrer_section(
        dossier,
        CODE,
        CODE,
        statut=code,
        form=form,
        erreurs=form.problemes(),
        annees=[(a, dossier.campagne.exercice + a - 1) for a in _annees(dossier)],
        cotes=[
            (
                titre,
                [x for x in lignes if x.cote == cote.value and x.utile],
                [x for x in lignes if x.cote == cote.value and not x.utile],
            )
            for titre, cote in (("Charges", CoteBudget.CHARGE), ("Produits", CoteBudget.PRODUIT))
        ],
        totaux={a: totaux_annee(dossier, a) for a in range(1, dossier.profil.annees + 1)},
    )


@bp.get("/dossiers/<int:dossier_id>/rubriques/budget-annees")
@garde("dossier.voir_porteur", Dossier)
def budget_annees(dossier: Dossier) -> ResponseReturnValue:
    charger_redaction(dossier)
    form = FormulaireEmpreinte(empreinte=empreinte_rubrique(dossier, "budget"))
    return _montrer(dossier, form, _enregistrees(dossier))


def _lues(dossier: Dossier) -> Saisies:
    return {
        (a, c.cote, c.compte): brut
        for a in _annees(dossier)
        for c in _plan(dossier).comptes
        if (brut := request.form.get(_champ(a, c.cote, c.compte), "").strip()[:SAISIE_MAX])
    }


@bp.post("/dossiers/<int:dossier_id>/rubriques/budget-annees")
@garde("dossier.rediger", Dossier)
def enregistrer_budget_annees(dossier: Dossier) -> ResponseReturnValue:
    """Kept as typed; what cannot be read is told on the check page."""
    saisies = _lues(dossier)
    reprise = request.form.get("action") == "reprendre"
    if reprise:
        saisies = _completees(dossier, saisies)
    form = FormulaireEmpreinte()
    if not form.validate_on_submit():
        return _montrer(dossier, form, saisies, 422)

    def ecrire() -> None:
        empreinte: str | None = form.empreinte.data or ""
        for annee in _annees(dossier):
            lignes = [
                LigneSaisie(CoteBudget(cote), compte, "", brut)
                for (a, cote, compte), brut in saisies.items()
                if a == annee
            ]
            enregistrer_budget(acteur_courant(), dossier, lignes, annee=annee, empreinte=empreinte)
            empreinte = None

    if tenter(dossier, form, "budget", ecrire) is not None:
        return _montrer(dossier, form, saisies, 422)
    if reprise:
        flash(
            f"Les montants de {dossier.campagne.exercice} sont recopiés là où rien n’était écrit.",
            "succes",
        )
        return redirect(adresse(dossier.id, CODE), 303)
    return suite(dossier, CODE)
