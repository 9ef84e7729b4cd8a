"""Sums of money: nothing gives more than it holds. Amounts are cents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from aap.domaine.montants import en_euros
from aap.models import Dossier, Enveloppe, Financement, Tranche, Versement
from aap.requetes.invariants.socle import Ecart, Suivre, invariant, lignes
from aap.requetes.soldes import RETENU
from workflows.tranche import EtatTranche
from workflows.versement import EtatVersement

# A rejected payment will be made again: it still counts in its tranche.
SANS_EFFET = (EtatVersement.ANNULE,)
FERMES = (EtatTranche.FERME, EtatTranche.CLOSE)


def _exces(objet: str, quoi: str, somme: int, plafond: int) -> Ecart:
    return Ecart(objet, f"{quoi} : {en_euros(int(somme))} pour {en_euros(int(plafond))}")


def _ligne(financement_id: int, numero: str | None) -> str:
    return f"financement {financement_id} (dossier {numero or 'sans numéro'})"


@invariant("enveloppe.solde", "Aucune enveloppe ne donne plus qu’elle ne contient")
def _enveloppes(suivre: Suivre) -> Iterator[Ecart]:
    enfant = aliased(Enveloppe)
    delegue = (
        select(func.coalesce(func.sum(enfant.montant), 0))
        .where(enfant.parent_id == Enveloppe.id)
        .scalar_subquery()
    )
    tire = (
        select(func.coalesce(func.sum(RETENU), 0))
        .where(Financement.enveloppe_id == Enveloppe.id)
        .scalar_subquery()
    )
    requete = select(
        Enveloppe.id, Enveloppe.code, Enveloppe.montant, delegue.label("delegue"), tire.label("t")
    ).order_by(Enveloppe.id)
    for i, code, montant, d, t in suivre(lignes(requete)):
        nom = f"enveloppe {i} ({code})"
        if d > montant:
            yield _exces(nom, "les sous-enveloppes dépassent leur parente", d, montant)
        elif d + t > montant:
            yield _exces(nom, "montants attribués et délégués", d + t, montant)


@invariant("enveloppe.arbre", "Une sous-enveloppe est du même financeur et de la même campagne")
def _arbre(suivre: Suivre) -> Iterator[Ecart]:
    parente = aliased(Enveloppe)
    requete = (
        select(Enveloppe.id, Enveloppe.code, parente.code)
        .join(parente, parente.id == Enveloppe.parent_id)
        .where(
            or_(
                parente.campagne_id != Enveloppe.campagne_id,
                parente.financeur_id != Enveloppe.financeur_id,
            )
        )
    )
    for i, code, mere in suivre(lignes(requete)):
        yield Ecart(f"enveloppe {i} ({code})", f"n’a pas le financeur ou la campagne de {mere}")


@invariant("enveloppe.ligne", "Une ligne puise dans une enveloppe de son financeur")
def _financeur_enveloppe(suivre: Suivre) -> Iterator[Ecart]:
    requete = (
        select(Financement.id, Dossier.numero, Enveloppe.code)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .join(Enveloppe, Enveloppe.id == Financement.enveloppe_id)
        .where(Enveloppe.financeur_id != Financement.financeur_id)
    )
    for i, numero, code in suivre(lignes(requete)):
        yield Ecart(_ligne(i, numero), f"puise dans l’enveloppe {code} d’un autre financeur")


@invariant("versement.tranche", "Les versements non annulés tiennent dans leur tranche")
def _versements(suivre: Suivre) -> Iterator[Ecart]:
    somme = func.sum(Versement.montant)
    requete = (
        select(Tranche.id, Tranche.convention_id, Tranche.montant, somme)
        .join(Versement, Versement.tranche_id == Tranche.id)
        .where(Versement.etat.not_in(SANS_EFFET))
        .group_by(Tranche.id, Tranche.convention_id, Tranche.montant)
        .having(somme > Tranche.montant)
    )
    for i, convention_id, montant, total in suivre(lignes(requete)):
        nom = f"tranche {i} (convention {convention_id})"
        yield _exces(nom, "versements prévus ou faits", total, montant)


def _par_financement(somme: Any, filtre: Any) -> Any:
    """Lines whose ``somme`` over their tranches (and versements) is above what was voted."""
    vote = func.coalesce(Financement.montant_vote, 0)
    return (
        select(Financement.id, Dossier.numero, vote, somme)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .join(Tranche, Tranche.financement_id == Financement.id)
        .where(filtre)
        .group_by(Financement.id, Dossier.numero, Financement.montant_vote)
        .having(somme > vote)
    )


@invariant("tranche.vote", "Les tranches fermes d’une ligne tiennent dans son montant voté")
def _tranches(suivre: Suivre) -> Iterator[Ecart]:
    requete = _par_financement(func.sum(Tranche.montant), Tranche.etat.in_(FERMES))
    for i, numero, vote, total in suivre(lignes(requete)):
        yield _exces(_ligne(i, numero), "tranches fermes au-delà du vote", total, vote)


@invariant("versement.vote", "On ne paie jamais plus que le montant voté")
def _payes(suivre: Suivre) -> Iterator[Ecart]:
    requete = _par_financement(
        func.sum(Versement.montant), Versement.etat == EtatVersement.PAYE
    ).join(Versement, Versement.tranche_id == Tranche.id)
    for i, numero, vote, total in suivre(lignes(requete)):
        yield _exces(_ligne(i, numero), "payé au-delà du vote", total, vote)


@invariant("tranche.organisme", "Une tranche est payée sur une ligne du même organisme")
def _tranche_financement(suivre: Suivre) -> Iterator[Ecart]:
    porteuse = aliased(Dossier)
    requete = (
        select(Tranche.id, Tranche.exercice, Financement.id)
        .join(Tranche.convention)
        .join(Financement, Financement.id == Tranche.financement_id)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .join(porteuse, porteuse.id == Tranche.convention.property.mapper.class_.dossier_id)
        .where(
            or_(
                Financement.exercice != Tranche.exercice,
                Dossier.organisme_id != porteuse.organisme_id,
            )
        )
    )
    for i, exercice, ligne in suivre(lignes(requete)):
        yield Ecart(
            f"tranche {i} ({exercice})", f"financement {ligne} d’un autre exercice ou porteur"
        )
