"""Good candidates for a CPO among the acts of a year: their reasons, and how many would do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, or_, select

from aap.domaine.candidats_cpo import RAISONS
from aap.domaine.cpo import SEUIL_COMPTES
from aap.domaine.objectif_cpo import Stade
from aap.extensions import db
from aap.models import (
    ETATS_SANS_CREDIT,
    Bilan,
    Dossier,
    Financement,
    Financeur,
    FormeJuridique,
    MotifCpo,
    Organisme,
    TypeDossier,
)
from aap.permissions import Acteur
from aap.requetes.actes_cpo import actes_et_lignes, conditions_liste, depuis
from aap.requetes.bilans_retard import en_retard_sql
from aap.requetes.choix_cpo import ChoixCpo
from aap.requetes.finance import PAR_PAGE, PageListe

PAQUET = 400


@dataclass(frozen=True)
class Candidat:
    """An act that could become a CPO. ``motif``: the local circumstances written against it."""

    convention_id: int | None
    financement_id: int | None
    numero: str
    type: str
    stade: Stade
    exercice: int
    montant: int
    financeur_id: int
    financeur: str
    organisme_id: int
    organisme: str
    siret: str | None
    dossier: str
    intitule: str
    raisons: tuple[str, ...]
    motif: str


@dataclass(frozen=True)
class Bilan50:
    """What the candidates without a motif would bring. ``suffisent``: how many of the first ones
    reach the objective by number and by money; None when all of them do not."""

    candidats: int
    montant: int
    motives: int
    suffisent: int | None


def _aidees(exercice: int) -> Subquery:
    """Years aided among the two before, by funder and organisme."""
    return (
        select(
            Financement.financeur_id,
            Dossier.organisme_id,
            func.count(func.distinct(Financement.exercice)).label("annees"),
        )
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .where(
            Financement.exercice.in_((exercice - 1, exercice - 2)),
            Financement.montant_vote > 0,
            Financement.etat.not_in(ETATS_SANS_CREDIT),
        )
        .group_by(Financement.financeur_id, Dossier.organisme_id)
        .subquery("aidees")
    )


def _bilans(exercice: int) -> Subquery:
    """Bilans of the two years before, by organisme: late now, due, handed in in time.

    One not yet due counts neither way; one due on a day counts as in time until its end.
    """
    rendu = Bilan.depose_le.is_not(None)
    a_temps = and_(rendu, func.date(Bilan.depose_le) <= Bilan.echeance)
    retard = en_retard_sql()
    recents = Bilan.exercice.in_((exercice - 1, exercice - 2))
    compte = and_(recents, or_(rendu, retard))
    return (
        select(
            Dossier.organisme_id,
            func.sum(case((retard, 1), else_=0)).label("retards"),
            func.sum(case((compte, 1), else_=0)).label("bilans"),
            func.sum(case((and_(recents, a_temps), 1), else_=0)).label("a_temps"),
        )
        .join(Dossier, Dossier.id == Bilan.dossier_id)
        .group_by(Dossier.organisme_id)
        .subquery("bilans_rendus")
    )


def _zero(colonne: Any) -> ColumnElement[int]:
    return func.coalesce(colonne, 0)


def _candidats(acteur: Acteur, choix: ChoixCpo) -> Subquery:
    """Rows that have a reason and no late bilan; one column 0/1 per code of ``RAISONS``."""
    assert choix.exercice is not None
    a = actes_et_lignes()
    aidees, rendus = _aidees(choix.exercice), _bilans(choix.exercice)
    petite = and_(
        Organisme.forme == FormeJuridique.ASSOCIATION, Organisme.budget_annuel < SEUIL_COMPTES
    )
    faits: dict[str, ColumnElement[bool]] = {
        "renouvelee": _zero(aidees.c.annees) >= 2,
        "bilans": and_(_zero(rendus.c.bilans) > 0, rendus.c.a_temps == rendus.c.bilans),
        "petite": func.coalesce(petite, False),
        "pre": Dossier.type == TypeDossier.PRE,
        "demande": Dossier.duree_annees > 1,
    }
    uns = {nom: case((f, 1), else_=0).label(nom) for nom, f in faits.items()}
    score = sum((case((f, 1), else_=0) for f in faits.values()), start=_zero(0))
    motif = func.coalesce(MotifCpo.texte, "").label("motif")
    colonnes = [
        a.c.convention_id, a.c.financement_id, a.c.numero, a.c.type, a.c.stade, a.c.exercice,
        a.c.montant, a.c.financeur_id, Financeur.nom.label("financeur"), a.c.organisme_id,
        Organisme.nom.label("organisme"), Organisme.siret, Dossier.id.label("dossier_id"),
        func.coalesce(Dossier.numero, "").label("dossier"), Dossier.intitule,
    ]  # fmt: skip
    requete = (
        depuis(a, select(*colonnes, *uns.values(), motif, score.label("score")))
        .outerjoin(
            aidees,
            and_(
                aidees.c.financeur_id == a.c.financeur_id,
                aidees.c.organisme_id == a.c.organisme_id,
            ),
        )
        .outerjoin(rendus, rendus.c.organisme_id == a.c.organisme_id)
        .outerjoin(
            MotifCpo,
            and_(
                MotifCpo.financeur_id == a.c.financeur_id,
                MotifCpo.organisme_id == a.c.organisme_id,
                MotifCpo.exercice == a.c.exercice,
            ),
        )
        .where(
            *conditions_liste(acteur, choix.avec(part="autres"), a),
            a.c.montant > 0,
            _zero(rendus.c.retards) == 0,
            or_(*faits.values()),
        )
    )
    return requete.subquery("candidat")


def _ordre(c: Subquery) -> tuple[Any, ...]:
    """Those without a motif, those that have most reasons, the largest sums first."""
    motive = case((c.c.motif != "", 1), else_=0)
    return (
        motive, c.c.score.desc(), c.c.montant.desc(), c.c.dossier_id, c.c.financeur_id,
        c.c.financement_id, c.c.convention_id,
    )  # fmt: skip


def _lus(requete: Select[Any]) -> Iterator[Candidat]:
    for x in db.session.execute(requete):
        yield Candidat(
            convention_id=x.convention_id,
            financement_id=x.financement_id,
            numero=x.numero,
            type=x.type,
            stade=Stade(x.stade),
            exercice=x.exercice,
            montant=x.montant,
            financeur_id=x.financeur_id,
            financeur=x.financeur,
            organisme_id=x.organisme_id,
            organisme=x.organisme,
            siret=x.siret,
            dossier=x.dossier,
            intitule=x.intitule,
            raisons=tuple(code for code in RAISONS if getattr(x, code)),
            motif=x.motif,
        )


def liste_candidats(acteur: Acteur, choix: ChoixCpo) -> PageListe:
    """One page of the candidates of the year, the best first (2 queries)."""
    c = _candidats(acteur, choix)
    total, montant = db.session.execute(
        select(func.count(), func.coalesce(func.sum(c.c.montant), 0)).select_from(c)
    ).one()
    pages = max(1, -(-int(total) // PAR_PAGE))
    page = min(choix.page, pages)
    requete = select(c).order_by(*_ordre(c)).limit(PAR_PAGE).offset((page - 1) * PAR_PAGE)
    return PageListe(list(_lus(requete)), int(total), int(montant), page, pages)


def lire_candidats(acteur: Acteur, choix: ChoixCpo) -> Iterator[Candidat]:
    """The same candidates, whole, a few hundred at a time."""
    c = _candidats(acteur, choix)
    return _lus(select(c).order_by(*_ordre(c)).execution_options(yield_per=PAQUET))


def ce_qu_ils_apportent(
    acteur: Acteur, choix: ChoixCpo, manque_nombre: int, manque_euros: int
) -> Bilan50:
    """Would the candidates without a motif do, and how many of the first ones (1 query)."""
    c = _candidats(acteur, choix)
    libre = c.c.motif == ""
    rang = func.row_number().over(order_by=_ordre(c)).label("rang")
    avant = (func.sum(c.c.montant).over(order_by=_ordre(c)) - c.c.montant).label("avant")
    rangs = select(c.c.montant, rang, avant, case((libre, 1), else_=0).label("libre")).subquery()
    requis = and_(
        rangs.c.libre == 1, or_(rangs.c.rang <= manque_nombre, rangs.c.avant < manque_euros)
    )
    nombre, montant, motives, combien = db.session.execute(
        select(
            _zero(func.sum(rangs.c.libre)),
            _zero(func.sum(case((rangs.c.libre == 1, rangs.c.montant), else_=0))),
            _zero(func.sum(1 - rangs.c.libre)),
            _zero(func.sum(case((requis, 1), else_=0))),
        )
    ).one()
    assez = int(nombre) >= manque_nombre and int(montant) >= manque_euros
    return Bilan50(int(nombre), int(montant), int(motives), int(combien) if assez else None)
