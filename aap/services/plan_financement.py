"""The money of a draft: budget, funders asked; and its indicators.

What is asked from a funder is typed once, on the page of the funders: each line of the budget
that holds it (``financement_id``) is written here and never typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from aap.domaine.determinant import le_debut
from aap.domaine.erreurs import Invalide, PasLeMoment
from aap.domaine.montants import MONTANT_MAX, en_euros, lire_montant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import (
    CoteBudget,
    Dossier,
    EtatProduit,
    Financement,
    Financeur,
    IndicateurDossier,
    IndicateurEvaluation,
    LigneBudget,
    OrigineCredits,
    SectionTheme,
    TypeFinanceur,
)
from aap.permissions import Acteur
from aap.services.cible import fiches_des_quartiers
from aap.services.redaction import ecrire_rubrique
from workflows.financement import EtatFinancement

LIGNES_BUDGET_MAX = 120
INDICATEURS_MAX = 12
# While a funder has not given its opinion, what is asked of it may still change.
CHANGEABLES = frozenset({EtatFinancement.SOLLICITE, EtatFinancement.PRIS_EN_CHARGE})
# Account 74 of the CERFA that holds the aid of each kind of funder.
COMPTES_AIDE: dict[TypeFinanceur, str] = {
    TypeFinanceur.ETAT: "74etat",
    TypeFinanceur.EPT: "74epci",
    TypeFinanceur.COMMUNE: "74commune",
    TypeFinanceur.DEPARTEMENT: "74departement",
    TypeFinanceur.CAF: "74social",
    TypeFinanceur.CPAM: "74social",
    TypeFinanceur.ARS: "74etablissement",
    TypeFinanceur.DRAC: "74etat",
    TypeFinanceur.BAILLEUR: "74prive",
    TypeFinanceur.AUTRE: "74etablissement",
}


@dataclass(frozen=True)
class LigneSaisie:
    """One budget line as typed. ``saisie`` may be anything; it is kept."""

    cote: CoteBudget
    compte: str
    libelle: str
    saisie: str
    etat_produit: EtatProduit | None = None
    financement_id: int | None = None
    origine: OrigineCredits | None = None


@dataclass(frozen=True)
class IndicateurSaisi:
    """An indicator of a fiche (``indicateur_evaluation_id``) or in one's own words."""

    libelle: str
    cible: str = ""
    mode_mesure: str = ""
    indicateur_evaluation_id: int | None = None


def enregistrer_budget(
    acteur: Acteur,
    dossier: Dossier,
    lignes: Sequence[LigneSaisie],
    *,
    annee: int = 1,
    empreinte: str | None = None,
) -> None:
    """Replace the lines of one year; unreadable amounts are kept as typed, without value.

    Lines that cite a funder of the call are written again from what is asked of it. Raises
    Invalide (too many lines), Conflit (stale page).
    """
    ecrire_rubrique(acteur, dossier, "budget", empreinte)
    if len(lignes) > LIGNES_BUDGET_MAX:
        raise Invalide(f"Un budget compte au plus {LIGNES_BUDGET_MAX} lignes.")
    gardees = [x for x in dossier.lignes if x.annee != annee or x.financement_id is not None]
    typees = [s for s in lignes if s.financement_id is None]
    dossier.lignes = gardees + [_ligne(s, annee, rang) for rang, s in enumerate(typees)]
    _reporter_aides(dossier)
    projeter_budget(dossier)
    db.session.flush()


def _ligne(saisie: LigneSaisie, annee: int, rang: int) -> LigneBudget:
    return LigneBudget(
        annee=annee,
        cote=saisie.cote,
        compte=saisie.compte[:20],
        libelle=nettoyer(saisie.libelle, lignes=False)[:200],
        rang=rang,
        saisie=nettoyer(saisie.saisie, lignes=False)[:40],
        montant=montant_ou_rien(saisie.saisie),
        etat_produit=saisie.etat_produit,
        origine=saisie.origine,
    )


def montant_ou_rien(saisie: str) -> int | None:
    """Cents, or None when the text is not an amount."""
    try:
        return lire_montant(saisie)
    except ValueError:
        return None


def projeter_budget(dossier: Dossier) -> None:
    """Total of the charges of the first year, contributions in kind (86) apart."""
    dossier.total_charges = total_charges(dossier)


def total_charges(dossier: Dossier) -> int:
    """Cents of charges of year 1 without the volunteer contributions (account 86)."""
    return sum(
        ligne.montant or 0
        for ligne in dossier.lignes
        if (ligne.annee or 1) == 1  # None: a line not yet written, of the first year
        and ligne.cote is CoteBudget.CHARGE
        and not ligne.compte.startswith("86")
    )


def demander_financement(
    acteur: Acteur,
    dossier: Dossier,
    financeur: Financeur,
    montant: int,
    origine: OrigineCredits = OrigineCredits.SPECIFIQUES,
    *,
    empreinte: str | None = None,
) -> Financement:
    """Ask ``montant`` (cents) from a funder of the contrat; asking again changes the amount.

    Raises Invalide (funder, amount), PasLeMoment (the funder gave its opinion), Conflit.
    """
    ecrire_rubrique(acteur, dossier, "financeurs", empreinte)
    ligne = _demander(dossier, financeur, montant, origine)
    _projeter_demande(dossier)
    db.session.flush()
    return ligne


