"""Who has a dossier open now, and which funders have read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import (
    Consultation,
    Dossier,
    Evenement,
    Financeur,
    Habilitation,
    RoleHabilitation,
    Utilisateur,
)
from aap.permissions import Acteur
from aap.requetes.comptes import en_vigueur

PRESENT = timedelta(minutes=2)


def presents(acteur: Acteur, dossier: Dossier) -> list[str]:
    """Names of the other agents who have this dossier open now (1 query)."""
    lus = db.session.scalars(
        select(Utilisateur)
        .join(Consultation, Consultation.utilisateur_id == Utilisateur.id)
        .where(
            Consultation.dossier_id == dossier.id,
            Consultation.present_le > maintenant() - PRESENT,
            Utilisateur.id != acteur.utilisateur_id,
        )
        .order_by(Utilisateur.nom, Utilisateur.prenom)
    )
    return [u.nom_complet for u in lus]


@dataclass(frozen=True)
class Lecture:
    """``personne`` first opened the dossier, or first acted on it, at ``le``."""

    personne: str
    le: datetime


@dataclass(frozen=True)
class LecturesFinanceur:
    financeur: str
    lectures: list[Lecture]


def lectures(dossier: Dossier) -> list[LecturesFinanceur]:
    """For each funder asked, who has read it on its behalf; an act counts as a reading (3 queries).

    A person who instructs for several funders is counted for each.
    """
    premieres: dict[int, datetime] = {}
    chaine = f"dossier:{dossier.id}"
    for requete in (
        select(Consultation.utilisateur_id, Consultation.vu_le).where(
            Consultation.dossier_id == dossier.id
        ),
        select(Evenement.acteur_id, func.min(Evenement.le))
        .where(Evenement.chaine == chaine, Evenement.acteur_id.is_not(None))
        .group_by(Evenement.acteur_id),
    ):
        for qui, le in db.session.execute(requete):
            if qui is not None:
                premieres[qui] = min(le, premieres.get(qui, le))
    financeurs: dict[int, Financeur] = {f.financeur_id: f.financeur for f in dossier.financements}
    par_financeur: dict[int, dict[int, Lecture]] = {cle: {} for cle in financeurs}
    for cle, personne in db.session.execute(_agents(list(financeurs), list(premieres))):
        lecture = Lecture(personne.nom_complet, premieres[personne.id])
        par_financeur[cle or 0][personne.id] = lecture
    return [
        LecturesFinanceur(f.nom, sorted(par_financeur[cle].values(), key=lambda x: x.le))
        for cle, f in financeurs.items()
    ]


def _agents(financeurs: list[int], personnes: list[int]) -> Select[int | None, Utilisateur]:
    """(funder id, person) of those who instruct for these funders today."""
    return (
        select(Habilitation.financeur_id, Utilisateur)
        .join(Utilisateur, Utilisateur.id == Habilitation.utilisateur_id)
        .where(
            Habilitation.role == RoleHabilitation.INSTRUCTEUR,
            Habilitation.financeur_id.in_(financeurs),
            Habilitation.utilisateur_id.in_(personnes),
            *en_vigueur(),
        )
    )
