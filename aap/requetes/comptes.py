"""Reads about people, their sessions, their tokens and their rights."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.identifiants import cle_courriel
from aap.extensions import db, reglages
from aap.models import (
    Financeur,
    Habilitation,
    Jeton,
    PerimetreHabilitation,
    RoleHabilitation,
    SessionConnexion,
    UsageJeton,
    Utilisateur,
)


def utilisateur_par_courriel(courriel: str) -> Utilisateur | None:
    return db.session.scalar(
        select(Utilisateur).where(Utilisateur.courriel == cle_courriel(courriel))
    )


def session_valable(cle_hachee: str) -> SessionConnexion | None:
    """The session of a key (hex SHA-256) with its person, if both are still good now."""
    instant, regles = maintenant(), reglages()
    return db.session.scalar(
        select(SessionConnexion)
        .join(SessionConnexion.utilisateur)
        .options(joinedload(SessionConnexion.utilisateur))
        .where(
            SessionConnexion.cle_hachee == cle_hachee,
            *vivantes(),
            SessionConnexion.ouverte_le > instant - timedelta(hours=regles.session_absolue_heures),
            Utilisateur.desactive_le.is_(None),
        )
    )


def titulaire(cle_hachee: str) -> int | None:
    """Whose session this key opened, even if it is over now."""
    return db.session.scalar(
        select(SessionConnexion.utilisateur_id).where(SessionConnexion.cle_hachee == cle_hachee)
    )


def vivantes() -> tuple:
    """Not closed by anybody and not idle for too long."""
    limite = maintenant() - timedelta(minutes=reglages().session_inactivite_minutes)
    return SessionConnexion.revoquee_le.is_(None), SessionConnexion.vue_le > limite


def sessions_ouvertes(utilisateur_id: int) -> Sequence[SessionConnexion]:
    """Sessions of a person that would be accepted now, latest first."""
    absolue = timedelta(hours=reglages().session_absolue_heures)
    return db.session.scalars(
        select(SessionConnexion)
        .where(
            SessionConnexion.utilisateur_id == utilisateur_id,
            *vivantes(),
            SessionConnexion.ouverte_le > maintenant() - absolue,
        )
        .order_by(SessionConnexion.vue_le.desc(), SessionConnexion.id.desc())
    ).all()


def jeton_valable(cle_hachee: str, usages: Collection[UsageJeton]) -> Jeton | None:
    """A token that may still be used, with its person (not deactivated)."""
    return db.session.scalar(
        select(Jeton)
        .join(Jeton.utilisateur)
        .options(joinedload(Jeton.utilisateur))
        .where(
            Jeton.cle_hachee == cle_hachee,
            Jeton.usage.in_(list(usages)),
            Jeton.utilise_le.is_(None),
            Jeton.expire_le > maintenant(),
            Utilisateur.desactive_le.is_(None),
        )
    )


def detail_habilitations() -> Select[Any]:
    """Habilitations with all that a table shows (a constant number of queries)."""
    perimetre = selectinload(Habilitation.perimetre)
    return select(Habilitation).options(
        joinedload(Habilitation.utilisateur),
        joinedload(Habilitation.delegue_par),
        joinedload(Habilitation.contrat),
        perimetre.joinedload(PerimetreHabilitation.commune),
        perimetre.joinedload(PerimetreHabilitation.secteur),
        perimetre.joinedload(PerimetreHabilitation.quartier),
        perimetre.joinedload(PerimetreHabilitation.orientation),
    )


def habilitations_de(utilisateur_id: int) -> Sequence[Habilitation]:
    """Every right that a person has or had, in force first."""
    return db.session.scalars(
        detail_habilitations()
        .where(Habilitation.utilisateur_id == utilisateur_id)
        .order_by(Habilitation.retiree_le.is_not(None), Habilitation.du.desc(), Habilitation.id)
    ).all()


def delegations_donnees(utilisateur_id: int) -> Sequence[Habilitation]:
    """What a person has delegated and that is not over."""
    return db.session.scalars(
        detail_habilitations()
        .where(
            Habilitation.delegue_par_id == utilisateur_id,
            Habilitation.retiree_le.is_(None),
            Habilitation.au >= aujourdhui(),
        )
        .order_by(Habilitation.du, Habilitation.id)
    ).all()


def en_vigueur() -> tuple:
    """Conditions of a habilitation in force today."""
    jour = aujourdhui()
    return (
        Habilitation.retiree_le.is_(None),
        Habilitation.du <= jour,
        or_(Habilitation.au.is_(None), Habilitation.au >= jour),
    )


def collegues(habilitation: Habilitation) -> Sequence[Utilisateur]:
    """Who may receive a delegation: other agents, of the same contrat when it has one."""
    requete = (
        select(Utilisateur)
        .join(Habilitation, Habilitation.utilisateur_id == Utilisateur.id)
        .where(
            *en_vigueur(),
            Habilitation.role != RoleHabilitation.OBSERVATEUR,
            Utilisateur.id != habilitation.utilisateur_id,
            Utilisateur.desactive_le.is_(None),
            Utilisateur.confirme_le.is_not(None),
        )
        .distinct()
        .order_by(Utilisateur.nom, Utilisateur.prenom, Utilisateur.id)
    )
    if habilitation.contrat_id is not None:
        requete = requete.where(
            or_(
                Habilitation.contrat_id.is_(None),
                Habilitation.contrat_id == habilitation.contrat_id,
            )
        )
    return db.session.scalars(requete).all()


def noms_financeurs(ids: Collection[int | None]) -> dict[int | None, str]:
    """id -> name, for the tables of habilitations."""
    voulus = [i for i in ids if i is not None]
    if not voulus:
        return {}
    lignes = db.session.execute(select(Financeur.id, Financeur.nom).where(Financeur.id.in_(voulus)))
    return {i: nom for i, nom in lignes}
