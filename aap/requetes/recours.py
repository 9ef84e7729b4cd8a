"""Appeals: the refusal that may be contested, the open ones, who took part in the refusal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from aap.domaine.horloge import a_paris, aujourdhui
from aap.domaine.recours import ObjetRecours, dernier_jour
from aap.extensions import db
from aap.models import (
    Avis,
    Campagne,
    Courriel,
    Decision,
    Dossier,
    EtatEvaluation,
    Evaluation,
    Evenement,
    Presence,
    Recours,
    RoleHabilitation,
    SensDecision,
    Utilisateur,
)
from aap.permissions import Acteur, charger_acteur, may
from aap.requetes.affectations import agents_du_contrat
from aap.requetes.essai import hors_essai
from workflows.dossier import EtatDossier

OBJETS = {
    EtatDossier.IRRECEVABLE: ObjetRecours.IRRECEVABILITE,
    EtatDossier.REJETE: ObjetRecours.REJET,
}
_MODELES = {
    ObjetRecours.IRRECEVABILITE: "dossier_irrecevable",
    ObjetRecours.REJET: "decision_rejeter",
}


@dataclass(frozen=True)
class Refus:
    """A refusal that the porteur was told, and the last day to contest it."""

    objet: ObjetRecours
    notifiee_le: date
    limite_le: date

    @property
    def passe(self) -> bool:
        return aujourdhui() > self.limite_le


def refus_contestable(dossier: Dossier) -> Refus | None:
    """The refusal in force, None when there is none or when it is not published (2-3 queries).

    It is notified on the day when its first mail left (held mails leave later), else on the day
    when it was published.
    """
    objet = OBJETS.get(dossier.etat)
    if objet is None:
        return None
    if objet is ObjetRecours.REJET:
        quand = _rejet_publie(dossier)
    else:
        quand = db.session.scalar(
            select(func.max(Evenement.le)).where(
                Evenement.entite == "dossier",
                Evenement.entite_id == dossier.id,
                Evenement.acte == "dossier.declarer_irrecevable",
            )
        )
    if quand is None:
        return None
    parti = db.session.scalar(
        select(func.min(Courriel.envoye_le)).where(
            Courriel.entite == "dossier",
            Courriel.entite_id == dossier.id,
            Courriel.modele == _MODELES[objet],
            Courriel.envoye_le >= quand,
        )
    )
    notifiee = a_paris(parti or quand).date()
    return Refus(objet, notifiee, dernier_jour(notifiee))


def _rejet_publie(dossier: Dossier) -> datetime | None:
    derniere = db.session.scalar(
        select(Decision)
        .where(Decision.dossier_id == dossier.id)
        .order_by(Decision.id.desc())
        .limit(1)
    )
    if derniere is None or derniere.sens is not SensDecision.REJETER:
        return None
    return derniere.publiee_le


def recours_de(dossier: Dossier) -> Sequence[Recours]:
    """Every appeal of the dossier, newest first (1 query)."""
    return db.session.scalars(
        select(Recours).where(Recours.dossier_id == dossier.id).order_by(Recours.rang.desc())
    ).all()


def recours_ouvert(dossier: Dossier) -> Recours | None:
    return db.session.scalar(
        select(Recours).where(Recours.dossier_id == dossier.id, Recours.decide_le.is_(None))
    )


def part_au_refus(dossier: Dossier) -> dict[int, str]:
    """Who took part in the refusal, and how: {person: words} (4 queries)."""
    parts: dict[int, str] = {}
    notes = select(Evaluation.utilisateur_id).where(
        Evaluation.dossier_id == dossier.id, Evaluation.etat == EtatEvaluation.ENVOYEE
    )
    avis = select(Avis.auteur_id).where(Avis.dossier_id == dossier.id)
    presents = (
        select(Presence.utilisateur_id)
        .join(Decision, Decision.seance_id == Presence.seance_id)
        .where(Decision.dossier_id == dossier.id, Presence.present)
    )
    refus = select(Evenement.acteur_id).where(
        Evenement.entite == "dossier",
        Evenement.entite_id == dossier.id,
        Evenement.acte.in_(("dossier.declarer_irrecevable", "dossier.rejeter")),
    )
    for requete, mots in (
        (notes, "a noté ce dossier"),
        (avis, "a rendu un avis sur ce dossier"),
        (presents, "a siégé lors de la décision"),
        (refus, "a enregistré le refus"),
    ):
        for qui in db.session.scalars(requete.distinct()):
            if qui is not None:
                parts.setdefault(qui, mots)
    return parts


@dataclass(frozen=True)
class Examinateur:
    """Somebody who may examine; ``lien``: how she took part in the refusal, or nothing."""

    utilisateur: Utilisateur
    lien: str

    @property
    def libelle(self) -> str:
        nom = self.utilisateur.nom_complet
        return f"{nom} ({self.lien})" if self.lien else nom


def examinateurs(recours: Recours) -> list[Examinateur]:
    """People who may examine it, those who took no part in the refusal first.

    Rights are asked person by person: the list of agents of one contrat is short.
    """
    parts = part_au_refus(recours.dossier)
    possibles = [
        Examinateur(u, parts.get(u.id, ""))
        for u in agents_du_contrat([recours.dossier.campagne.contrat_id])
        if u.desactive_le is None and may(charger_acteur(u), "recours.voir", recours)
    ]
    return sorted(possibles, key=lambda e: (bool(e.lien), e.utilisateur.nom_complet))


def recours_suivis(acteur: Acteur, *, ouverts: bool = True) -> list[Recours]:
    """Appeals of the contrats that the actor coordinates, the most urgent first (1 query)."""
    contrats = [h.contrat_id for h in acteur.avec(RoleHabilitation.COORDINATEUR)]
    requete = (
        select(Recours)
        .join(Dossier, Dossier.id == Recours.dossier_id)
        .join(Campagne, Campagne.id == Dossier.campagne_id)
        .where(
            Recours.decide_le.is_(None) if ouverts else Recours.decide_le.is_not(None),
            Dossier.organisme_id.not_in(acteur.deports),
        )
        .options(
            joinedload(Recours.dossier).joinedload(Dossier.organisme),
            joinedload(Recours.dossier).joinedload(Dossier.campagne),
            joinedload(Recours.examinateur),
        )
    )
    if None not in contrats:
        requete = requete.where(Campagne.contrat_id.in_(contrats))
    ordre = Recours.silence_le if ouverts else Recours.decide_le.desc()
    return list(db.session.scalars(requete.order_by(ordre, Recours.id)))


def recours_a_suivre(campagne_ids: Collection[int]) -> list[Recours]:
    """Open appeals of these campaigns, the most urgent first (1 query)."""
    return list(
        db.session.scalars(
            select(Recours)
            .join(Dossier, Dossier.id == Recours.dossier_id)
            .where(Recours.decide_le.is_(None), Dossier.campagne_id.in_(campagne_ids))
            .options(joinedload(Recours.dossier))
            .order_by(Recours.silence_le, Recours.id)
        )
    )


def silences_a_dire() -> list[Recours]:
    """Open appeals that silence refuses today or before, and nobody was told (1 query)."""
    dits = select(Evenement.entite_id).where(
        Evenement.entite == "recours", Evenement.acte == "recours.constater_silence"
    )
    return list(
        db.session.scalars(
            select(Recours)
            .join(Dossier, Dossier.id == Recours.dossier_id)
            .where(
                Recours.decide_le.is_(None),
                Recours.silence_le <= aujourdhui(),
                hors_essai(),
                Recours.id.not_in(dits),
            )
            .order_by(Recours.id)
        )
    )
