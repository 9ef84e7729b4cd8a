"""What the clock does to a campaign: opening, closing, lapsing of drafts; nobody clicks.

Whether a deposit is accepted is decided by the instants alone (``requetes.campagne_ouverte``):
a late worker neither closes a door that is announced open nor leaves one open.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from aap.domaine.calendrier import StatutDepot, temps_restant
from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Campagne, Dossier, RoleHabilitation
from aap.permissions import SYSTEME, Acteur
from aap.requetes.campagne_ouverte import prend_des_depots, statut_de
from aap.requetes.campagnes import problemes_campagne
from aap.services.avertissement import avertir_porteur, personnes_habilitees
from aap.services.courriel import deposer_courriel
from aap.services.gardes import garde_de, raisons_contre
from aap.services.grille import figer_grille
from aap.services.transition import effet, franchir
from workflows.campagne import MACHINE, EtatCampagne
from workflows.dossier import EtatDossier

EN_REDACTION = (EtatDossier.BROUILLON, EtatDossier.EN_ATTENTE_SIGNATURE)
# Hours before the closing from which those who have a draft are reminded, once each.
RAPPELS_HEURES = (168, 48, 3)
# While the campaign is there, a late acceptance still makes sense.
HORS_DELAI_POSSIBLE = frozenset(
    {EtatCampagne.OUVERTE, EtatCampagne.CLOSE, EtatCampagne.INSTRUCTION}
)


def faire_a_l_heure() -> dict[str, int]:
    """Open and close what is due; returns how many. Idempotent, flushes, never commits."""
    return {
        "ouvertes": _franchir_dues("ouvrir", _a_ouvrir()),
        "closes": _franchir_dues("clore", _a_clore()),
    }


def _a_ouvrir() -> list[Campagne]:
    return list(
        db.session.scalars(
            select(Campagne)
            .where(
                Campagne.etat == EtatCampagne.PREPARATION,
                Campagne.prete_le.is_not(None),
                Campagne.ouverture_le <= maintenant(),
            )
            .order_by(Campagne.ouverture_le, Campagne.id)
            .with_for_update(key_share=True)
        )
    )


def _a_clore() -> list[Campagne]:
    """Closing passed; the grace is checked by the guard, exactly."""
    return list(
        db.session.scalars(
            select(Campagne)
            .where(Campagne.etat == EtatCampagne.OUVERTE, Campagne.cloture_le < maintenant())
            .order_by(Campagne.cloture_le, Campagne.id)
            .with_for_update(key_share=True)
        )
    )


def _franchir_dues(declencheur: str, campagnes: Iterable[Campagne]) -> int:
    faites = 0
    for campagne in campagnes:
        transition = MACHINE.trouver(declencheur, campagne.etat)
        if transition is None:
            continue
        if raisons_contre("campagne", transition.gardes, SYSTEME, campagne):
            continue
        franchir(SYSTEME, campagne, declencheur)
        faites += 1
    return faites


def rappel_en_cours(campagne: Campagne) -> int | None:
    """Which reminder the present instant belongs to (hours before the closing), None for none.

    Each lasts until the next one, so that a worker that was stopped still sends it; a call
    shorter than a reminder does not send it at its opening.
    """
    reste = campagne.cloture_le - maintenant()
    dus = [h for h in RAPPELS_HEURES if timedelta(0) < reste <= timedelta(hours=h)]
    heures = min(dus, default=None)
    if heures is None or campagne.ouverture_le > campagne.cloture_le - timedelta(hours=heures):
        return None
    return heures


def rappels_dus() -> list[tuple[Campagne, int]]:
    """Open calls whose drafts are reminded now: (call, hours before the closing)."""
    instant = maintenant()
    ouvertes = db.session.scalars(
        select(Campagne)
        .where(
            Campagne.etat == EtatCampagne.OUVERTE,
            Campagne.cloture_le > instant,
            Campagne.cloture_le <= instant + timedelta(hours=max(RAPPELS_HEURES)),
        )
        .order_by(Campagne.id)
    )
    lus = [(c, rappel_en_cours(c)) for c in ouvertes]
    return [(c, heures) for c, heures in lus if heures is not None]


def rappeler_brouillons(campagne: Campagne) -> int:
    """A mail to the members of each organisme whose draft is not transmitted; how many drafts."""
    brouillons = db.session.scalars(
        select(Dossier)
        .where(Dossier.campagne_id == campagne.id, Dossier.etat.in_(EN_REDACTION))
        .order_by(Dossier.id)
    ).all()
    restant = temps_restant(campagne.cloture_le, maintenant())
    for dossier in brouillons:
        avertir_porteur(dossier, "campagne_rappel_cloture", campagne=campagne, restant=restant)
    return len(brouillons)


def avertir_coordination(campagne: Campagne, modele: str, **contexte: Any) -> None:
    """One mail to each coordinator of the contrat."""
    for personne in personnes_habilitees(RoleHabilitation.COORDINATEUR, campagne.contrat_id):
        deposer_courriel(
            personne,
            modele,
            entite="campagne",
            entite_id=campagne.id,
            campagne=campagne,
            chemin=f"/coordination/campagnes/{campagne.id}",
            **contexte,
        )


@effet("campagne", "ouvrir")
def _a_l_ouverture(acteur: Acteur, campagne: Campagne, _motif: str) -> None:
    """The grid is published with the call: it is frozen; the coordination is told."""
    if campagne.grille is not None:
        figer_grille(acteur, campagne.grille)
    avertir_coordination(campagne, "campagne_ouverte")


@effet("campagne", "clore")
def _a_la_cloture(_acteur: Acteur, campagne: Campagne, _motif: str) -> None:
    """Drafts lapse, their porteurs and the coordination are told."""
    caducs = rendre_caducs(campagne)
    deposes = _nombre_de_deposes(campagne)
    avertir_coordination(campagne, "campagne_close", caducs=caducs, deposes=deposes)


@effet("campagne", "passer_au_copil")
def _au_copil(_acteur: Acteur, campagne: Campagne, _motif: str) -> None:
    """Late acceptances that were not used end here."""
    rendre_caducs(campagne)


def rendre_caducs(campagne: Campagne) -> int:
    """Lapse the drafts that may no longer be transmitted; a mail to each porteur."""
    brouillons = db.session.scalars(
        select(Dossier)
        .where(Dossier.campagne_id == campagne.id, Dossier.etat.in_(EN_REDACTION))
        .order_by(Dossier.id)
    ).all()
    caducs = [d for d in brouillons if _fermee(SYSTEME, d) is None]
    for dossier in caducs:
        franchir(SYSTEME, dossier, "declarer_caduc")
        avertir_porteur(dossier, "campagne_dossier_caduc", campagne=campagne)
    return len(caducs)


def _nombre_de_deposes(campagne: Campagne) -> int:
    return len(
        db.session.scalars(
            select(Dossier.id).where(
                Dossier.campagne_id == campagne.id, Dossier.depose_le.is_not(None)
            )
        ).all()
    )


def accepte_hors_delai(dossier: Dossier) -> bool:
    """Was a late deposit accepted for this dossier, and does it still hold?"""
    return bool(dossier.accepte_hors_delai_motif) and (dossier.campagne.etat in HORS_DELAI_POSSIBLE)


@garde_de("dossier", "campagne_ouverte")
def _ouverte(_acteur: Acteur, dossier: Dossier) -> str | None:
    """The clock decides: opening, closing and grace, to the microsecond."""
    campagne = dossier.campagne
    if prend_des_depots(campagne) or accepte_hors_delai(dossier):
        return None
    if statut_de(campagne) is StatutDepot.PAS_ENCORE:
        return "L’appel à projets n’est pas encore ouvert aux dépôts."
    return (
        "L’appel à projets est clos : le dossier ne peut plus être transmis. Si un empêchement "
        "le justifie, écrivez au service qui gère l’appel à projets."
    )


@garde_de("dossier", "campagne_fermee")
def _fermee(acteur: Acteur, dossier: Dossier) -> str | None:
    if _ouverte(acteur, dossier) is None:
        return "Ce dossier peut encore être transmis."
    if statut_de(dossier.campagne) is StatutDepot.PAS_ENCORE:
        return "L’appel à projets n’a pas encore ouvert."
    return None


@garde_de("campagne", "campagne_prete")
def _prete(_acteur: Acteur, campagne: Campagne) -> str | None:
    if campagne.prete_le is None:
        return "La coordination n’a pas encore déclaré la campagne prête."
    bloquants = [p.message for p in problemes_campagne(campagne) if p.bloquant]
    return " ".join(bloquants) or None


@garde_de("campagne", "ouverture_atteinte")
def _ouverture_atteinte(_acteur: Acteur, campagne: Campagne) -> str | None:
    if campagne.ouverture_le <= maintenant():
        return None
    return "La date d’ouverture n’est pas atteinte."


@garde_de("campagne", "cloture_atteinte")
def _cloture_atteinte(_acteur: Acteur, campagne: Campagne) -> str | None:
    """Strictly after the closing and its grace: the last instant still takes deposits."""
    if maintenant() > campagne.cloture_le + timedelta(minutes=campagne.grace_minutes):
        return None
    return "La date de clôture, délai de tolérance compris, n’est pas passée."
