"""Lists of the finance rooms, within the reader's funders: constant queries at any volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import (
    Bilan,
    Convention,
    Decision,
    Dossier,
    Financement,
    Financeur,
    Organisme,
    RoleHabilitation,
    Tranche,
    TypeConvention,
    Versement,
)
from aap.permissions import Acteur
from aap.requetes.bilans_retard import NON_RENDUS, en_retard_sql
from aap.requetes.essai import hors_essai
from workflows.bilan import EtatBilan
from workflows.convention import EtatConvention
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche
from workflows.versement import EtatVersement

E = TypeVar("E", bound=StrEnum)
PAR_PAGE = 25
ENTIER_MAX = 2**31 - 1


def financeurs_de(acteur: Acteur) -> ColumnElement[bool]:
    """Condition on ``Financeur``: those whose money the reader manages."""
    droits: list[ColumnElement[bool]] = []
    for h in acteur.avec(RoleHabilitation.FINANCE):
        conditions = []
        if h.contrat_id is not None:
            conditions.append(Financeur.contrat_id == h.contrat_id)
        if h.financeur_id is not None:
            conditions.append(Financeur.id == h.financeur_id)
        droits.append(and_(*conditions) if conditions else Financeur.id.is_not(None))
    return or_(*droits) if droits else false()


def sans_deport(acteur: Acteur) -> list[ColumnElement[bool]]:
    """Condition on ``Organisme``: none for which the reader declared a conflict."""
    return [Organisme.id.not_in(sorted(acteur.deports))] if acteur.deports else []


def choix_financeurs(acteur: Acteur) -> list[Financeur]:
    """Funders of the reader, in the order of a French index (« État » under E)."""
    lus = db.session.scalars(select(Financeur).where(financeurs_de(acteur)))
    return sorted(lus, key=lambda f: (normaliser(f.nom), f.id))


@dataclass(frozen=True)
class Filtres:
    """What the address asks for; anything unreadable in it is ignored."""

    q: str = ""
    etat: str = ""
    type: str = ""
    financeur: int | None = None
    exercice: int | None = None
    page: int = 1

    @property
    def actif(self) -> bool:
        return any(getattr(self, f.name) for f in fields(self) if f.name != "page")


def _entier(texte: str | None) -> int | None:
    brut = (texte or "").strip()
    if not (brut.isascii() and brut.isdigit()) or len(brut) > 10:
        return None
    valeur = int(brut)
    return valeur if 0 < valeur <= ENTIER_MAX else None


def _membre(classe: type[E], texte: str) -> E | None:
    """The member whose value was asked for, None when there is none."""
    return next((m for m in classe if m.value == texte), None)


def lire_filtres(arguments: Mapping[str, str]) -> Filtres:
    return Filtres(
        q=(arguments.get("q") or "").strip()[:100],
        etat=(arguments.get("etat") or "")[:40],
        type=(arguments.get("type") or "")[:40],
        financeur=_entier(arguments.get("financeur")),
        exercice=_entier(arguments.get("exercice")),
        page=_entier(arguments.get("page")) or 1,
    )


@dataclass(frozen=True)
class PageListe:
    """Rows of one page; ``montant``: cents of the whole selection."""

    lignes: Sequence[Any]
    total: int
    montant: int
    page: int
    pages: int

    @property
    def premier(self) -> int:
        return (self.page - 1) * PAR_PAGE + 1 if self.total else 0

    @property
    def dernier(self) -> int:
        return min(self.page * PAR_PAGE, self.total)


def paginer(requete: Select[Any], total: int, montant: int, page: int) -> PageListe:
    pages = max(1, -(-total // PAR_PAGE))
    page = min(page, pages)
    lignes = db.session.scalars(requete.limit(PAR_PAGE).offset((page - 1) * PAR_PAGE)).unique()
    return PageListe(list(lignes), total, montant, page, pages)


def recherche(texte: str) -> list[ColumnElement[bool]]:
    mots = normaliser(texte).split()[:6]
    return [
        or_(
            Organisme.nom_recherche.contains(mot, autoescape=True),
            Dossier.intitule_recherche.contains(mot, autoescape=True),
            func.lower(func.coalesce(Dossier.numero, "")).contains(mot, autoescape=True),
        )
        for mot in mots
    ]


def decision_publiee_sql() -> ColumnElement[bool]:
    """The last decision on the dossier is published (twin of ``publication``)."""
    autre = aliased(Decision)
    derniere = (
        select(func.max(autre.id))
        .where(autre.dossier_id == Dossier.id)
        .correlate(Dossier)
        .scalar_subquery()
    )
    return exists().where(Decision.id == derniere, Decision.publiee_le.is_not(None))


def lignes(acteur: Acteur, *conditions: ColumnElement[bool]) -> Select[Financement]:
    """Lines of the reader's funders, with what a row shows (one query)."""
    return (
        select(Financement)
        .join(Financeur, Financeur.id == Financement.financeur_id)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .join(Organisme, Organisme.id == Dossier.organisme_id)
        .where(financeurs_de(acteur), hors_essai(), *sans_deport(acteur), *conditions)
        .options(
            joinedload(Financement.financeur),
            joinedload(Financement.enveloppe),
            joinedload(Financement.dossier).joinedload(Dossier.organisme),
        )
        .order_by(Financement.exercice, Financeur.nom, Dossier.numero, Financement.id)
    )


