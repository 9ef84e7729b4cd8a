"""The money of a funder at each step, from what is asked to what is taken back.

Each figure is a sum over the lines of the dossiers (a funder, a dossier, a year): the same lines
grouped by organisme, by enveloppe or by act give the same total. Nothing is stored: everything is
derived from the lines, the acts, the payments and the sums asked back. Constant queries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, select

from aap.extensions import db
from aap.models import (
    ETATS_SANS_CREDIT,
    Convention,
    Dossier,
    Enveloppe,
    Financement,
    Financeur,
    Organisme,
    Reversement,
    Tranche,
    Versement,
)
from aap.permissions import Acteur
from aap.requetes.essai import hors_essai
from aap.requetes.finance import (
    PAR_PAGE,
    Filtres,
    decision_publiee_sql,
    financeurs_de,
    recherche,
    sans_deport,
)
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche
from workflows.versement import EtatVersement


class Vue(StrEnum):
    """What the lines are grouped by."""

    ORGANISME = "organisme"
    ENVELOPPE = "enveloppe"
    ACTE = "acte"

    @property
    def libelle(self) -> str:
        return {
            "organisme": "Organisme",
            "enveloppe": "Enveloppe",
            "acte": "Acte",
        }[self.value]


@dataclass(frozen=True)
class Etape:
    """A step of the money, and how its figure is made."""

    code: str
    titre: str
    definition: str


ETAPES = (
    Etape("demande", "Demandé", "ce que demandent les dossiers déposés"),
    Etape("propose", "Proposé", "ce que propose l’avis du financeur"),
    Etape("arbitre", "Arbitré", "ce que le comité de pilotage a décidé et publié"),
    Etape("vote", "Voté", "ce que le financeur a décidé par son propre acte"),
    Etape("engage", "Engagé", "les années fermes des actes signés"),
    Etape("paye", "Payé", "les versements que le comptable a payés"),
    Etape("justifie", "Justifié", "ce qui est payé sur des aides dont le bilan est validé"),
    Etape("a_recuperer", "À\u00a0récupérer", "les reversements demandés et pas encore encaissés"),
)
JUSTIFIEES = (EtatFinancement.JUSTIFIE, EtatFinancement.CLOS, EtatFinancement.REVERSE)
FERMES = (EtatTranche.FERME, EtatTranche.CLOSE)
SANS = {Vue.ENVELOPPE: "Pas encore d’enveloppe", Vue.ACTE: "Pas encore d’acte"}


class Sommes(NamedTuple):
    """Cents at each step, in the order of ``ETAPES``."""

    demande: int = 0
    propose: int = 0
    arbitre: int = 0
    vote: int = 0
    engage: int = 0
    paye: int = 0
    justifie: int = 0
    a_recuperer: int = 0


@dataclass(frozen=True)
class Compte:
    """A group of lines. ``cle``: its id, None for the lines without enveloppe or act."""

    cle: int | None
    libelle: str
    precision: str
    lignes: int
    sommes: Sommes


@dataclass(frozen=True)
class Comptes:
    """One page of groups, and the sums of all of them."""

    vue: Vue
    groupes: Sequence[Compte]
    sommes: Sommes
    lignes: int
    total: int
    page: int
    pages: int

    @property
    def premier(self) -> int:
        return (self.page - 1) * PAR_PAGE + 1 if self.total else 0

    @property
    def dernier(self) -> int:
        return min(self.page * PAR_PAGE, self.total)


@dataclass(frozen=True)
class LigneCompte:
    """A line and its sums, with what names it."""

    id: int
    reference: str
    intitule: str
    organisme: str
    financeur: str
    exercice: int
    etat: EtatFinancement
    enveloppe: str
    acte: str
    sommes: Sommes


def _engages() -> Any:
    return (
        select(Tranche.financement_id.label("ligne"), func.sum(Tranche.montant).label("somme"))
        .join(Convention, Convention.id == Tranche.convention_id)
        .where(
            Tranche.financement_id.is_not(None),
            Tranche.etat.in_(FERMES),
            Convention.signee_le.is_not(None),
        )
        .group_by(Tranche.financement_id)
        .subquery("engages")
    )


def _payes() -> Any:
    return (
        select(Tranche.financement_id.label("ligne"), func.sum(Versement.montant).label("somme"))
        .join(Tranche, Tranche.id == Versement.tranche_id)
        .where(Tranche.financement_id.is_not(None), Versement.etat == EtatVersement.PAYE)
        .group_by(Tranche.financement_id)
        .subquery("payes")
    )


def _reverses() -> Any:
    attendu = case((Reversement.recu_le.is_(None), Reversement.montant), else_=0)
    encaisse = case((Reversement.recu_le.is_not(None), Reversement.montant), else_=0)
    return (
        select(
            Reversement.financement_id.label("ligne"),
            func.sum(attendu).label("attendu"),
            func.sum(encaisse).label("encaisse"),
        )
        .group_by(Reversement.financement_id)
        .subquery("reverses")
    )


def _actes() -> Any:
    """Line -> the last act that covers it, an abandoned year left out."""
    return (
        select(Tranche.financement_id.label("ligne"), func.max(Tranche.convention_id).label("acte"))
        .where(Tranche.financement_id.is_not(None), Tranche.etat != EtatTranche.ABANDONNEE)
        .group_by(Tranche.financement_id)
        .subquery("actes")
    )


def _lignes(*conditions: ColumnElement[bool]) -> Any:
    """Lines of deposited dossiers, with their sums (a subquery)."""
    engages, payes, reverses, actes = _engages(), _payes(), _reverses(), _actes()
    depose = Dossier.depose_le.is_not(None)
    credite = Financement.etat.not_in(ETATS_SANS_CREDIT)
    paye = func.coalesce(payes.c.somme, 0)
    return (
        select(
            Financement.id,
            Dossier.organisme_id.label("organisme"),
            Financement.enveloppe_id.label("enveloppe"),
            actes.c.acte.label("acte"),
            Financement.montant_demande.label("demande"),
            func.coalesce(Financement.montant_propose, 0).label("propose"),
            case(
                (credite & decision_publiee_sql(), func.coalesce(Financement.montant_arbitre, 0)),
                else_=0,
            ).label("arbitre"),
            case((credite, func.coalesce(Financement.montant_vote, 0)), else_=0).label("vote"),
            func.coalesce(engages.c.somme, 0).label("engage"),
            paye.label("paye"),
            case(
                (
                    Financement.etat.in_(JUSTIFIEES),
                    paye - func.coalesce(reverses.c.encaisse, 0),
                ),
                else_=0,
            ).label("justifie"),
            func.coalesce(reverses.c.attendu, 0).label("a_recuperer"),
        )
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .join(Organisme, Organisme.id == Dossier.organisme_id)
        .join(Financeur, Financeur.id == Financement.financeur_id)
        .outerjoin(engages, engages.c.ligne == Financement.id)
        .outerjoin(payes, payes.c.ligne == Financement.id)
        .outerjoin(reverses, reverses.c.ligne == Financement.id)
        .outerjoin(actes, actes.c.ligne == Financement.id)
        .where(depose, *conditions)
        .subquery("lignes")
    )


def _choisies(acteur: Acteur, f: Filtres) -> list[ColumnElement[bool]]:
    """What the reader may count, and asked for."""
    conditions = [financeurs_de(acteur), hors_essai(), *sans_deport(acteur), *recherche(f.q)]
    if f.financeur:
        conditions.append(Financement.financeur_id == f.financeur)
    if f.exercice:
        conditions.append(Financement.exercice == f.exercice)
    return conditions


def _sommes(lignes: Any) -> list[Any]:
    return [func.coalesce(func.sum(lignes.c[e.code]), 0).label(e.code) for e in ETAPES]


def _en_sommes(ligne: Sequence[Any]) -> Sommes:
    return Sommes(*(int(x or 0) for x in ligne))


def comptes(acteur: Acteur, f: Filtres, vue: Vue) -> Comptes:
    """One page of groups, most money asked first, and the sums of all (3 queries)."""
    lignes = _lignes(*_choisies(acteur, f))
    cle = lignes.c[vue.value]
    tete = db.session.execute(select(func.count(), *_sommes(lignes)).select_from(lignes)).one()
    groupes = select(cle).select_from(lignes).group_by(cle).subquery()
    total = db.session.scalar(select(func.count()).select_from(groupes)) or 0
    pages = max(1, -(-total // PAR_PAGE))
    page = min(f.page, pages)
    requete = (
        select(cle, func.count(), *_sommes(lignes))
        .group_by(cle)
        .order_by(func.sum(lignes.c.demande).desc(), cle)
        .limit(PAR_PAGE)
        .offset((page - 1) * PAR_PAGE)
    )
    lues = db.session.execute(requete).all()
    noms = _noms(vue, [x[0] for x in lues if x[0] is not None])
    return Comptes(
        vue,
        [_compte(vue, x, noms) for x in lues],
        _en_sommes(tete[1:]),
        tete[0],
        total,
        page,
        pages,
    )


def _compte(vue: Vue, lue: Sequence[Any], noms: dict[int, tuple[str, str]]) -> Compte:
    cle, nombre, *sommes = lue
    libelle, precision = (SANS.get(vue, ""), "") if cle is None else noms[cle]
    return Compte(cle, libelle, precision, nombre, _en_sommes(sommes))


def _noms(vue: Vue, cles: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Group -> (name, what tells it from another of the same name)."""
    requetes: dict[Vue, Any] = {
        Vue.ORGANISME: select(
            Organisme.id, Organisme.nom, func.coalesce(Organisme.siret, "")
        ).where(Organisme.id.in_(cles)),
        Vue.ENVELOPPE: select(Enveloppe.id, Enveloppe.libelle, Financeur.nom)
        .join(Financeur, Financeur.id == Enveloppe.financeur_id)
        .where(Enveloppe.id.in_(cles)),
        Vue.ACTE: select(Convention.id, Convention.numero, Convention.type, Organisme.nom)
        .join(Organisme, Organisme.id == Convention.organisme_id)
        .where(Convention.id.in_(cles)),
    }
    lus = db.session.execute(requetes[vue])
    if vue is Vue.ACTE:
        return {
            cle: (f"{genre.libelle} n° {numero}" if numero else f"{genre.libelle} sans numéro", nom)
            for cle, numero, genre, nom in lus
        }
    return {cle: (nom, precision) for cle, nom, precision in lus}


