"""Payments of the reader's funders that an extraction may speak of (one query)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, select

from aap.domaine.calendrier import payable_depuis
from aap.domaine.liasse import numero_liasse, reference_ligne
from aap.domaine.rapprochement import Attendu, reference
from aap.extensions import db
from aap.models import (
    Convention,
    Financement,
    Liasse,
    LigneLiasse,
    Organisme,
    Tranche,
    TypeConvention,
    Versement,
)
from aap.permissions import Acteur
from aap.requetes.finance import financeurs_de, jointures_versement, sans_deport, versements
from workflows.versement import EtatVersement


def attendus(acteur: Acteur, financeur_id: int) -> list[Attendu]:
    """Payments of one funder, within the reader's perimeter, cancelled and rejected left out."""
    requete = (
        jointures_versement(
            select(
                Versement.id,
                Versement.version,
                Organisme.siret,
                Versement.numero_ej,
                Versement.numero_mandat,
                Tranche.exercice,
                Versement.montant,
                Versement.etat,
                Versement.paye_le,
                Organisme.nom,
                Financement.acte_date,
                Convention.signee_le,
                Convention.type,
                LigneLiasse.numero_ej,
                LigneLiasse.rang,
                Liasse.annee,
                Liasse.rang,
            ).select_from(Versement)
        )
        .outerjoin(Financement, Financement.id == Tranche.financement_id)
        .outerjoin(
            LigneLiasse,
            and_(LigneLiasse.versement_id == Versement.id, LigneLiasse.sortie_le.is_(None)),
        )
        .outerjoin(Liasse, Liasse.id == LigneLiasse.liasse_id)
        .where(
            financeurs_de(acteur),
            *sans_deport(acteur),
            Convention.financeur_id == financeur_id,
            Organisme.siret.is_not(None),
            Versement.etat.not_in((EtatVersement.ANNULE, EtatVersement.REJETE)),
        )
    )
    return [
        Attendu(
            id=ligne[0],
            version=ligne[1],
            siret=ligne[2],
            references=frozenset(reference(x) for x in (ligne[3], ligne[4], ligne[13]) if x) - {""},
            exercice=ligne[5],
            montant=ligne[6],
            mandate=ligne[7] is EtatVersement.MANDATE,
            paye_le=ligne[8] if ligne[7] is EtatVersement.PAYE else None,
            organisme=ligne[9],
            payable_depuis=payable_depuis(
                ligne[10], None if ligne[12] is TypeConvention.ARRETE else ligne[11]
            ),
            ligne_liasse=_ligne_liasse(*ligne[14:17]),
        )
        for ligne in db.session.execute(requete.order_by(Versement.id))
    ]


def _ligne_liasse(rang: int | None, annee: int | None, liasse: int | None) -> str:
    """« 2027-L003-012 », empty for a payment that no liasse hands over."""
    if rang is None or annee is None or liasse is None:
        return ""
    return reference_ligne(numero_liasse(annee, liasse), rang)


def versements_choisis(acteur: Acteur, ids: Sequence[int]) -> list[Versement]:
    """The payments asked for, those out of reach left out."""
    return list(db.session.scalars(versements(acteur, Versement.id.in_(list(ids)))).unique())
