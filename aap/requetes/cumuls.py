"""What a funder grants to an organisme in a year, all dossiers summed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from aap.extensions import db
from aap.models import Dossier, Financement
from aap.requetes.essai import hors_essai
from aap.requetes.soldes import RETENU
from workflows.financement import EtatFinancement


@dataclass(frozen=True)
class PartCumul:
    """One line of the sum, so that the screen can show where it comes from (cents)."""

    financement_id: int
    numero: str
    intitule: str
    etat: EtatFinancement
    montant: int


def cumul_financeur(
    financeur_id: int, organisme_id: int, exercice: int, *, votes_seulement: bool = False
) -> int:
    """Cents per financeur × organisme × exercice (loi 2000-321 art. 10: 23 000 €).

    ``votes_seulement`` leaves out what the committee arbitrated and the funder has not voted.
    """
    requete = (
        select(func.coalesce(func.sum(RETENU), 0))
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .where(
            Financement.financeur_id == financeur_id,
            Financement.exercice == exercice,
            Dossier.organisme_id == organisme_id,
            hors_essai(),
        )
    )
    if votes_seulement:
        requete = requete.where(Financement.montant_vote.is_not(None))
    return int(db.session.scalar(requete) or 0)


def parts_cumul(financeur_id: int, organisme_id: int, exercice: int) -> list[PartCumul]:
    """The lines that make ``cumul_financeur``, oldest first (1 query)."""
    lignes = db.session.execute(
        select(Financement.id, Dossier.numero, Dossier.intitule, Financement.etat, RETENU)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .where(
            Financement.financeur_id == financeur_id,
            Financement.exercice == exercice,
            Dossier.organisme_id == organisme_id,
            RETENU > 0,
            hors_essai(),
        )
        .order_by(Financement.id)
    )
    return [PartCumul(i, numero or "", titre, etat, m) for i, numero, titre, etat, m in lignes]


def cumul_organisme(organisme_id: int, exercice: int) -> int:
    """Cents granted to an organisme in a year by every funder (153 000 € rule)."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(RETENU), 0))
            .join(Dossier, Dossier.id == Financement.dossier_id)
            .where(
                Financement.exercice == exercice,
                Dossier.organisme_id == organisme_id,
                hors_essai(),
            )
        )
        or 0
    )
