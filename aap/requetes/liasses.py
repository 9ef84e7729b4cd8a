"""Liasses de mandatement and the payments that wait for one, within the reader's funders."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import joinedload

from aap.domaine.liasse import VERSEMENTS_MAX
from aap.extensions import db
from aap.models import (
    Convention,
    Financement,
    Financeur,
    Liasse,
    LigneLiasse,
    Tranche,
    TypeVersement,
    Versement,
)
from aap.permissions import Acteur
from aap.permissions.finance import paie_un_de
from aap.requetes.finance import (
    PAR_PAGE,
    Filtres,
    PageListe,
    financeurs_de,
    jointures_versement,
    recherche,
    sans_deport,
    versements,
)
from workflows.versement import EtatVersement

TYPES = tuple(t.value for t in TypeVersement)
ETATS = (
    ("a_mandater", "À mandater"),
    ("mandatee", "Mandatées"),
    ("annulee", "Annulées"),
)


def en_liasse() -> ColumnElement[bool]:
    """The payment has a live line in a liasse."""
    return exists().where(LigneLiasse.versement_id == Versement.id, LigneLiasse.sortie_le.is_(None))


@dataclass(frozen=True)
class AMandater:
    """Validated payments that no liasse holds; ``montant``: cents of all of them."""

    versements: Sequence[Versement]
    total: int
    montant: int


def a_mandater(acteur: Acteur, financeur_id: int, f: Filtres) -> AMandater:
    """The first ``VERSEMENTS_MAX``, the nearest date first (2 queries)."""
    conditions = [
        Versement.etat == EtatVersement.VALIDE,
        Convention.financeur_id == financeur_id,
        ~en_liasse(),
        *recherche(f.q),
    ]
    if f.exercice:
        conditions.append(Tranche.exercice == f.exercice)
    if f.type in TYPES:
        conditions.append(Versement.type == TypeVersement(f.type))
    compte = select(func.count(Versement.id), func.coalesce(func.sum(Versement.montant), 0))
    total, montant = db.session.execute(
        jointures_versement(compte.select_from(Versement)).where(
            financeurs_de(acteur), *sans_deport(acteur), *conditions
        )
    ).one()
    lus = db.session.scalars(versements(acteur, *conditions).limit(VERSEMENTS_MAX)).unique()
    return AMandater(list(lus), total, int(montant))


@dataclass(frozen=True)
class Attente:
    """A funder whose validated payments wait for a liasse: how many, how many cents."""

    financeur: Financeur
    nombre: int
    montant: int


def attentes(acteur: Acteur) -> list[Attente]:
    """The reader's funders that have something to hand over, most money first (1 query)."""
    somme = func.sum(Versement.montant)
    requete = (
        jointures_versement(
            select(Financeur, func.count(Versement.id), somme).select_from(Versement)
        )
        .where(
            financeurs_de(acteur),
            *sans_deport(acteur),
            Versement.etat == EtatVersement.VALIDE,
            ~en_liasse(),
        )
        .group_by(Financeur.id)
        .order_by(somme.desc(), Financeur.id)
    )
    return [Attente(x[0], x[1], int(x[2])) for x in db.session.execute(requete)]


def _financement_et_enveloppe() -> Any:
    vers = joinedload(Versement.tranche).joinedload(Tranche.financement)
    return vers.joinedload(Financement.enveloppe), vers.joinedload(Financement.dossier)


def choisis(acteur: Acteur, financeur_id: int, ids: Collection[int]) -> list[Versement]:
    """The payments asked for, in the order of the list; those out of reach are left out."""
    lus = versements(
        acteur, Versement.id.in_(sorted(ids)), Convention.financeur_id == financeur_id
    ).options(*_financement_et_enveloppe())
    return list(db.session.scalars(lus).unique())


def lignes_vivantes(ids: Collection[int]) -> dict[int, LigneLiasse]:
    """Payment -> its live line, with the liasse (1 query)."""
    lues = db.session.scalars(
        select(LigneLiasse)
        .where(LigneLiasse.versement_id.in_(sorted(ids)), LigneLiasse.sortie_le.is_(None))
        .options(joinedload(LigneLiasse.liasse))
    )
    return {x.versement_id: x for x in lues}


def engagements_connus(conventions: Collection[int]) -> dict[int, str]:
    """Act -> the last engagement number typed for one of its payments (1 query)."""
    lus = db.session.execute(
        select(Tranche.convention_id, Versement.numero_ej)
        .join(Versement, Versement.tranche_id == Tranche.id)
        .where(Tranche.convention_id.in_(sorted(conventions)), Versement.numero_ej != "")
        .order_by(Versement.id)
    )
    return {convention: ej for convention, ej in lus}


