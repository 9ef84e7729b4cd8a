"""Dossiers given to people who can no longer examine: account closed, or right ended.

Such a dossier looks given out though nobody works on it: the coordination must see it.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased

from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import (
    Affectation,
    Campagne,
    Dossier,
    Habilitation,
    RoleHabilitation,
    Utilisateur,
)
from workflows.dossier import EtatDossier

# A dossier that is out of the race needs nobody any more.
A_INSTRUIRE = (
    EtatDossier.DEPOSE,
    EtatDossier.A_COMPLETER,
    EtatDossier.EN_INSTRUCTION,
    EtatDossier.INSTRUIT,
    EtatDossier.INSCRIT,
    EtatDossier.AJOURNE,
    EtatDossier.LISTE_ATTENTE,
)


def vacante() -> ColumnElement[bool]:
    """An ``Affectation`` whose person may no longer examine for its funder."""
    droit, compte, jour = aliased(Habilitation), aliased(Utilisateur), aujourdhui()
    return ~exists().where(
        droit.utilisateur_id == Affectation.utilisateur_id,
        droit.financeur_id == Affectation.financeur_id,
        droit.role == RoleHabilitation.INSTRUCTEUR,
        droit.retiree_le.is_(None),
        droit.du <= jour,
        or_(droit.au.is_(None), droit.au >= jour),
        compte.id == droit.utilisateur_id,
        compte.desactive_le.is_(None),
    )


def dossiers_laisses(campagne: Campagne) -> int:
    """How many dossiers to examine are given to somebody who no longer can (1 query)."""
    return (
        db.session.scalar(
            select(func.count(Dossier.id.distinct()))
            .join(Affectation, Affectation.dossier_id == Dossier.id)
            .where(Dossier.campagne_id == campagne.id, Dossier.etat.in_(A_INSTRUIRE), vacante())
        )
        or 0
    )
