"""CPO in force whose next year may be asked for now, with the light form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import joinedload, selectinload

from aap.extensions import db
from aap.models import Campagne, Convention, Dossier, Tranche, TypeCampagne, TypeConvention
from aap.requetes.campagne_ouverte import campagnes_ouvertes
from workflows.convention import EtatConvention
from workflows.dossier import EtatDossier
from workflows.tranche import EtatTranche

FINIS = (EtatDossier.RETIRE, EtatDossier.CADUC, EtatDossier.SANS_SUITE)


@dataclass(frozen=True)
class TranchePossible:
    """``cpo``: dossier whose conventions run; ``existant``: the request already begun."""

    cpo: Dossier
    campagne: Campagne
    conventions: Sequence[Convention]
    existant: Dossier | None


def conventions_en_vigueur(cpo_id: int, exercice: int) -> Sequence[Convention]:
    """CPO in force of this dossier that hold this exercice, after their first; not given up."""
    return db.session.scalars(
        select(Convention)
        .where(
            Convention.dossier_id == cpo_id,
            Convention.type == TypeConvention.CPO,
            Convention.etat == EtatConvention.EN_VIGUEUR,
            Convention.exercice < exercice,
            Convention.dernier_exercice >= exercice,
            Convention.tranches.any(
                and_(Tranche.exercice == exercice, Tranche.etat != EtatTranche.ABANDONNEE)
            ),
        )
        .options(joinedload(Convention.financeur), selectinload(Convention.tranches))
        .order_by(Convention.id)
    ).all()


def demande_existante(cpo_id: int, campagne_id: int) -> Dossier | None:
    """The request of that year, unless it was given up."""
    return db.session.scalar(
        select(Dossier)
        .where(
            Dossier.cpo_id == cpo_id,
            Dossier.campagne_id == campagne_id,
            Dossier.etat.not_in(FINIS),
        )
        .order_by(Dossier.id)
        .limit(1)
    )


def tranches_possibles(organismes: Iterable[int]) -> list[TranchePossible]:
    """What these organismes may ask for in the open annual calls (3 queries a CPO)."""
    ouvertes = [c for c in campagnes_ouvertes() if c.type is TypeCampagne.AAP_ANNUEL]
    if not ouvertes:
        return []
    dossiers = db.session.scalars(
        select(Dossier)
        .where(
            Dossier.organisme_id.in_(list(organismes)),
            exists().where(
                Convention.dossier_id == Dossier.id,
                Convention.type == TypeConvention.CPO,
                Convention.etat == EtatConvention.EN_VIGUEUR,
            ),
        )
        .options(joinedload(Dossier.campagne), joinedload(Dossier.organisme))
        .order_by(Dossier.id)
    ).all()
    possibles = []
    for cpo in dossiers:
        for campagne in ouvertes:
            if campagne.contrat_id != cpo.campagne.contrat_id:
                continue
            conventions = conventions_en_vigueur(cpo.id, campagne.exercice)
            if conventions:
                existant = demande_existante(cpo.id, campagne.id)
                possibles.append(TranchePossible(cpo, campagne, conventions, existant))
    return possibles