@dataclass(frozen=True)
class LiasseVue:
    """A liasse and its live lines: how many, for how many cents, how many still to mandate."""

    liasse: Liasse
    lignes: int
    montant: int
    a_mandater: int
    payes: int


def _comptes() -> Any:
    """What each liasse holds: lines and cents as handed over, and where its payments are."""
    vivante = LigneLiasse.sortie_le.is_(None)
    attend = vivante & (Versement.etat == EtatVersement.VALIDE)
    return (
        select(
            LigneLiasse.liasse_id,
            func.count(LigneLiasse.id).label("lignes"),
            func.sum(LigneLiasse.montant).label("montant"),
            func.count(case((attend, 1))).label("attend"),
            func.count(case((vivante & (Versement.etat == EtatVersement.PAYE), 1))).label("payes"),
        )
        .join(Versement, Versement.id == LigneLiasse.versement_id)
        .group_by(LigneLiasse.liasse_id)
        .subquery()
    )


def _sans_deporte(acteur: Acteur) -> list[ColumnElement[bool]]:
    """No line of the liasse pays an organisme for which the reader declared a conflict."""
    if not acteur.deports:
        return []
    return [~paie_un_de(acteur.deports)]


def liste_liasses(acteur: Acteur, f: Filtres) -> PageListe:
    """Liasses of the reader's funders, newest first (2 queries); cancelled ones sum to nothing."""
    comptes = _comptes()
    conditions = [financeurs_de(acteur), *_sans_deporte(acteur)]
    if f.financeur:
        conditions.append(Liasse.financeur_id == f.financeur)
    if f.exercice:
        conditions.append(Liasse.annee == f.exercice)
    if f.etat == "annulee":
        conditions.append(Liasse.annulee_le.is_not(None))
    elif f.etat in ("a_mandater", "mandatee"):
        conditions.append(Liasse.annulee_le.is_(None))
        conditions.append(comptes.c.attend > 0 if f.etat == "a_mandater" else comptes.c.attend == 0)
    remis = case((Liasse.annulee_le.is_(None), comptes.c.montant), else_=0)
    tete = select(func.count(Liasse.id), func.coalesce(func.sum(remis), 0))
    total, montant = db.session.execute(_avec(tete.select_from(Liasse), comptes, conditions)).one()
    pages = max(1, -(-total // PAR_PAGE))
    page = min(f.page, pages)
    requete = (
        _avec(select(Liasse, *list(comptes.c)[1:]), comptes, conditions)
        .options(joinedload(Liasse.financeur), joinedload(Liasse.etablie_par))
        .order_by(Liasse.annee.desc(), Liasse.rang.desc(), Liasse.id.desc())
        .limit(PAR_PAGE)
        .offset((page - 1) * PAR_PAGE)
    )
    lues = [LiasseVue(x[0], x[1], int(x[2]), x[3], x[4]) for x in db.session.execute(requete)]
    return PageListe(lues, total, int(montant), page, pages)


def _avec(requete: Any, comptes: Any, conditions: list[ColumnElement[bool]]) -> Any:
    return (
        requete.join(Financeur, Financeur.id == Liasse.financeur_id)
        .join(comptes, comptes.c.liasse_id == Liasse.id)
        .where(*conditions)
    )


def annees(acteur: Acteur) -> list[int]:
    """Years in which the reader's funders handed over a liasse, newest first."""
    lues = (
        select(Liasse.annee)
        .join(Financeur, Financeur.id == Liasse.financeur_id)
        .where(financeurs_de(acteur))
        .distinct()
    )
    return list(db.session.scalars(lues.order_by(Liasse.annee.desc())))


def lignes_de(liasse: Liasse) -> list[LigneLiasse]:
    """Lines in their order, with what mandating reads (1 query)."""
    vers = joinedload(LigneLiasse.versement).joinedload(Versement.tranche)
    acte = vers.joinedload(Tranche.convention)
    return list(
        db.session.scalars(
            select(LigneLiasse)
            .where(LigneLiasse.liasse_id == liasse.id)
            .options(
                acte.joinedload(Convention.organisme),
                acte.joinedload(Convention.dossier),
                acte.joinedload(Convention.financeur),
                vers.joinedload(Tranche.financement).joinedload(Financement.dossier),
            )
            .order_by(LigneLiasse.rang)
        )
    )


def octets_de(liasse: Liasse) -> bytes:
    """The file as it was first given."""
    return db.session.scalars(select(Liasse.octets).where(Liasse.id == liasse.id)).one()
