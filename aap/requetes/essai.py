"""Sandbox campaigns: what belongs to one, and how the figures of the real ones leave it out.

A sandbox campaign is played like a real one up to the decision of the committee; it never
reaches the money (``refuser_en_essai``). Lists, totals and exports that are not those of one
chosen campaign add ``hors_essai()``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from aap.domaine.erreurs import PasLeMoment
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import Campagne, Dossier, Habilitation, Membre, RoleHabilitation

MENTION = "Campagne d’essai\u00a0: rien de ce que vous saisissez ici n’engage personne."
MENTION_DOCUMENT = "Campagne d’essai\u00a0: ce document n’engage personne."
# How an object leads to its campaign, the nearest first.
_CHEMINS = ("dossier", "seance", "bilan", "convention", "tranche", "financement", "enveloppe")


def hors_essai() -> ColumnElement[bool]:
    """Condition on ``Dossier``: not one of a sandbox campaign."""
    return Dossier.campagne_id.not_in(select(Campagne.id).where(Campagne.bac_a_sable.is_(True)))


def campagne_d(objet: Any) -> Campagne | None:
    """The campaign an object belongs to, None for what belongs to none (an organisme…)."""
    if objet is None or isinstance(objet, Campagne):
        return objet
    directe = getattr(objet, "campagne", None)
    if isinstance(directe, Campagne):
        return directe
    for nom in _CHEMINS:
        suivant = getattr(objet, nom, None)
        if suivant is not None:
            return campagne_d(suivant)
    return None


def est_essai(objet: Any) -> bool:
    """Does the object belong to a sandbox campaign?"""
    campagne = campagne_d(objet)
    return campagne is not None and campagne.bac_a_sable


def campagne_des(contexte: Mapping[str, Any]) -> Campagne | None:
    """The campaign that the values of a mail speak of, None when there is none."""
    for nom in ("campagne", *_CHEMINS):
        campagne = campagne_d(contexte.get(nom))
        if campagne is not None:
            return campagne
    return None


def s_entraine(utilisateur_id: int | None, campagne: Campagne) -> bool:
    """May a mail of this sandbox reach her: a member of an organisme that takes part, or a
    coordinator of the contrat? (the funders' people are not troubled)
    """
    if utilisateur_id is None:
        return False
    participe = (
        select(Membre.id)
        .join(Dossier, Dossier.organisme_id == Membre.organisme_id)
        .where(Membre.utilisateur_id == utilisateur_id, Dossier.campagne_id == campagne.id)
    )
    jour = aujourdhui()
    coordonne = select(Habilitation.id).where(
        Habilitation.utilisateur_id == utilisateur_id,
        Habilitation.role == RoleHabilitation.COORDINATEUR,
        or_(Habilitation.contrat_id.is_(None), Habilitation.contrat_id == campagne.contrat_id),
        Habilitation.retiree_le.is_(None),
        Habilitation.du <= jour,
        or_(Habilitation.au.is_(None), Habilitation.au >= jour),
    )
    return bool(db.session.scalar(select(or_(participe.exists(), coordonne.exists()))))


def refuser_en_essai(objet: Any) -> None:
    """Raise PasLeMoment for an act on money in a sandbox campaign."""
    if est_essai(objet):
        raise PasLeMoment(
            "Cette campagne est un essai\u00a0: aucune aide n’y est votée ni payée.",
            "L’entraînement s’arrête à la décision du comité.",
        )
