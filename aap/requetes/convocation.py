"""Who is convened to a session, what their agendas already know, and what each may read of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from aap.domaine.agenda import Personne, Reunion
from aap.extensions import db, reglages
from aap.models import Courriel, Dossier, Evenement, Inscription, Seance, Utilisateur
from aap.requetes.territoire import valeurs_territoire

CONVOCATION, CHANGEE, ANNULEE = "convocation", "convocation_changee", "convocation_annulee"
MODELES = (CONVOCATION, CHANGEE, ANNULEE)
# Each of these acts may have been told to an agenda.
ACTES = (
    "seance.convocations",
    "seance.modifier",
    "seance.decommander",
    "seance.annuler_convocations",
)
# Nobody types when a session ends: agendas need a length to show something.
DUREE = timedelta(hours=3)


def convoques(seance: Seance) -> frozenset[int]:
    """Persons whose last mail about the session convenes them (1 query)."""
    derniers: dict[int | None, str] = {}
    for qui, modele in db.session.execute(
        select(Courriel.utilisateur_id, Courriel.modele)
        .where(
            Courriel.entite == "seance",
            Courriel.entite_id == seance.id,
            Courriel.modele.in_(MODELES),
        )
        .order_by(Courriel.id)
    ):
        derniers[qui] = modele
    return frozenset(q for q, modele in derniers.items() if q is not None and modele != ANNULEE)


def sequence(seance: Seance) -> int:
    """How many times the session may have changed for an agenda: it only grows (1 query)."""
    return (
        db.session.scalar(
            select(func.count(Evenement.id)).where(
                Evenement.entite == "seance",
                Evenement.entite_id == seance.id,
                Evenement.acte.in_(ACTES),
            )
        )
        or 0
    )


def reunion(seance: Seance, ecrite_le: datetime, invite: Utilisateur | None = None) -> Reunion:
    """The session as an agenda knows it."""
    regles = reglages()
    adresse = regles.adresse_de(f"/copil/seances/{seance.id}")
    domaine = regles.expediteur.rpartition("@")[2].strip("> ")
    organisateur = Personne(valeurs_territoire()["nom"], _boite(regles.expediteur))
    return Reunion(
        uid=f"seance-{seance.id}@{domaine}",
        sequence=sequence(seance),
        ecrite_le=ecrite_le,
        debut=seance.prevue_le,
        duree=DUREE,
        titre=seance.titre,
        lieu=seance.lieu,
        description=(
            f"Comité de pilotage, {seance.campagne.nom}.\nOrdre du jour\u00a0: {adresse}\n"
            "L’heure de fin est indicative."
        ),
        adresse=adresse,
        organisateur=organisateur,
        invite=Personne(invite.nom_complet, invite.courriel) if invite else None,
    )


def _boite(expediteur: str) -> str:
    """« Nom <boite@domaine> » or « boite@domaine » -> boite@domaine."""
    return expediteur.rpartition("<")[2].strip("> ")


def ordre_du_jour_lisible(
    seance: Seance, deports: Collection[int]
) -> tuple[Sequence[Dossier], int]:
    """Dossiers in the order of the agenda, without those of ``deports`` (organismes), and how
    many are left out (1 query)."""
    dossiers = [
        i.dossier
        for i in db.session.scalars(
            select(Inscription)
            .where(Inscription.seance_id == seance.id)
            .options(
                joinedload(Inscription.dossier).options(
                    joinedload(Dossier.organisme), joinedload(Dossier.orientation)
                )
            )
            .order_by(Inscription.rang, Inscription.id)
        )
    ]
    lisibles = [d for d in dossiers if d.organisme_id not in deports]
    return lisibles, len(dossiers) - len(lisibles)