def fixer_demandes(
    acteur: Acteur,
    dossier: Dossier,
    demandes: Mapping[tuple[int, OrigineCredits], int],
    *,
    empreinte: str | None = None,
) -> None:
    """All that is asked at once: (financeur id, origin) -> cents; what is left out is withdrawn.

    Raises Invalide, PasLeMoment, Conflit.
    """
    ecrire_rubrique(acteur, dossier, "financeurs", empreinte)
    financeurs = {
        f.id: f
        for f in db.session.scalars(
            select(Financeur).where(Financeur.id.in_({i for i, _ in demandes}))
        )
    }
    for ligne in list(dossier.financements):
        if (ligne.financeur_id, ligne.origine) not in demandes:
            _retirer(dossier, ligne)
    for (financeur_id, origine), montant in demandes.items():
        if financeur_id not in financeurs:
            raise Invalide("Ce financeur ne participe pas à cet appel à projets.")
        _demander(dossier, financeurs[financeur_id], montant, origine)
    _projeter_demande(dossier)
    db.session.flush()


def _demander(
    dossier: Dossier, financeur: Financeur, montant: int, origine: OrigineCredits
) -> Financement:
    ligne = next(
        (
            f
            for f in dossier.financements
            if f.financeur_id == financeur.id and f.origine is origine
        ),
        None,
    )
    if ligne is not None and ligne.montant_demande == montant:
        return ligne
    if financeur.contrat_id != dossier.campagne.contrat_id or not financeur.actif:
        raise Invalide("Ce financeur ne participe pas à cet appel à projets.")
    if not 0 < montant <= MONTANT_MAX:
        raise Invalide("Demandez un montant supérieur à zéro.")
    if ligne is not None and ligne.etat not in CHANGEABLES:
        raise PasLeMoment(f"{le_debut(financeur.nom)} a déjà rendu son avis sur votre demande.")
    if ligne is None:
        ligne = Financement(
            dossier=dossier,
            financeur=financeur,
            exercice=dossier.campagne.exercice,
            origine=origine,
            montant_demande=montant,
        )
        db.session.add(ligne)
    ligne.montant_demande = montant
    return ligne


def retirer_financement(
    acteur: Acteur, dossier: Dossier, financement: Financement, *, empreinte: str | None = None
) -> None:
    """Stop asking a funder; possible while nobody has looked at the line."""
    ecrire_rubrique(acteur, dossier, "financeurs", empreinte)
    if financement.dossier_id != dossier.id:
        raise Invalide("Cette aide appartient à un autre dossier.")
    _retirer(dossier, financement)
    _projeter_demande(dossier)
    db.session.flush()


def _retirer(dossier: Dossier, financement: Financement) -> None:
    if financement.etat is not EtatFinancement.SOLLICITE:
        raise PasLeMoment(
            f"{le_debut(financement.financeur.nom)} a déjà commencé à examiner votre demande."
        )
    dossier.lignes = [x for x in dossier.lignes if x.financement_id != financement.id]
    db.session.flush()
    dossier.financements.remove(financement)
    db.session.delete(financement)
    db.session.flush()


def _projeter_demande(dossier: Dossier) -> None:
    db.session.flush()
    db.session.expire(dossier, ["financements"])
    dossier.montant_demande = sum(f.montant_demande for f in dossier.financements)
    _reporter_aides(dossier)


def _reporter_aides(dossier: Dossier) -> None:
    """One produit 74 per funder asked, of the very amount asked."""
    par_financement = {x.financement_id: x for x in dossier.lignes if x.financement_id is not None}
    for rang, f in enumerate(dossier.financements):
        ligne = par_financement.get(f.id)
        if ligne is None:
            ligne = LigneBudget(
                annee=1,
                cote=CoteBudget.PRODUIT,
                compte=COMPTES_AIDE[f.financeur.type],
                etat_produit=EtatProduit.DEMANDE,
                financement_id=f.id,
            )
            dossier.lignes.append(ligne)
        ligne.libelle = f.financeur.nom[:200]
        ligne.rang = 500 + rang
        ligne.montant = f.montant_demande
        ligne.saisie = en_euros(f.montant_demande)[:40]


def fixer_indicateurs(
    acteur: Acteur,
    dossier: Dossier,
    indicateurs: Sequence[IndicateurSaisi],
    *,
    empreinte: str | None = None,
) -> None:
    """Replace the evaluation indicators (12 at most); empty labels are dropped.

    Raises Invalide for an indicator of a fiche that no quartier of the dossier uses, Conflit.
    """
    ecrire_rubrique(acteur, dossier, "indicateurs", empreinte)
    utiles = [i for i in indicateurs if i.libelle.strip()]
    if len(utiles) > INDICATEURS_MAX:
        raise Invalide("Choisissez douze indicateurs au plus.")
    cites = {i.indicateur_evaluation_id for i in utiles} - {None}
    deja = {i.indicateur_evaluation_id for i in dossier.indicateurs}
    if not cites <= _indicateurs_possibles(dossier) | deja:
        raise Invalide("Un indicateur choisi ne vient pas de la fiche d’un quartier visé.")
    dossier.indicateurs = [
        IndicateurDossier(
            libelle=nettoyer(i.libelle, lignes=False)[:500],
            cible=nettoyer(i.cible, lignes=False)[:200],
            mode_mesure=nettoyer(i.mode_mesure)[:500],
            indicateur_evaluation_id=i.indicateur_evaluation_id,
        )
        for i in utiles
    ]
    db.session.flush()


def _indicateurs_possibles(dossier: Dossier) -> set[int | None]:
    return set(
        db.session.scalars(
            select(IndicateurEvaluation.id)
            .join(SectionTheme)
            .where(SectionTheme.fiche_id.in_(fiches_des_quartiers(dossier)))
        )
    )
