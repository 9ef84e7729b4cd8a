"""Reasons of local circumstances: the one of a funder or an organisme, all those of a year."""

from __future__ import annotations

from sqlalchemy import exists, or_, select, true
from sqlalchemy.orm import joinedload

from aap.extensions import db
from aap.models import (
    Campagne,
    Convention,
    Dossier,
    Financement,
    Financeur,
    MotifCpo,
    Organisme,
    RoleHabilitation,
)
from aap.permissions import Acteur
from aap.requetes.actes_cpo import financeurs_lus
from aap.requetes.finance import financeurs_de


def motif_de(financeur_id: int, exercice: int, organisme_id: int | None) -> MotifCpo | None:
    """The row of this reason, withdrawn ones included."""
    ou = (
        MotifCpo.organisme_id.is_(None)
        if organisme_id is None
        else MotifCpo.organisme_id == organisme_id
    )
    return db.session.scalar(
        select(MotifCpo)
        .where(MotifCpo.financeur_id == financeur_id, MotifCpo.exercice == exercice, ou)
        .options(joinedload(MotifCpo.pose_par))
    )


def organisme_aide(financeur_id: int, exercice: int, organisme_id: int) -> Organisme | None:
    """The organisme when this funder aids it, or is asked to, in this year; None otherwise."""
    ligne = (
        exists()
        .where(
            Financement.financeur_id == financeur_id,
            Financement.exercice == exercice,
            Dossier.id == Financement.dossier_id,
            Dossier.organisme_id == Organisme.id,
            Campagne.id == Dossier.campagne_id,
            Campagne.bac_a_sable.is_(False),
        )
        .correlate(Organisme)
    )
    acte = (
        exists()
        .where(
            Convention.financeur_id == financeur_id,
            Convention.organisme_id == Organisme.id,
            Convention.exercice <= exercice,
            Convention.dernier_exercice >= exercice,
        )
        .correlate(Organisme)
    )
    return db.session.scalar(
        select(Organisme).where(Organisme.id == organisme_id, or_(ligne, acte))
    )


def motifs_generaux(acteur: Acteur, exercice: int, financeur_id: int | None) -> list[MotifCpo]:
    """Reasons that bear on the whole rate of the funders read, for this year (1 query)."""
    conditions = [financeurs_lus(acteur)]
    if financeur_id:
        conditions.append(Financeur.id == financeur_id)
    return list(
        db.session.scalars(
            select(MotifCpo)
            .join(Financeur, Financeur.id == MotifCpo.financeur_id)
            .where(
                MotifCpo.exercice == exercice,
                MotifCpo.organisme_id.is_(None),
                MotifCpo.texte != "",
                *conditions,
            )
            .options(joinedload(MotifCpo.financeur), joinedload(MotifCpo.pose_par))
            .order_by(Financeur.nom, Financeur.id)
        )
    )


def financeurs_motivables(acteur: Acteur) -> set[int]:
    """Funders whose local circumstances the reader may write (twin of
    ``financeur.motiver_cpo``; 1 query)."""
    contrats = {h.contrat_id for h in acteur.avec(RoleHabilitation.COORDINATEUR)}
    entiers = sorted(c for c in contrats if c is not None)
    coordonne = true() if None in contrats else Financeur.contrat_id.in_(entiers)
    requete = select(Financeur.id).where(or_(financeurs_de(acteur), coordonne))
    return set(db.session.scalars(requete))
