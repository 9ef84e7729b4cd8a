"""Mandates to sign: those of an organisme, and the one under which a deposit was signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from aap.domaine.horloge import a_paris, aujourdhui
from aap.extensions import db
from aap.models import Depot, Mandat, Membre, RoleMembre


def mandats_vivants(organisme_id: int, membre_id: int | None = None) -> Sequence[Mandat]:
    """Mandates of present members, not taken back, today's and those to come (1 query)."""
    requete = (
        select(Mandat)
        .join(Membre, Membre.id == Mandat.membre_id)
        .where(
            Membre.organisme_id == organisme_id,
            Membre.parti_le.is_(None),
            Mandat.repris_le.is_(None),
            Mandat.au >= aujourdhui(),
        )
        .options(joinedload(Mandat.donne_par))
        .order_by(Mandat.du, Mandat.id)
    )
    if membre_id is not None:
        requete = requete.where(Membre.id == membre_id)
    return db.session.scalars(requete).all()


def mandat_au(organisme_id: int, utilisateur_id: int | None, jour: date) -> Mandat | None:
    """The mandate in force on ``jour`` of a present member who is not a signatory."""
    return db.session.scalar(
        select(Mandat)
        .join(Membre, Membre.id == Mandat.membre_id)
        .where(
            Membre.organisme_id == organisme_id,
            Membre.utilisateur_id == utilisateur_id,
            Membre.parti_le.is_(None),
            Mandat.repris_le.is_(None),
            Mandat.du <= jour,
            Mandat.au >= jour,
        )
        .order_by(Mandat.id)
        .limit(1)
    )


def mandat_du_depot(depot: Depot) -> Mandat | None:
    """The mandate under which a deposit was signed, None for a signatory."""
    return db.session.scalar(
        select(Mandat)
        .join(Membre, Membre.id == Mandat.membre_id)
        .where(
            Membre.organisme_id == depot.dossier.organisme_id,
            Membre.utilisateur_id == depot.depose_par_id,
            Membre.role != RoleMembre.SIGNATAIRE,
            Mandat.du <= a_paris(depot.depose_le).date(),
            Mandat.au >= a_paris(depot.depose_le).date(),
            (Mandat.repris_le.is_(None)) | (Mandat.repris_le > depot.depose_le),
        )
        .order_by(Mandat.id)
        .limit(1)
    )