def sans_acte() -> ColumnElement[bool]:
    """No act, draft or signed, covers the line."""
    return ~exists().where(
        Tranche.financement_id == Financement.id,
        Tranche.etat != EtatTranche.ABANDONNEE,
        Convention.id == Tranche.convention_id,
        Convention.etat != EtatConvention.RESILIEE,
    )


def lignes_a_voter(acteur: Acteur, filtres: Filtres) -> list[Financement]:
    """Published decisions that wait for the funder's legal act."""
    conditions = [Financement.etat == EtatFinancement.ARBITRE, decision_publiee_sql()]
    if filtres.financeur:
        conditions.append(Financement.financeur_id == filtres.financeur)
    return list(db.session.scalars(lignes(acteur, *conditions, *recherche(filtres.q))))


def lignes_choisies(acteur: Acteur, ids: Sequence[int]) -> list[Financement]:
    """The lines asked for, those out of reach left out."""
    return list(db.session.scalars(lignes(acteur, Financement.id.in_(list(ids)))))


def affermissables(tranche: Tranche) -> list[Financement]:
    """Notified lines of the same funder, organisme and year that no act covers."""
    convention = tranche.convention
    return list(
        db.session.scalars(
            select(Financement)
            .join(Dossier, Dossier.id == Financement.dossier_id)
            .where(
                Financement.financeur_id == convention.financeur_id,
                Financement.exercice == tranche.exercice,
                Financement.etat == EtatFinancement.NOTIFIE,
                Dossier.organisme_id == convention.organisme_id,
                sans_acte(),
            )
            .options(joinedload(Financement.dossier))
            .order_by(Financement.id)
        )
    )


def conditions_conventions(acteur: Acteur, f: Filtres) -> list[ColumnElement[bool]]:
    """What the list of acts shows to this reader."""
    conditions = [financeurs_de(acteur), *sans_deport(acteur), *recherche(f.q)]
    if etat := _membre(EtatConvention, f.etat):
        conditions.append(Convention.etat == etat)
    if genre := _membre(TypeConvention, f.type):
        conditions.append(Convention.type == genre)
    if f.financeur:
        conditions.append(Convention.financeur_id == f.financeur)
    if f.exercice:
        conditions.append(
            and_(Convention.exercice <= f.exercice, Convention.dernier_exercice >= f.exercice)
        )
    return conditions


def jointures_convention(requete: Any) -> Any:
    return (
        requete.join(Financeur, Financeur.id == Convention.financeur_id)
        .join(Organisme, Organisme.id == Convention.organisme_id)
        .join(Dossier, Dossier.id == Convention.dossier_id)
    )


def liste_conventions(acteur: Acteur, f: Filtres) -> PageListe:
    """Acts of the reader's funders, newest first (4 queries); given up years sum to nothing."""
    conditions = conditions_conventions(acteur, f)
    total = db.session.scalar(
        jointures_convention(select(func.count(Convention.id))).where(*conditions)
    )
    montant = db.session.scalar(
        jointures_convention(
            select(func.coalesce(func.sum(Tranche.montant), 0)).select_from(Convention)
        )
        .join(Tranche, Tranche.convention_id == Convention.id)
        .where(Tranche.etat != EtatTranche.ABANDONNEE, *conditions)
    )
    requete = (
        jointures_convention(select(Convention))
        .where(*conditions)
        .options(
            joinedload(Convention.financeur),
            joinedload(Convention.organisme),
            joinedload(Convention.dossier),
            selectinload(Convention.tranches),
        )
        .order_by(Convention.exercice.desc(), Convention.numero.desc(), Convention.id.desc())
    )
    return paginer(requete, total or 0, int(montant or 0), f.page)


def jointures_versement(requete: Any) -> Any:
    return (
        requete.join(Tranche, Tranche.id == Versement.tranche_id)
        .join(Convention, Convention.id == Tranche.convention_id)
        .join(Financeur, Financeur.id == Convention.financeur_id)
        .join(Organisme, Organisme.id == Convention.organisme_id)
        .join(Dossier, Dossier.id == Convention.dossier_id)
    )


def _charger_versement() -> Any:
    vers = joinedload(Versement.tranche).joinedload(Tranche.convention)
    return (
        vers.joinedload(Convention.financeur),
        vers.joinedload(Convention.organisme),
        vers.joinedload(Convention.dossier),
        joinedload(Versement.propose_par),
        joinedload(Versement.valide_par),
    )