def nom_du_compte(vue: Vue, cle: int | None) -> tuple[str, str]:
    """(name, precision) of one group; empty when there is no such thing."""
    if cle is None:
        return SANS.get(vue, ""), ""
    return _noms(vue, [cle]).get(cle, ("", ""))


@dataclass(frozen=True)
class LignesDuCompte:
    """One page of the lines of a group, and the sums of all of them."""

    lignes: Sequence[LigneCompte]
    sommes: Sommes
    total: int
    page: int
    pages: int

    @property
    def premier(self) -> int:
        return (self.page - 1) * PAR_PAGE + 1 if self.total else 0

    @property
    def dernier(self) -> int:
        return min(self.page * PAR_PAGE, self.total)


def _du_groupe(lignes: Any, vue: Vue, cle: int | None) -> ColumnElement[bool]:
    colonne: ColumnElement[int | None] = lignes.c[vue.value]
    return colonne == cle if cle is not None else colonne.is_(None)


def lignes_du_compte(acteur: Acteur, f: Filtres, vue: Vue, cle: int | None) -> LignesDuCompte:
    """By year, funder and number (2 queries)."""
    lignes = _lignes(*_choisies(acteur, f))
    tete = db.session.execute(
        select(func.count(), *_sommes(lignes)).where(_du_groupe(lignes, vue, cle))
    ).one()
    total = int(tete[0])
    pages = max(1, -(-total // PAR_PAGE))
    page = min(f.page, pages)
    requete = _detail(lignes).where(_du_groupe(lignes, vue, cle))
    lues = db.session.execute(requete.limit(PAR_PAGE).offset((page - 1) * PAR_PAGE))
    return LignesDuCompte([_en_ligne(x) for x in lues], _en_sommes(tete[1:]), total, page, pages)


def toutes_les_lignes(acteur: Acteur, f: Filtres) -> Iterator[LigneCompte]:
    """Every line asked for, for the files given out (1 query)."""
    return map(_en_ligne, db.session.execute(_detail(_lignes(*_choisies(acteur, f)))))


def _en_ligne(lue: Sequence[Any]) -> LigneCompte:
    cle, reference, intitule, organisme, financeur, exercice, etat, enveloppe, acte = lue[:9]
    return LigneCompte(
        cle, reference, intitule, organisme, financeur, exercice, etat, enveloppe, acte,
        _en_sommes(lue[9:]),
    )  # fmt: skip


def _detail(lignes: Any) -> Select[Any]:
    return (
        select(
            Financement.id,
            Dossier.numero,
            Dossier.intitule,
            Organisme.nom,
            func.coalesce(func.nullif(Financeur.sigle, ""), Financeur.nom),
            Financement.exercice,
            Financement.etat,
            func.coalesce(Enveloppe.libelle, ""),
            func.coalesce(Convention.numero, ""),
            *(lignes.c[e.code] for e in ETAPES),
        )
        .join(lignes, lignes.c.id == Financement.id)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .join(Organisme, Organisme.id == Dossier.organisme_id)
        .join(Financeur, Financeur.id == Financement.financeur_id)
        .outerjoin(Enveloppe, Enveloppe.id == Financement.enveloppe_id)
        .outerjoin(Convention, Convention.id == lignes.c.acte)
        .order_by(Financement.exercice.desc(), Financeur.nom, Dossier.numero, Financement.id)
    )


def sommes_de(financement: Financement) -> Sommes:
    """The steps of one line (1 query)."""
    lignes = _lignes(Financement.id == financement.id)
    lue = db.session.execute(select(*(lignes.c[e.code] for e in ETAPES))).first()
    return _en_sommes(lue or ())
