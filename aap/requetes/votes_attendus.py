"""Lines that the committee granted and whose funder has not voted after some days.

The delay is a dated setting of the installation: the one in force on the day of the publication
holds for a line. A line only leaves the list by the act of a person (vote, refusal, renunciation).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from aap.domaine.horloge import a_paris, aujourdhui
from aap.extensions import db
from aap.models import (
    Campagne,
    Decision,
    Dossier,
    Financement,
    Financeur,
    Parametre,
    RoleHabilitation,
)
from aap.permissions import Acteur
from aap.requetes.essai import hors_essai
from aap.requetes.finance import decision_publiee_sql, financeurs_de
from workflows.financement import EtatFinancement

CODE = "delai_vote"
JOURS_DEFAUT = 60


@dataclass(frozen=True)
class DelaiVote:
    """Days left to a funder, for what is published from ``depuis`` on."""

    depuis: date
    jours: int


@dataclass(frozen=True)
class VoteAttendu:
    """A line without vote, the day when its decision was published, the days since."""

    ligne: Financement
    publiee_le: date
    jours: int


def delais_vote() -> list[DelaiVote]:
    """Every version, the oldest first (1 query); the house's own when nothing was chosen."""
    lu = db.session.get(Parametre, CODE)
    versions = lu.valeur.get("versions", []) if lu else []
    fixes = [DelaiVote(date.fromisoformat(v["depuis"]), int(v["jours"])) for v in versions]
    return [DelaiVote(date.min, JOURS_DEFAUT), *sorted(fixes, key=lambda d: d.depuis)]


def delai_au(versions: list[DelaiVote], jour: date) -> int:
    """Days in force on ``jour``."""
    return [v.jours for v in versions if v.depuis <= jour][-1]


def _requete() -> Select[Financement, datetime | None]:
    publiee = (
        select(func.max(Decision.publiee_le))
        .where(Decision.dossier_id == Dossier.id)
        .correlate(Dossier)
        .scalar_subquery()
    )
    return (
        select(Financement, publiee)
        .join(Financeur, Financeur.id == Financement.financeur_id)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .join(Campagne, Campagne.id == Dossier.campagne_id)
        .where(Financement.etat == EtatFinancement.ARBITRE, decision_publiee_sql(), hors_essai())
        .options(
            joinedload(Financement.financeur),
            joinedload(Financement.dossier).joinedload(Dossier.organisme),
            joinedload(Financement.dossier).joinedload(Dossier.campagne),
        )
        .order_by(publiee, Financeur.nom, Financement.id)
    )


def _en_retard(requete: Select[Financement, datetime | None]) -> list[VoteAttendu]:
    versions, jour = delais_vote(), aujourdhui()
    retards = []
    for ligne, instant in db.session.execute(requete).unique():
        if instant is None:
            continue
        publiee = a_paris(instant).date()
        if jour > publiee + timedelta(days=delai_au(versions, publiee)):
            retards.append(VoteAttendu(ligne, publiee, (jour - publiee).days))
    return retards


def votes_attendus(acteur: Acteur) -> list[VoteAttendu]:
    """Late lines of the contrats coordinated and of the funders managed (2 queries)."""
    coordonnes = [h.contrat_id for h in acteur.avec(RoleHabilitation.COORDINATEUR)]
    condition = financeurs_de(acteur)
    if None in coordonnes:
        condition = Financeur.id.is_not(None)
    elif coordonnes:
        condition = condition | Financeur.contrat_id.in_(coordonnes)
    return _en_retard(_requete().where(condition, Dossier.organisme_id.not_in(acteur.deports)))


def votes_attendus_de(campagne: Campagne) -> list[VoteAttendu]:
    """Late lines of one campaign, whoever its funders are (2 queries)."""
    return _en_retard(_requete().where(Dossier.campagne_id == campagne.id))