def versements(acteur: Acteur, *conditions: ColumnElement[bool]) -> Select[Versement]:
    """Payments of the reader's funders with what a row shows."""
    return (
        jointures_versement(select(Versement))
        .where(financeurs_de(acteur), *sans_deport(acteur), *conditions)
        .options(*_charger_versement())
        .order_by(Versement.prevu_le, Versement.id)
    )


def conditions_versements(acteur: Acteur, f: Filtres) -> list[ColumnElement[bool]]:
    """What the list of payments shows to this reader."""
    conditions = [financeurs_de(acteur), *sans_deport(acteur), *recherche(f.q)]
    if etat := _membre(EtatVersement, f.etat):
        conditions.append(Versement.etat == etat)
    if f.financeur:
        conditions.append(Convention.financeur_id == f.financeur)
    if f.exercice:
        conditions.append(Tranche.exercice == f.exercice)
    return conditions


def liste_versements(acteur: Acteur, f: Filtres) -> PageListe:
    """Payments to be made first, the nearest date first; then the last ones paid (3 queries).

    Cancelled ones sum to nothing, unless they alone are asked for.
    """
    conditions = conditions_versements(acteur, f)
    sommes = [e for e in EtatVersement if e is not EtatVersement.ANNULE or e.value == f.etat]
    compte_pour = Versement.etat.in_(sommes)
    somme = func.coalesce(func.sum(case((compte_pour, Versement.montant), else_=0)), 0)
    tete = select(func.count(Versement.id), somme).select_from(Versement)
    compte = jointures_versement(tete).where(*conditions)
    total, montant = db.session.execute(compte).one()
    fini = Versement.etat.in_((EtatVersement.PAYE, EtatVersement.ANNULE))
    requete = (
        versements(acteur, *conditions)
        .order_by(None)
        .order_by(
            fini,
            case((fini, None), else_=Versement.prevu_le),
            case((fini, Versement.prevu_le), else_=None).desc(),
            Versement.id,
        )
    )
    return paginer(requete, total, int(montant), f.page)


def _du_financeur(acteur: Acteur, financeur_id: int | None = None) -> ColumnElement[bool]:
    """The bilan's dossier has a line that one of the reader's funders pays."""
    condition = and_(
        Financement.dossier_id == Bilan.dossier_id,
        Financement.montant_vote.is_not(None),
        Financeur.id == Financement.financeur_id,
        financeurs_de(acteur),
    )
    if financeur_id:
        condition = and_(condition, Financeur.id == financeur_id)
    return exists().where(condition)


def bilans(acteur: Acteur, *conditions: ColumnElement[bool]) -> Select[Bilan]:
    return (
        select(Bilan)
        .join(Dossier, Dossier.id == Bilan.dossier_id)
        .join(Organisme, Organisme.id == Dossier.organisme_id)
        .where(*sans_deport(acteur), *conditions)
        .options(joinedload(Bilan.dossier).joinedload(Dossier.organisme))
        .order_by(Bilan.echeance, Bilan.id)
    )


def liste_bilans(acteur: Acteur, f: Filtres) -> PageListe:
    """Bilans to control first, then those awaited, then the others (2 queries)."""
    conditions: list[ColumnElement[bool]] = [_du_financeur(acteur, f.financeur), *recherche(f.q)]
    if f.etat == "retard":
        conditions.append(en_retard_sql())
    elif etat := _membre(EtatBilan, f.etat):
        conditions.append(Bilan.etat == etat)
    if f.exercice:
        conditions.append(Bilan.exercice == f.exercice)
    total = db.session.scalar(
        select(func.count(Bilan.id))
        .join(Dossier, Dossier.id == Bilan.dossier_id)
        .join(Organisme, Organisme.id == Dossier.organisme_id)
        .where(*sans_deport(acteur), *conditions)
    )
    rang = case((Bilan.etat == EtatBilan.DEPOSE, 0), (Bilan.etat.in_(NON_RENDUS), 1), else_=2)
    requete = bilans(acteur, *conditions).order_by(None).order_by(rang, Bilan.echeance, Bilan.id)
    return paginer(requete, total or 0, 0, f.page)


def bilans_du_financeur(acteur: Acteur, *conditions: ColumnElement[bool]) -> Select[Bilan]:
    return bilans(acteur, _du_financeur(acteur), *conditions)


def exercices(acteur: Acteur) -> list[int]:
    """Years for which the reader's funders have lines, newest first."""
    return list(
        db.session.scalars(
            select(Financement.exercice)
            .join(Financeur, Financeur.id == Financement.financeur_id)
            .join(Dossier, Dossier.id == Financement.dossier_id)
            .where(financeurs_de(acteur), hors_essai())
            .distinct()
            .order_by(Financement.exercice.desc())
        )
    )
