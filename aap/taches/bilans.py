"""Every day: late bilans fall into default, the others are recalled 30 and 7 days before."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, exists, select

from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import Bilan, Evenement, Financement
from aap.permissions import SYSTEME
from aap.services.bilan import mettre_en_defaut, relancer_bilan
from aap.services.convention import actes_echus, echeances_passees
from aap.services.execution import ENGAGEES
from aap.services.tour import prendre_son_tour
from aap.taches.registre import tache
from workflows.bilan import EtatBilan

A_RENDRE = (EtatBilan.ATTENDU, EtatBilan.EN_SAISIE, EtatBilan.A_MODIFIER)
# Days before the due date, the nearest first: one day late, the worker still sends one mail.
PALIERS = (7, 30)


@tache("bilans_quotidiens")
def bilans_quotidiens() -> None:
    """Idempotent: run twice, it does nothing the second time."""
    prendre_son_tour(*_retards(), *actes_echus(aujourdhui().year))
    _mettre_en_defaut()
    _relancer()
    echeances_passees(aujourdhui().year)


def _du() -> ColumnElement[bool]:
    """Some funder still gives money: nothing is asked of who gave every aid up."""
    return exists().where(
        Financement.dossier_id == Bilan.dossier_id, Financement.etat.in_(sorted(ENGAGEES))
    )


def _retards() -> list[Bilan]:
    return list(
        db.session.scalars(
            select(Bilan)
            .where(Bilan.etat.in_(A_RENDRE), Bilan.echeance < aujourdhui(), _du())
            .order_by(Bilan.id)
        )
    )


def _mettre_en_defaut() -> None:
    """Asked again once nobody else moves them: a bilan deposited meanwhile is not late."""
    for bilan in _retards():
        mettre_en_defaut(SYSTEME, bilan)


def _relancer() -> None:
    jour = aujourdhui()
    debut = jour
    for palier in PALIERS:
        fin = jour + timedelta(days=palier)
        deja = exists().where(
            Evenement.entite == "bilan",
            Evenement.entite_id == Bilan.id,
            Evenement.acte == f"bilan.relancer_{palier}",
        )
        proches = db.session.scalars(
            select(Bilan)
            .where(Bilan.etat.in_(A_RENDRE), Bilan.echeance.between(debut, fin), ~deja, _du())
            .order_by(Bilan.id)
        ).all()
        for bilan in proches:
            relancer_bilan(bilan, palier)
        debut = fin + timedelta(days=1)
