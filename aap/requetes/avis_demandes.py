"""Opinions asked from one outside person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import Avis, Campagne, DemandeAvis, Dossier, Organisme, RoleHabilitation
from aap.permissions import Acteur
from workflows.dossier import EtatDossier

ATTENDENT = (EtatDossier.DEPOSE, EtatDossier.A_COMPLETER, EtatDossier.EN_INSTRUCTION)


@dataclass(frozen=True)
class AvisDemande:
    """``attendu``: still to be given; ``en_retard``: its date has passed."""

    id: int
    intitule: str
    organisme: str
    campagne: str
    qualite: str
    echeance: date
    rendu_le: datetime | None
    attendu: bool
    en_retard: bool


def avis_demandes(acteur: Acteur) -> list[AvisDemande]:
    """Asked opinions that this person may read: role in force, no conflict (1 query)."""
    contrats = {h.contrat_id for h in acteur.avec(RoleHabilitation.OBSERVATEUR)}
    requete = (
        select(
            DemandeAvis, Dossier.intitule, Dossier.etat, Organisme.nom, Campagne.nom, Avis.rendu_le
        )
        .join(Dossier, Dossier.id == DemandeAvis.dossier_id)
        .join(Organisme, Organisme.id == Dossier.organisme_id)
        .join(Campagne, Campagne.id == Dossier.campagne_id)
        .outerjoin(Avis, Avis.demande_avis_id == DemandeAvis.id)
        .where(
            DemandeAvis.utilisateur_id == acteur.utilisateur_id,
            Dossier.organisme_id.not_in(sorted(acteur.deports)),
        )
        .order_by(Avis.rendu_le.is_not(None), DemandeAvis.echeance, DemandeAvis.id)
    )
    if None not in contrats:
        requete = requete.where(Campagne.contrat_id.in_(sorted(c for c in contrats if c)))
    jour = aujourdhui()
    return [
        AvisDemande(
            id=demande.id,
            intitule=intitule,
            organisme=organisme,
            campagne=campagne,
            qualite=demande.qualite,
            echeance=demande.echeance,
            rendu_le=rendu_le,
            attendu=rendu_le is None and etat in ATTENDENT,
            en_retard=rendu_le is None and etat in ATTENDENT and demande.echeance < jour,
        )
        for demande, intitule, etat, organisme, campagne, rendu_le in db.session.execute(requete)
    ]
