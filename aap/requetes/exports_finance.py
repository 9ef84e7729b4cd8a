"""Rows of the lists of the finance rooms, whole: one query each, read a few hundred at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, select
from sqlalchemy.orm import contains_eager

from aap.extensions import db
from aap.models import (
    Bilan,
    Convention,
    Dossier,
    Financement,
    Financeur,
    Liasse,
    LigneLiasse,
    Organisme,
    Reversement,
    Tranche,
    Versement,
)
from aap.permissions import Acteur
from aap.requetes.finance import (
    Filtres,
    PageListe,
    conditions_conventions,
    conditions_versements,
    financeurs_de,
    jointures_convention,
    jointures_versement,
    paginer,
    recherche,
    sans_deport,
)
from workflows.tranche import EtatTranche
from workflows.versement import EtatVersement

PAQUET = 400
FERMES = (EtatTranche.FERME, EtatTranche.CLOSE)
TITRES = (("attendu", "À encaisser"), ("recu", "Encaissés"))


def _lire(requete: Select[Any]) -> Iterator[Any]:
    return iter(db.session.execute(requete.execution_options(yield_per=PAQUET)))


def _somme_tranches(*conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
    return (
        select(func.coalesce(func.sum(Tranche.montant), 0))
        .where(Tranche.convention_id == Convention.id, *conditions)
        .correlate(Convention)
        .scalar_subquery()
    )


def _paye() -> ScalarSelect[Any]:
    return (
        select(func.coalesce(func.sum(Versement.montant), 0))
        .join(Tranche, Tranche.id == Versement.tranche_id)
        .where(Tranche.convention_id == Convention.id, Versement.etat == EtatVersement.PAYE)
        .correlate(Convention)
        .scalar_subquery()
    )


def lire_conventions(acteur: Acteur, f: Filtres) -> Iterator[Any]:
    """Acts of the list, with the cents of their tranches, firm and paid."""
    requete = jointures_convention(
        select(
            Convention.numero,
            Convention.type,
            Convention.etat,
            Financeur.nom.label("financeur"),
            Organisme.nom.label("organisme"),
            Organisme.siret,
            Dossier.numero.label("dossier"),
            Dossier.intitule,
            Convention.exercice,
            Convention.dernier_exercice,
            _somme_tranches(Tranche.etat != EtatTranche.ABANDONNEE).label("montant"),
            _somme_tranches(Tranche.etat.in_(FERMES)).label("ferme"),
            _paye().label("paye"),
            Convention.signee_le,
            Convention.notifiee_le,
        ).select_from(Convention)
    ).where(*conditions_conventions(acteur, f))
    ordre = (Convention.exercice.desc(), Convention.numero.desc(), Convention.id.desc())
    return _lire(requete.order_by(*ordre))


def lire_versements(acteur: Acteur, f: Filtres) -> Iterator[Any]:
    """Payments of the list, with the liasse that holds each."""
    requete = (
        jointures_versement(
            select(
                Organisme.nom.label("organisme"),
                Organisme.siret,
                Financeur.nom.label("financeur"),
                Convention.numero.label("acte"),
                Convention.type.label("type_acte"),
                Tranche.exercice,
                Versement.type,
                Versement.prevu_le,
                Versement.etat,
                Versement.montant,
                Versement.numero_ej,
                Versement.numero_mandat,
                Liasse.annee,
                Liasse.rang,
                Versement.paye_le,
                Dossier.numero.label("dossier"),
                Dossier.intitule,
                Versement.motif,
            ).select_from(Versement)
        )
        .outerjoin(
            LigneLiasse,
            and_(LigneLiasse.versement_id == Versement.id, LigneLiasse.sortie_le.is_(None)),
        )
        .outerjoin(Liasse, Liasse.id == LigneLiasse.liasse_id)
        .where(*conditions_versements(acteur, f))
    )
    return _lire(requete.order_by(Versement.prevu_le, Versement.id))


def _conditions_titres(acteur: Acteur, f: Filtres) -> list[ColumnElement[bool]]:
    """What the list of sums asked back shows to this reader."""
    conditions = [financeurs_de(acteur), *sans_deport(acteur), *recherche(f.q)]
    if f.etat == "recu":
        conditions.append(Reversement.recu_le.is_not(None))
    elif f.etat == "attendu":
        conditions.append(Reversement.recu_le.is_(None))
    if f.financeur:
        conditions.append(Financement.financeur_id == f.financeur)
    if f.exercice:
        conditions.append(Financement.exercice == f.exercice)
    return conditions


def _jointures_titre(requete: Any) -> Any:
    return (
        requete.join(Bilan, Bilan.id == Reversement.bilan_id)
        .join(Financement, Financement.id == Reversement.financement_id)
        .join(Financeur, Financeur.id == Financement.financeur_id)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .join(Organisme, Organisme.id == Dossier.organisme_id)
    )


def liste_titres(acteur: Acteur, f: Filtres) -> PageListe:
    """Sums asked back, those awaited first (2 queries)."""
    conditions = _conditions_titres(acteur, f)
    compte = select(func.count(Reversement.id), func.coalesce(func.sum(Reversement.montant), 0))
    total, montant = db.session.execute(
        _jointures_titre(compte.select_from(Reversement)).where(*conditions)
    ).one()
    requete = (
        _jointures_titre(select(Reversement))
        .where(*conditions)
        .options(
            contains_eager(Reversement.bilan),
            contains_eager(Reversement.financement).contains_eager(Financement.financeur),
            contains_eager(Reversement.financement)
            .contains_eager(Financement.dossier)
            .contains_eager(Dossier.organisme),
        )
        .order_by(Reversement.recu_le.is_not(None), Reversement.id.desc())
    )
    return paginer(requete, total, int(montant), f.page)


def lire_titres(acteur: Acteur, f: Filtres) -> Iterator[Any]:
    """Sums asked back, whole."""
    requete = _jointures_titre(
        select(
            Organisme.nom.label("organisme"),
            Organisme.siret,
            Financeur.nom.label("financeur"),
            Dossier.numero.label("dossier"),
            Dossier.intitule,
            Financement.exercice,
            Financement.montant_vote,
            Reversement.montant,
            Reversement.motif,
            Reversement.cree_le,
            Reversement.numero_titre,
            Reversement.recu_le,
        ).select_from(Reversement)
    ).where(*_conditions_titres(acteur, f))
    return _lire(requete.order_by(Reversement.recu_le.is_not(None), Reversement.id.desc()))
