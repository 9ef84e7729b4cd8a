"""The budget of the action by account: kept as typed, told in words."""

from __future__ import annotations

from fractions import Fraction

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.budget import Ligne, PlanComptable, calculer_totaux
from aap.domaine.budget_phrases import PHRASES, constats
from aap.domaine.erreurs import Probleme
from aap.domaine.montants import pourcent
from aap.domaine.questionnaire import QUESTIONS
from aap.domaine.regles import effet_regle, valeur_regle
from aap.models import CoteBudget, Dossier, EtatProduit, OrigineCredits, Reponse, TypeDossier
from aap.requetes.budget_precedent import precedent_de
from aap.requetes.completude import problemes_dossier
from aap.requetes.porteur import charger_redaction
from aap.requetes.rubriques import empreinte_rubrique
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.routes.porteur.budget_page import Bloc, blocs, plan_du_dossier, rangees
from aap.routes.porteur.redaction import montrer_section, suite, tenter
from aap.services.dossier import LigneSaisie, enregistrer_budget, enregistrer_reponse
from aap.services.plan_financement import montant_ou_rien
from forms.budget import FormulaireBudget
from forms.champs import SelectChoice

CODE = "budget"
REGLE = "regle_indirectes"


def _lignes_de_la_page(cotes: list[Bloc]) -> list[Ligne]:
    """What the page holds now, also when it could not be saved."""
    lues = [
        Ligne(r.compte.compte, r.compte.cote, r.montant)
        for b in cotes
        for g in b.groupes
        for r in g.rangs
    ]
    aides = [a for b in cotes for g in b.groupes for a in g.aides]
    return lues + [Ligne(a.ligne.compte, "produit", a.montant) for a in aides]


def _choix(plan: PlanComptable) -> list[SelectChoice]:
    comptes = [c for c in plan.comptes if not c.titre]
    return [SelectChoice("", "Choisissez un compte")] + [
        SelectChoice(f"{c.cote}:{c.compte}", c.nom) for c in comptes
    ]


def montrer_budget(
    dossier: Dossier, form: FormulaireBudget, code: int = 200, ajout: str = ""
) -> ResponseReturnValue:
    """The page of the budget around what ``form`` holds."""
    plan = plan_du_dossier(dossier)
    precedent = precedent_de(dossier)
    cotes = blocs(dossier, plan, form, precedent, ajout)
    totaux = calculer_totaux(plan, _lignes_de_la_page(cotes))
    maximum = Fraction(int(valeur_regle(dossier.campagne, "taux_public_max")), 1000)
    ferme = effet_regle(dossier.campagne, "taux_public_max") == "bloque"
    form.compte_ajoute.choices = _choix(plan)
    return montrer_section(
        dossier,
        CODE,
        "budget",
        statut=code,
        form=form,
        erreurs=form.problemes(),
        blocs=cotes,
        totaux=totaux,
        precedent=precedent,
        constats=constats(totaux, maximum, ferme=ferme),
        phrases=PHRASES,
        maximum=maximum,
        maximum_dit=pourcent(maximum),
        ferme=ferme,
        question_indirectes=QUESTIONS[REGLE] if dossier.type in _avec_regle() else None,
        conseils=_conseils(dossier),
    )


def _conseils(dossier: Dossier) -> list[Probleme]:
    """What is still wrong with the budget; nothing before its first charge."""
    if not any(x.cote is CoteBudget.CHARGE for x in dossier.lignes):
        return []
    return [p for p in problemes_dossier(dossier) if p.lien == CODE]


def _avec_regle() -> set[TypeDossier]:
    return {t for t in TypeDossier if t.value in QUESTIONS[REGLE].types}


def formulaire_enregistre(dossier: Dossier, ajout: str = "") -> FormulaireBudget:
    """The form of what is stored."""
    regle = _regle(dossier)
    return FormulaireBudget(
        formdata=None,
        empreinte=empreinte_rubrique(dossier, CODE),
        lignes=rangees(dossier, plan_du_dossier(dossier), ajout),
        regle_indirectes=regle.valeur if regle else "",
        version_regle_indirectes=str(_version_regle(dossier)),
    )


def _regle(dossier: Dossier) -> Reponse | None:
    return next((r for r in dossier.reponses if r.champ == REGLE), None)


def _version_regle(dossier: Dossier) -> int:
    regle = _regle(dossier)
    return regle.version if regle else 0


@bp.get("/dossiers/<int:dossier_id>/rubriques/budget")
@garde("dossier.voir_porteur", Dossier)
def budget(dossier: Dossier) -> ResponseReturnValue:
    charger_redaction(dossier)
    ajout = request.args.get("ajout", "")[:60]
    return montrer_budget(dossier, formulaire_enregistre(dossier, ajout), ajout=ajout)


def saisies(form: FormulaireBudget) -> list[LigneSaisie]:
    """The rows where something was typed. A cote that no page of ours sends is dropped."""
    lues = []
    for ligne in form.lignes:
        texte = str(ligne.saisie.data or "").strip()
        cote = str(ligne.cote.data or "")
        if not (texte or ligne.libelle.data) or cote not in ("charge", "produit"):
            continue
        etat, origine = str(ligne.etat.data or ""), str(ligne.origine.data or "")
        subvention = str(ligne.compte.data or "").startswith("74")
        lues.append(
            LigneSaisie(
                CoteBudget(cote),
                str(ligne.compte.data or ""),
                ligne.libelle.data or "",
                texte,
                EtatProduit(etat) if subvention and etat in set(EtatProduit) else None,
                None,
                OrigineCredits(origine) if subvention and origine in set(OrigineCredits) else None,
            )
        )
    return lues


def _enregistrer(dossier: Dossier, form: FormulaireBudget, lues: list[LigneSaisie]) -> None:
    acteur = acteur_courant()
    enregistrer_budget(acteur, dossier, lues, empreinte=form.empreinte.data or "")
    if REGLE in request.form:
        enregistrer_reponse(
            acteur,
            dossier,
            REGLE,
            form.regle_indirectes.data or "",
            version=form.version_regle(),
        )


@bp.post("/dossiers/<int:dossier_id>/rubriques/budget")
@garde("dossier.rediger", Dossier)
def enregistrer_page_budget(dossier: Dossier) -> ResponseReturnValue:
    """Save; « Recalculer » and « Ajouter » save too, then show the page again."""
    form = FormulaireBudget()
    charger_redaction(dossier)
    if not form.validate_on_submit():
        return montrer_budget(dossier, form, 422)
    lues = saisies(form)
    refus = tenter(dossier, form, CODE, lambda: _enregistrer(dossier, form, lues))
    if refus is not None:
        form.version_regle_indirectes.data = str(_version_regle(dossier))
        return montrer_budget(dossier, form, 422)
    action = request.form.get("action", "")
    if action == "importer":
        flash("Les lignes du tableau sont dans votre budget.", "succes")
    if action == "continuer" and all(montant_ou_rien(s.saisie) is not None for s in lues):
        return suite(dossier, CODE)
    ajout = str(form.compte_ajoute.data or "") if action == "ajouter" else None
    ancre = "ajouter" if ajout else "equilibre"
    return redirect(
        url_for("porteur.budget", dossier_id=dossier.id, ajout=ajout or None, _anchor=ancre), 303
    )
