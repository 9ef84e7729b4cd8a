"""Who is told what: members of the organisme, instructors of the dossier, coordination."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import (
    Affectation,
    Dossier,
    Habilitation,
    Mandat,
    Membre,
    Organisme,
    RoleHabilitation,
    RoleMembre,
    Utilisateur,
)
from aap.permissions import charger_acteur, may
from aap.services.courriel import deposer_courriel


def membres(
    organisme: Organisme, *, signataires: bool = False, mandataires: bool = False
) -> list[Utilisateur]:
    """Active members of an organisme (signatories only when asked, and those who hold today a
    mandate to sign with ``mandataires``).
    """
    requete = (
        select(Utilisateur)
        .join(Membre, Membre.utilisateur_id == Utilisateur.id)
        .where(
            Membre.organisme_id == organisme.id,
            Membre.parti_le.is_(None),
            Utilisateur.desactive_le.is_(None),
        )
        .order_by(Utilisateur.id)
    )
    if signataires:
        signent = Membre.role == RoleMembre.SIGNATAIRE
        requete = requete.where(or_(signent, _mandates()) if mandataires else signent)
    return list(db.session.scalars(requete))


def _mandates() -> ColumnElement[bool]:
    """The member holds a mandate today."""
    jour = aujourdhui()
    return Membre.id.in_(
        select(Mandat.membre_id).where(
            Mandat.repris_le.is_(None), Mandat.du <= jour, Mandat.au >= jour
        )
    )


def personnes_habilitees(
    role: RoleHabilitation, contrat_id: int, financeur_id: int | None = None
) -> list[Utilisateur]:
    """People who hold this role today on the contrat (of this financeur when given)."""
    jour = aujourdhui()
    requete = (
        select(Utilisateur)
        .join(Habilitation, Habilitation.utilisateur_id == Utilisateur.id)
        .where(
            Habilitation.role == role,
            or_(Habilitation.contrat_id.is_(None), Habilitation.contrat_id == contrat_id),
            Habilitation.retiree_le.is_(None),
            Habilitation.du <= jour,
            or_(Habilitation.au.is_(None), Habilitation.au >= jour),
            Utilisateur.desactive_le.is_(None),
        )
        .distinct()
        .order_by(Utilisateur.id)
    )
    if financeur_id is not None:
        requete = requete.where(Habilitation.financeur_id == financeur_id)
    return list(db.session.scalars(requete))


def _envoyer(
    personnes: Iterable[Utilisateur], dossier: Dossier, modele: str, **contexte: Any
) -> None:
    for personne in personnes:
        deposer_courriel(
            personne,
            modele,
            entite="dossier",
            entite_id=dossier.id,
            dossier=dossier,
            **contexte,
        )


def avertir_porteur(
    dossier: Dossier,
    modele: str,
    *,
    signataires: bool = False,
    mandataires: bool = False,
    **contexte: Any,
) -> None:
    """Mail to the members of the organisme; templates get ``chemin``: the page to open."""
    _envoyer(
        membres(dossier.organisme, signataires=signataires, mandataires=mandataires),
        dossier,
        modele,
        chemin=f"/porteur/dossiers/{dossier.id}",
        **contexte,
    )


def avertir_finance(
    dossier: Dossier, financeur_id: int, modele: str, *, chemin: str, **contexte: Any
) -> None:
    """Mail to those who manage the money of one funder; to the coordination when nobody does."""
    contrat = dossier.campagne.contrat_id
    personnes = personnes_habilitees(
        RoleHabilitation.FINANCE, contrat, financeur_id
    ) or personnes_habilitees(RoleHabilitation.COORDINATEUR, contrat)
    _envoyer(_lecteurs(personnes, dossier), dossier, modele, chemin=chemin, **contexte)


def avertir_coordination(dossier: Dossier, modele: str, *, chemin: str, **contexte: Any) -> None:
    """Mail to the coordination of the contrat that may read the dossier."""
    personnes = personnes_habilitees(RoleHabilitation.COORDINATEUR, dossier.campagne.contrat_id)
    _envoyer(_lecteurs(personnes, dossier), dossier, modele, chemin=chemin, **contexte)


def _lecteurs(personnes: Iterable[Utilisateur], dossier: Dossier) -> list[Utilisateur]:
    """Those who may read the dossier today: right in force, perimeter, no conflict of interest."""
    return [u for u in personnes if may(charger_acteur(u), "dossier.examiner", dossier)]


def avertir_instruction(
    dossier: Dossier, modele: str, *, aussi: Utilisateur | None = None, **contexte: Any
) -> None:
    """Mail to those who instruct the dossier; to the coordination when nobody does yet.

    ``aussi``: somebody else who asked for something and may still read the dossier.
    """
    affectees = db.session.scalars(
        select(Utilisateur)
        .join(Affectation, Affectation.utilisateur_id == Utilisateur.id)
        .where(Affectation.dossier_id == dossier.id, Utilisateur.desactive_le.is_(None))
        .order_by(Utilisateur.id)
    )
    contrat = dossier.campagne.contrat_id
    personnes = _lecteurs(affectees, dossier) or _lecteurs(
        personnes_habilitees(RoleHabilitation.COORDINATEUR, contrat), dossier
    )
    if aussi is not None and aussi not in personnes:
        personnes = [*personnes, *_lecteurs([aussi], dossier)]
    _envoyer(personnes, dossier, modele, chemin=f"/instruction/dossiers/{dossier.id}", **contexte)
