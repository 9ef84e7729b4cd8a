"""The money and the annexes of a draft: budget, funders asked, indicators, files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aap.domaine.erreurs import Invalide, PasLeMoment
from aap.domaine.horloge import maintenant
from aap.domaine.montants import lire_montant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import (
    CoteBudget,
    Dossier,
    EtatProduit,
    Financement,
    Financeur,
    IndicateurDossier,
    LigneBudget,
    OrigineCredits,
    PieceDossier,
)
from aap.permissions import Acteur
from aap.services.fichier import enregistrer_fichier
from aap.services.journal import consigner
from aap.services.redaction import exiger_redaction
from workflows.financement import EtatFinancement

LIGNES_BUDGET_MAX = 120


@dataclass(frozen=True)
class LigneSaisie:
    """One budget line as typed. ``saisie`` may be anything; it is kept."""

    cote: CoteBudget
    compte: str
    libelle: str
    saisie: str
    etat_produit: EtatProduit | None = None
    financement_id: int | None = None


@dataclass(frozen=True)
class IndicateurSaisi:
    libelle: str
    cible: str = ""
    mode_mesure: str = ""
    indicateur_evaluation_id: int | None = None


def enregistrer_budget(
    acteur: Acteur, dossier: Dossier, lignes: Sequence[LigneSaisie], *, annee: int = 1
) -> None:
    """Replace the lines of one year; unreadable amounts are kept as typed, without value."""
    exiger_redaction(acteur, dossier)
    if len(lignes) > LIGNES_BUDGET_MAX:
        raise Invalide(f"Un budget compte au plus {LIGNES_BUDGET_MAX} lignes.")
    siennes = {f.id for f in dossier.financements}
    gardees = [ligne for ligne in dossier.lignes if ligne.annee != annee]
    nouvelles = []
    for rang, saisie in enumerate(lignes):
        if saisie.financement_id is not None and saisie.financement_id not in siennes:
            raise Invalide("Une ligne du budget cite une aide d’un autre dossier.")
        nouvelles.append(
            LigneBudget(
                annee=annee,
                cote=saisie.cote,
                compte=saisie.compte,
                libelle=nettoyer(saisie.libelle, lignes=False)[:200],
                rang=rang,
                saisie=nettoyer(saisie.saisie, lignes=False)[:40],
                montant=_montant_ou_rien(saisie.saisie),
                etat_produit=saisie.etat_produit,
                financement_id=saisie.financement_id,
            )
        )
    dossier.lignes = gardees + nouvelles
    projeter_budget(dossier)
    db.session.flush()


def _montant_ou_rien(saisie: str) -> int | None:
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
        if ligne.annee == 1
        and ligne.cote is CoteBudget.CHARGE
        and not ligne.compte.startswith("86")
    )


def demander_financement(
    acteur: Acteur,
    dossier: Dossier,
    financeur: Financeur,
    montant: int,
    origine: OrigineCredits = OrigineCredits.SPECIFIQUES,
) -> Financement:
    """Ask ``montant`` (cents) from a funder of the contrat; asking again changes the amount."""
    exiger_redaction(acteur, dossier)
    if financeur.contrat_id != dossier.campagne.contrat_id or not financeur.actif:
        raise Invalide("Ce financeur ne participe pas à cet appel à projets.")
    if montant <= 0:
        raise Invalide("Demandez un montant supérieur à zéro.")
    ligne = next(
        (
            f
            for f in dossier.financements
            if f.financeur_id == financeur.id and f.origine is origine
        ),
        None,
    )
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
    _projeter_demande(dossier)
    db.session.flush()
    return ligne


def retirer_financement(acteur: Acteur, dossier: Dossier, financement: Financement) -> None:
    """Stop asking a funder; possible while nobody has looked at the line."""
    exiger_redaction(acteur, dossier)
    if financement.dossier_id != dossier.id:
        raise Invalide("Cette aide appartient à un autre dossier.")
    if financement.etat is not EtatFinancement.SOLLICITE:
        raise PasLeMoment("Ce financeur a déjà commencé à examiner votre demande.")
    dossier.financements.remove(financement)
    for ligne in dossier.lignes:
        if ligne.financement_id == financement.id:
            ligne.financement_id = None
    db.session.delete(financement)
    _projeter_demande(dossier)
    db.session.flush()


def _projeter_demande(dossier: Dossier) -> None:
    dossier.montant_demande = sum(f.montant_demande for f in dossier.financements)


def fixer_indicateurs(
    acteur: Acteur, dossier: Dossier, indicateurs: Sequence[IndicateurSaisi]
) -> None:
    """Replace the evaluation indicators (12 at most); empty labels are dropped."""
    exiger_redaction(acteur, dossier)
    utiles = [i for i in indicateurs if i.libelle.strip()]
    if len(utiles) > 12:
        raise Invalide("Choisissez douze indicateurs au plus.")
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


def joindre_piece(
    acteur: Acteur, dossier: Dossier, nom: str, octets: bytes, libelle: str = ""
) -> PieceDossier:
    """Join a file (type verified by opening it). Raises Invalide, Indisponible."""
    exiger_redaction(acteur, dossier)
    fichier = enregistrer_fichier(acteur, nom, octets, entite="dossier", entite_id=dossier.id)
    piece = PieceDossier(
        dossier_id=dossier.id,
        fichier=fichier,
        libelle=nettoyer(libelle, lignes=False)[:200] or fichier.nom,
    )
    db.session.add(piece)
    consigner(
        acteur,
        dossier,
        "dossier.joindre_piece",
        f"Document joint : {piece.libelle}",
        donnees={"sha256": fichier.sha256},
        visible_porteur=True,
    )
    return piece


def retirer_piece(acteur: Acteur, dossier: Dossier, piece: PieceDossier) -> None:
    """Take a file off the dossier; the bytes stay, past deposits cite them."""
    exiger_redaction(acteur, dossier)
    if piece.dossier_id != dossier.id:
        raise Invalide("Ce document appartient à un autre dossier.")
    if piece.retiree_le is None:
        piece.retiree_le = maintenant()
        consigner(
            acteur,
            dossier,
            "dossier.retirer_piece",
            f"Document retiré : {piece.libelle}",
            visible_porteur=True,
        )
