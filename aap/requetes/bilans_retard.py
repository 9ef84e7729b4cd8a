"""Which bilans are late: one rule for the lists of the finance rooms."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_

from aap.domaine.horloge import aujourdhui
from aap.models import Bilan, Financement, Tranche
from workflows.bilan import EtatBilan
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche

NON_RENDUS = (EtatBilan.ATTENDU, EtatBilan.EN_SAISIE, EtatBilan.A_MODIFIER, EtatBilan.EN_DEFAUT)


def en_retard_sql() -> ColumnElement[bool]:
    """Not handed in, due date passed (twin of ``services.versement.bilans_en_retard``).

    Of an aid given up, or whose every act was ended before any payment, nothing is awaited.
    """
    du = exists().where(
        Tranche.financement_id == Financement.id,
        Financement.dossier_id == Bilan.dossier_id,
        Financement.etat != EtatFinancement.RENONCE,
        Tranche.etat != EtatTranche.ABANDONNEE,
    )
    return and_(
        du,
        Bilan.echeance < aujourdhui(),
        or_(
            Bilan.etat.in_(NON_RENDUS),
            and_(Bilan.etat == EtatBilan.REVERSEMENT_DEMANDE, Bilan.depose_le.is_(None)),
        ),
    )
