"""The committee's session: convocation, attendance, opening, end."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Campagne, Presence, RoleHabilitation, Seance, Utilisateur
from aap.permissions import Acteur, exiger
from aap.services.avertissement import personnes_habilitees
from aap.services.convocation import (
    annoncer_changement,
    annoncer_retrait,
    annuler_convocations,
    envoyer_convocations,
)
from aap.services.gardes_seance import deportes, seance_du_dossier, votants
from aap.services.journal import consigner
from aap.services.ordre_du_jour import (
    desinscrire,
    exiger_preparation,
    inscrire,
    inscrire_plusieurs,
    ordonner,
    passer_au_dossier,
)
from aap.services.transition import effet, franchir, verifier_version
from workflows.seance import EtatSeance

__all__ = [
    "DonneesSeance",
    "annuler_convocations",
    "clore",
    "convoquer",
    "creer_seance",
    "decommander",
    "deportes",
    "desinscrire",
    "envoyer_convocations",
    "inscrire",
    "inscrire_plusieurs",
    "marquer_presence",
    "marquer_presences",
    "modifier_seance",
    "noter",
    "ordonner",
    "ouvrir",
    "passer_au_dossier",
    "reprendre",
    "rouvrir",
    "seance_du_dossier",
    "suspendre",
    "votants",
]


@dataclass(frozen=True)
class DonneesSeance:
    """``quorum``: members who must be present (at least 1)."""

    titre: str
    prevue_le: datetime
    lieu: str = ""
    quorum: int = 1


def _verifier(donnees: DonneesSeance) -> DonneesSeance:
    problemes = []
    if not donnees.titre.strip():
        problemes.append(Probleme("Donnez un titre à la séance.", "titre"))
    if donnees.quorum < 1:
        problemes.append(Probleme("Le quorum est d’au moins une personne.", "quorum"))
    if problemes:
        raise Invalide("La séance n’est pas complète.", problemes)
    return DonneesSeance(
        titre=nettoyer(donnees.titre, lignes=False)[:200],
        prevue_le=donnees.prevue_le,
        lieu=nettoyer(donnees.lieu, lignes=False)[:300],
        quorum=donnees.quorum,
    )


def creer_seance(acteur: Acteur, campagne: Campagne, donnees: DonneesSeance) -> Seance:
    """A session in preparation. Raises Interdit, Invalide."""
    exiger(acteur, "campagne.tenir_seance", campagne)
    valeurs = asdict(_verifier(donnees))
    deja = select(Seance.id).filter_by(campagne_id=campagne.id, etat=EtatSeance.PREPAREE, **valeurs)
    if db.session.scalar(deja.limit(1)) is not None:
        phrase = "Cette séance est déjà créée\u00a0: elle est dans la liste des séances."
        raise Invalide(phrase, [Probleme(phrase, "titre")])
    seance = Seance(campagne=campagne, **valeurs)
    db.session.add(seance)
    db.session.flush()
    consigner(acteur, seance, "seance.creer", "Séance créée", donnees={"quorum": seance.quorum})
    return seance


def modifier_seance(
    acteur: Acteur, seance: Seance, donnees: DonneesSeance, *, version: int | None = None
) -> int:
    """Title, date, place, quorum; not once the session was opened.

    Those already convened are told of a new title, date or place; returns how many. Raises
    Interdit, Conflit, PasLeMoment, Invalide.
    """
    exiger(acteur, "seance.preparer", seance)
    verifier_version(seance, version)
    if seance.etat is not EtatSeance.PREPAREE:
        raise PasLeMoment("La séance a été ouverte : sa date et son quorum ne changent plus.")
    avant = (seance.titre, seance.prevue_le, seance.lieu)
    for nom, valeur in asdict(_verifier(donnees)).items():
        setattr(seance, nom, valeur)
    db.session.flush()
    consigner(
        acteur, seance, "seance.modifier", "Séance modifiée", donnees={"quorum": seance.quorum}
    )
    return (
        0 if avant == (seance.titre, seance.prevue_le, seance.lieu) else annoncer_changement(seance)
    )


def convoquer(
    acteur: Acteur, seance: Seance, utilisateur: Utilisateur, qualite: str = ""
) -> Presence:
    """Convene a member; convened twice, counted once. Raises Invalide for a stranger."""
    exiger_preparation(acteur, seance)
    contrat = seance.campagne.contrat_id
    if all(
        u.id != utilisateur.id
        for role in (RoleHabilitation.COPIL, RoleHabilitation.COORDINATEUR)
        for u in personnes_habilitees(role, contrat)
    ):
        raise Invalide("Cette personne n’est pas membre du comité de pilotage de ce contrat.")
    presence = next((p for p in seance.presences if p.utilisateur_id == utilisateur.id), None)
    if presence is None:
        presence = Presence(utilisateur=utilisateur)
        seance.presences.append(presence)
    presence.qualite = nettoyer(qualite, lignes=False)[:200]
    db.session.flush()
    consigner(
        acteur,
        seance,
        "seance.convoquer",
        f"{utilisateur.nom_complet} : membre convoqué",
        donnees={"utilisateur": utilisateur.id, "qualite": presence.qualite},
    )
    return presence


def decommander(acteur: Acteur, presence: Presence) -> bool:
    """Take a member off the list; was she told? Raises PasLeMoment when present or once over."""
    seance = presence.seance
    exiger_preparation(acteur, seance)
    if presence.present:
        raise PasLeMoment("Cette personne est notée présente : elle reste sur la liste.")
    consigner(
        acteur,
        seance,
        "seance.decommander",
        f"{presence.utilisateur.nom_complet} : retiré(e) de la liste",
        donnees={"utilisateur": presence.utilisateur_id},
    )
    prevenue = annoncer_retrait(seance, presence.utilisateur)
    seance.presences.remove(presence)
    db.session.flush()
    return prevenue


def marquer_presence(acteur: Acteur, presence: Presence, present: bool) -> None:
    """Note who is in the room; journaled, since the quorum depends on it."""
    seance = presence.seance
    exiger(acteur, "seance.preparer", seance)
    if seance.etat in (EtatSeance.CLOSE, EtatSeance.PV_ARRETE):
        raise PasLeMoment("La séance est close : les présences ne changent plus.")
    if presence.present is present:
        return
    presence.present = present
    consigner(
        acteur,
        seance,
        "seance.marquer_presence",
        f"{presence.utilisateur.nom_complet} {'présent(e)' if present else 'absent(e)'}",
        donnees={"utilisateur": presence.utilisateur_id, "present": present},
    )


def marquer_presences(acteur: Acteur, seance: Seance, presents: set[int]) -> None:
    """The whole attendance list at once; ``presents``: ids of ``Presence``."""
    exiger(acteur, "seance.preparer", seance)
    for presence in seance.presences:
        marquer_presence(acteur, presence, presence.id in presents)
    db.session.flush()


def noter(acteur: Acteur, seance: Seance, notes: str, *, version: int | None = None) -> None:
    """Observations for the minutes, until they are settled. Raises PasLeMoment afterwards."""
    exiger(acteur, "seance.preparer", seance)
    verifier_version(seance, version)
    if seance.etat is EtatSeance.PV_ARRETE:
        raise PasLeMoment("Le procès-verbal est arrêté : il ne change plus.")
    seance.notes = nettoyer(notes)[:8000]
    db.session.flush()


def ouvrir(acteur: Acteur, seance: Seance, *, version: int | None = None) -> None:
    franchir(acteur, seance, "ouvrir", version=version)


def suspendre(acteur: Acteur, seance: Seance, *, version: int | None = None) -> None:
    franchir(acteur, seance, "suspendre", version=version)


def reprendre(acteur: Acteur, seance: Seance, *, version: int | None = None) -> None:
    franchir(acteur, seance, "reprendre", version=version)


def clore(acteur: Acteur, seance: Seance, *, version: int | None = None) -> None:
    franchir(acteur, seance, "clore", version=version)


def rouvrir(acteur: Acteur, seance: Seance, motif: str, *, version: int | None = None) -> None:
    franchir(acteur, seance, "rouvrir", motif=motif, version=version)


@effet("seance", "ouvrir")
def _dater_ouverture(_acteur: Acteur, seance: Seance, _motif: str) -> None:
    seance.ouverte_le = maintenant()


@effet("seance", "clore")
def _dater_cloture(_acteur: Acteur, seance: Seance, _motif: str) -> None:
    seance.close_le = maintenant()
    seance.dossier_courant_id = None
