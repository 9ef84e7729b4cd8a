"""Which dossiers an agent may read, in SQL: the twin of ``permissions.instruction.lecture_agent``.

A test compares the two on every combination of role and perimeter.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, false, or_, select

from aap.models import Campagne, Dossier, DossierQuartier, Quartier, RoleHabilitation
from aap.models.referentiel import quartier_commune
from aap.permissions import Acteur
from aap.permissions.acteur import HabilitationActive

LECTEURS = frozenset(
    {
        RoleHabilitation.INSTRUCTEUR,
        RoleHabilitation.COORDINATEUR,
        RoleHabilitation.COPIL,
        RoleHabilitation.FINANCE,
    }
)


def condition_lecture(acteur: Acteur) -> ColumnElement[bool]:
    """Condition on ``Dossier``: deposited, in the perimeter, no conflict of interest."""
    droits = [_condition(h) for h in acteur.habilitations if h.role in LECTEURS]
    if not droits:
        return false()
    condition = and_(Dossier.depose_le.is_not(None), or_(*droits))
    if acteur.deports:
        condition = and_(condition, Dossier.organisme_id.not_in(sorted(acteur.deports)))
    return condition


def _condition(h: HabilitationActive) -> ColumnElement[bool]:
    dans_contrat: ColumnElement[bool] = Dossier.campagne_id.in_(
        select(Campagne.id).where(Campagne.contrat_id == h.contrat_id)
        if h.contrat_id is not None
        else select(Campagne.id)
    )
    if h.role is not RoleHabilitation.INSTRUCTEUR or h.sans_limite:
        return dans_contrat
    return and_(dans_contrat, _touche(h))


def _touche(h: HabilitationActive) -> ColumnElement[bool]:
    """The dossier aims at one element of the perimeter (as ``dans_perimetre``)."""
    lieux = or_(
        Quartier.id.in_(sorted(h.quartiers)),
        Quartier.secteur_id.in_(sorted(h.secteurs)),
        Quartier.id.in_(
            select(quartier_commune.c.quartier_id).where(
                quartier_commune.c.commune_id.in_(sorted(h.communes))
            )
        ),
    )
    vise = exists().where(
        DossierQuartier.dossier_id == Dossier.id,
        DossierQuartier.quartier_id == Quartier.id,
        lieux,
    )
    return or_(Dossier.orientation_id.in_(sorted(h.orientations)), vise)
