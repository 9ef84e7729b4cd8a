"""The budget of the action by account: kept as typed, told in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.budget import (
    Compte,
    Cote,
    PlanComptable,
    Totaux,
    calculer_totaux,
    phrase_equilibre,
    plan_au,
)
from aap.domaine.horloge import a_paris
from aap.models import CoteBudget, Dossier, EtatProduit
from aap.requetes.completude import lignes_de_budget, problemes_dossier
from aap.requetes.porteur import charger_redaction
from aap.requetes.rubriques import empreinte_rubrique
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.routes.porteur.redaction import montrer_section, suite, tenter
from aap.services.dossier import LigneSaisie, enregistrer_budget
from aap.services.plan_financement import montant_ou_rien
from forms.budget import FormulaireBudget, LigneCompteForm

CODE = "budget"


@dataclass
class Groupe:
    """Accounts under one title of the chart; ``rangs``: (account, row of the form)."""

    titre: str
    rangs: list[tuple[Compte, LigneCompteForm]] = field(default_factory=list)
    aides: list[Any] = field(default_factory=list)


@dataclass
class Bloc:
    """One side of the table; ``total`` names the live sum (totaux.js)."""

    titre: str
    total: str
    cote: str
    contribution: bool
    groupes: list[Groupe] = field(default_factory=list)


BLOCS = (
    ("Charges", "charges", "charge", False),
    ("Produits", "produits", "produit", False),
    ("Emplois des contributions volontaires", "emplois", "charge", True),
    ("Contributions volontaires", "contributions", "produit", True),
)


def _plan(dossier: Dossier) -> PlanComptable:
    return plan_au(a_paris(dossier.campagne.ouverture_le).date())


def _rangees(dossier: Dossier, plan: PlanComptable, ajout: str) -> list[dict[str, str]]:
    """Every account in the order of the chart: its typed lines, or an empty one."""
    typees: dict[tuple[str, str], list[dict[str, str]]] = {}
    for x in sorted(dossier.lignes, key=lambda x: x.rang):
        if x.annee == 1 and x.financement_id is None:
            typees.setdefault((x.cote.value, x.compte), []).append(
                {
                    "cote": x.cote.value,
                    "compte": x.compte,
                    "libelle": x.libelle,
                    "saisie": x.saisie,
                    "etat": x.etat_produit.value if x.etat_produit else "demande",
                }
            )
    rangees = []
    for c in plan.comptes:
        if c.titre:
            continue
        cle = (c.cote, c.compte)
        vide = {"cote": c.cote, "compte": c.compte}
        rangees += typees.pop(cle, [vide])
        if ajout == f"{c.cote}:{c.compte}":
            rangees.append(vide)
    return rangees + [ligne for reste in typees.values() for ligne in reste]


def _blocs(dossier: Dossier, plan: PlanComptable, form: FormulaireBudget) -> list[Bloc]:
    """The rows of the form under their titles; the aids asked stand in account 74, read only."""
    blocs = [Bloc(*b) for b in BLOCS]
    for entree in form.lignes:
        compte = plan.trouver(str(entree.compte.data), str(entree.cote.data))
        if compte is None:
            cote: Cote = "produit" if entree.cote.data == "produit" else "charge"
            compte = Compte(str(entree.compte.data)[:20], "Compte inconnu", cote)
        bloc = next(
            b for b in blocs if b.cote == compte.cote and b.contribution == compte.contribution
        )
        _groupe(plan, bloc, compte).rangs.append((compte, entree.form))
    for x in dossier.lignes:
        compte = plan.trouver(x.compte, "produit") if x.financement_id is not None else None
        if compte is not None:
            _groupe(plan, blocs[1], compte).aides.append(x)
    return blocs


def _groupe(plan: PlanComptable, bloc: Bloc, compte: Compte) -> Groupe:
    titre = plan.trouver(compte.groupe, compte.cote) if compte.groupe else None
    nom = f"{titre.compte} – {titre.libelle}" if titre and titre.compte.isdigit() else ""
    nom = nom or (titre.libelle if titre else "Autres comptes")
    for groupe in bloc.groupes:
        if groupe.titre == nom:
            return groupe
    bloc.groupes.append(Groupe(nom))
    return bloc.groupes[-1]


def _totaux(dossier: Dossier, plan: PlanComptable) -> Totaux:
    return calculer_totaux(plan, lignes_de_budget(dossier.lignes))


def _montrer(dossier: Dossier, form: FormulaireBudget, code: int = 200) -> ResponseReturnValue:
    plan = _plan(dossier)
    totaux = _totaux(dossier, plan)
    form.compte_ajoute.choices = [("", "Choisissez un compte")] + [
        (
            f"{c.cote}:{c.compte}",
            f"{c.compte} – {c.libelle}" if c.compte[0].isdigit() else c.libelle,
        )
        for c in plan.comptes
        if not c.titre
    ]
    fautes = {
        f"{x.cote.value}:{x.compte}": x.saisie
        for x in dossier.lignes
        if x.saisie and x.montant is None
    }
    return montrer_section(
        dossier,
        CODE,
        "budget",
        statut=code,
        form=form,
        erreurs=form.problemes(),
        blocs=_blocs(dossier, plan, form),
        totaux=totaux,
        illisibles=fautes,
        phrase=phrase_equilibre(totaux) if totaux.charges or totaux.produits else "",
        conseils=[p for p in problemes_dossier(dossier) if p.lien == CODE],
    )


@bp.get("/dossiers/<int:dossier_id>/rubriques/budget")
@garde("dossier.voir_porteur", Dossier)
def budget(dossier: Dossier) -> ResponseReturnValue:
    charger_redaction(dossier)
    rangees = _rangees(dossier, _plan(dossier), request.args.get("ajout", "")[:60])
    form = FormulaireBudget(empreinte=empreinte_rubrique(dossier, CODE), lignes=rangees)
    return _montrer(dossier, form)


def _saisies(form: FormulaireBudget) -> list[LigneSaisie]:
    """The rows where something was typed. A cote that no page of ours sends is dropped."""
    saisies = []
    for ligne in form.lignes:
        texte = str(ligne.saisie.data or "").strip()
        cote = str(ligne.cote.data or "")
        if not (texte or ligne.libelle.data) or cote not in ("charge", "produit"):
            continue
        etat = str(ligne.etat.data or "")
        subvention = str(ligne.compte.data or "").startswith("74")
        saisies.append(
            LigneSaisie(
                CoteBudget(cote),
                str(ligne.compte.data or ""),
                ligne.libelle.data or "",
                texte,
                EtatProduit(etat) if subvention and etat in set(EtatProduit) else None,
            )
        )
    return saisies


@bp.post("/dossiers/<int:dossier_id>/rubriques/budget")
@garde("dossier.rediger", Dossier)
def enregistrer_page_budget(dossier: Dossier) -> ResponseReturnValue:
    """Save; « Recalculer » and « Ajouter » save too, then show the page again."""
    form = FormulaireBudget()
    charger_redaction(dossier)
    if not form.validate_on_submit():
        return _montrer(dossier, form, 422)
    empreinte, saisies = form.empreinte.data or "", _saisies(form)
    refus = tenter(
        dossier,
        form,
        CODE,
        lambda: enregistrer_budget(acteur_courant(), dossier, saisies, empreinte=empreinte),
    )
    if refus is not None:
        return _montrer(dossier, form, 422)
    action = request.form.get("action", "")
    if action == "continuer" and all(montant_ou_rien(s.saisie) is not None for s in saisies):
        return suite(dossier, CODE)
    ajout = str(form.compte_ajoute.data or "") if action == "ajouter" else None
    ancre = "ajouter" if ajout else "equilibre"
    return redirect(
        url_for("porteur.budget", dossier_id=dossier.id, ajout=ajout or None, _anchor=ancre), 303
    )
