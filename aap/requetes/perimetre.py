"""The SQL twin of ``permissions.contexte.dans_perimetre``: which dossiers an agent reads.

A property test (``tests/integration/test_affectation_perimetre.py``) holds both together: what a
list shows is exactly what the page of the dossier opens.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from aap.models import Campagne, Dossier, DossierQuartier, Financement, Quartier, RoleHabilitation
from aap.models.referentiel import quartier_commune
from aap.permissions import Acteur
from aap.permissions.acteur import HabilitationActive

R = RoleHabilitation
LECTEURS = (R.INSTRUCTEUR, R.COORDINATEUR, R.COPIL, R.FINANCE)


def dans_perimetre_sql(h: HabilitationActive) -> ColumnElement[bool]:
    """Does the dossier touch the perimeter? (no limit: always)"""
    if h.sans_limite:
        return true()
    conditions: list[ColumnElement[bool]] = []
    if h.orientations:
        conditions.append(Dossier.orientation_id.in_(sorted(h.orientations)))
    lieux: list[ColumnElement[bool]] = []
    if h.quartiers:
        lieux.append(Quartier.id.in_(sorted(h.quartiers)))
    if h.secteurs:
        lieux.append(Quartier.secteur_id.in_(sorted(h.secteurs)))
    if h.communes:
        lieux.append(
            exists().where(
                quartier_commune.c.quartier_id == Quartier.id,
                quartier_commune.c.commune_id.in_(sorted(h.communes)),
            )
        )
    if lieux:
        conditions.append(
            exists()
            .where(
                DossierQuartier.dossier_id == Dossier.id,
                DossierQuartier.quartier_id == Quartier.id,
                or_(*lieux),
            )
            .correlate(Dossier)
        )
    return or_(*conditions)


def _habilitation_sql(h: HabilitationActive) -> ColumnElement[bool]:
    """Contrat of the right; its perimeter for an instructor, its funder for the finances."""
    conditions: list[ColumnElement[bool]] = []
    if h.contrat_id is not None:
        campagnes = select(Campagne.id).where(Campagne.contrat_id == h.contrat_id)
        conditions.append(Dossier.campagne_id.in_(campagnes))
    if h.role is R.INSTRUCTEUR:
        conditions.append(dans_perimetre_sql(h))
    if h.role is R.FINANCE and h.financeur_id is not None:
        conditions.append(
            exists()
            .where(Financement.dossier_id == Dossier.id, Financement.financeur_id == h.financeur_id)
            .correlate(Dossier)
        )
    return and_(true(), *conditions)


def _etendue(h: HabilitationActive) -> tuple[object, ...]:
    """What two rights must share to open the same dossiers."""
    if h.role is R.FINANCE:
        return (h.contrat_id, h.financeur_id)
    if h.role is not R.INSTRUCTEUR or h.sans_limite:
        return (h.contrat_id,)
    return (h.contrat_id, h.communes, h.secteurs, h.quartiers, h.orientations)


def etendue(
    acteur: Acteur, roles: Iterable[RoleHabilitation] = LECTEURS
) -> frozenset[tuple[object, ...]]:
    """Two persons with the same one read the same dossiers (``dossiers_lisibles``)."""
    voulus = set(roles)
    droits = {_etendue(h) for h in acteur.habilitations if h.role in voulus}
    return frozenset(droits | {("deports", acteur.deports)})


def hors_deports(acteur: Acteur) -> ColumnElement[bool]:
    """No dossier of an organisme on which the person is déportée."""
    if not acteur.deports:
        return true()
    return Dossier.organisme_id.not_in(sorted(acteur.deports))


def dossiers_lisibles(
    acteur: Acteur, roles: Iterable[RoleHabilitation] = LECTEURS
) -> ColumnElement[bool]:
    """Condition on ``Dossier``: deposited, in the perimeter of one of these roles, no déport.

    ``select(Dossier).where(dossiers_lisibles(acteur))`` gives what ``dossier.examiner`` opens;
    with ``roles=(RoleHabilitation.INSTRUCTEUR,)``, what the person may instruct.
    """
    voulus = set(roles)
    retenues = [h for h in acteur.habilitations if h.role in voulus]
    if not retenues:
        return false()
    droits = {_etendue(h): _habilitation_sql(h) for h in retenues}  # same extent: said once
    return and_(Dossier.depose_le.is_not(None), hors_deports(acteur), or_(*droits.values()))
