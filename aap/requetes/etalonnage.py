"""The calibration round: dossiers to choose, what everybody gave to each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import and_, func, or_, select, true

from aap.extensions import db
from aap.models import (
    Campagne,
    Dossier,
    Etalonnage,
    EtalonnageDossier,
    EtatEvaluation,
    Evaluation,
    Organisme,
)
from aap.permissions import Acteur
from aap.permissions.instruction import NOTABLES
from aap.requetes.instruction import recherche
from aap.requetes.memoire_resultats import ResultatsCampagne, resultats_campagne
from aap.requetes.perimetre import hors_deports
from aap.requetes.resultats import LigneResultat, invisibles, lignes_de

CHOIX_MAX = 50


@dataclass(frozen=True)
class EcartCritere:
    """A criterion on which people differ: points of 4 between the highest and the lowest."""

    libelle: str
    ecart: Fraction


@dataclass(frozen=True)
class LigneEtalonnage:
    """A dossier of the round, its criteria that divide most first."""

    ligne: LigneResultat
    ecarts: tuple[EcartCritere, ...]


@dataclass(frozen=True)
class PageEtalonnage:
    """``masques``: dossiers of the round hidden from this reader; ``trop_tard``: no round was
    held and the scoring has begun; ``total``: dossiers that the search finds, ``choix`` shows
    the first ones."""

    etalonnage: Etalonnage | None
    lignes: tuple[LigneEtalonnage, ...]
    choix: tuple[tuple[int, str], ...]
    masques: int
    trop_tard: bool = False
    total: int = 0


def notation_commencee(campagne_id: int) -> bool:
    """Is an evaluation of the campaign sent already? (1 query)"""
    return (
        db.session.scalar(
            select(Evaluation.id)
            .join(Dossier, Dossier.id == Evaluation.dossier_id)
            .where(Dossier.campagne_id == campagne_id, Evaluation.etat == EtatEvaluation.ENVOYEE)
            .limit(1)
        )
        is not None
    )


def page_etalonnage(
    acteur: Acteur, campagne: Campagne, q: str = "", coches: Collection[int] = ()
) -> PageEtalonnage:
    """The dossiers to choose before it is opened, the differences afterwards.

    ``q``: words of the number, the title or the organisme; those of ``coches`` stay shown.
    """
    etalonnage = db.session.get(Etalonnage, campagne.id)
    if etalonnage is None:
        if notation_commencee(campagne.id):
            return PageEtalonnage(None, (), (), 0, trop_tard=True)
        choix, total = _choix(acteur, campagne, q, coches)
        return PageEtalonnage(None, (), choix, 0, total=total)
    ids = set(
        db.session.scalars(
            select(EtalonnageDossier.dossier_id).where(EtalonnageDossier.campagne_id == campagne.id)
        )
    )
    vus = ids - invisibles(acteur, campagne)
    tout = resultats_campagne(campagne)
    lignes = lignes_de([r for r in tout.classes if r.dossier_id in vus])
    return PageEtalonnage(
        etalonnage,
        tuple(LigneEtalonnage(x, _ecarts(tout, x.resultat.dossier_id)) for x in lignes),
        (),
        len(ids) - len(vus),
    )


def _choix(
    acteur: Acteur, campagne: Campagne, q: str, coches: Collection[int]
) -> tuple[tuple[tuple[int, str], ...], int]:
    """The ticked dossiers, then the first ones that the search finds; how many it finds."""
    permis = and_(
        Dossier.campagne_id == campagne.id,
        Dossier.etat.in_(sorted(NOTABLES)),
        hors_deports(acteur),
    )
    trouve = and_(true(), *recherche(q))
    gardes = Dossier.id.in_(sorted(coches))
    base = select(Dossier.id).join(Organisme, Organisme.id == Dossier.organisme_id).where(permis)
    total = db.session.scalar(select(func.count()).select_from(base.where(trouve).subquery())) or 0
    lignes = db.session.execute(
        base.with_only_columns(Dossier.id, Dossier.numero, Dossier.intitule, Organisme.nom)
        .where(or_(trouve, gardes))
        .order_by(gardes.desc(), Dossier.numero, Dossier.id)
        .limit(CHOIX_MAX + len(coches))
    )
    choix = tuple((i, f"{numero} – {intitule}, {nom}") for i, numero, intitule, nom in lignes)
    return choix, total


def _ecarts(tout: ResultatsCampagne, dossier_id: int) -> tuple[EcartCritere, ...]:
    siennes = [e for e in tout.entrees.evaluations if e.dossier == dossier_id]
    ecarts = []
    for c in tout.entrees.criteres:
        notes = [Fraction(v) for e in siennes if (v := e.notes.get(c.code)) is not None]
        if notes and max(notes) > min(notes):
            ecarts.append(EcartCritere(c.libelle, max(notes) - min(notes)))
    return tuple(sorted(ecarts, key=lambda x: -x.ecart))
