"""Every day: late bilans fall into default, the others are recalled 30 and 7 days before."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy import ColumnElement, exists, select

from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import Bilan, Convention, Evenement, Financement
from aap.permissions import SYSTEME
from aap.services.bilan import mettre_en_defaut, relancer_bilan
from aap.services.convention import actes_echus, constater_echeance
from aap.services.execution import ENGAGEES
from aap.services.taches import enfiler
from aap.services.tour import prendre_son_tour
from aap.taches.registre import tache
from workflows.bilan import EtatBilan

journal = logging.getLogger("aap.bilans")
A_RENDRE = (EtatBilan.ATTENDU, EtatBilan.EN_SAISIE, EtatBilan.A_MODIFIER)
# Days before the due date, the nearest first: one day late, the worker still sends one mail.
PALIERS = (7, 30)


@tache("bilans_quotidiens")
def bilans_quotidiens() -> None:
    """Idempotent: run twice, it does nothing the second time.

    Each bilan and each act stands alone: one that fails stops no other, and becomes a job of its
    own, tried again and shown as failed to the administration.
    """
    annee = aujourdhui().year
    prendre_son_tour(*_retards(), *actes_echus(annee))
    _chacun(_retards(), partial(mettre_en_defaut, SYSTEME), "bilan_en_defaut")
    for palier, bilans in _proches():
        _chacun(bilans, partial(_relancer, palier=palier), "relance_du_bilan")
    _chacun(actes_echus(annee), partial(constater_echeance, SYSTEME), "acte_echu")


def _chacun(objets: Sequence[Bilan | Convention], geste: Callable[..., object], repli: str) -> None:
    """Each in its own savepoint; ``repli``: the job that tries again the one that failed."""
    jour = aujourdhui().isoformat()
    for objet in objets:
        numero = objet.id
        try:
            with db.session.begin_nested():
                geste(objet)
        except Exception:  # whatever it is, the others go on and this one is told
            journal.exception("%s : %s a échoué, réessayé à part", repli, numero)
            enfiler(repli, {"numero": numero}, cle_unique=f"{repli}:{numero}:{jour}")


def _relancer(bilan: Bilan, palier: int) -> None:
    relancer_bilan(bilan, palier)


@tache("bilan_en_defaut")
def bilan_en_defaut(numero: int) -> None:
    bilan = db.session.get(Bilan, numero)
    if bilan is not None:
        prendre_son_tour(bilan)
        if any(b.id == numero for b in _retards()):
            mettre_en_defaut(SYSTEME, bilan)


@tache("relance_du_bilan")
def relance_du_bilan(numero: int) -> None:
    for palier, bilans in _proches():
        for bilan in bilans:
            if bilan.id == numero:
                relancer_bilan(bilan, palier)


@tache("acte_echu")
def acte_echu(numero: int) -> None:
    acte = db.session.get(Convention, numero)
    if acte is not None:
        prendre_son_tour(acte)
        if any(c.id == numero for c in actes_echus(aujourdhui().year)):
            constater_echeance(SYSTEME, acte)


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


def _proches() -> Iterator[tuple[int, list[Bilan]]]:
    """(step in days, bilans to recall at it), the nearest first; each is read when it comes."""
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
        )
        yield palier, list(proches)
        debut = fin + timedelta(days=1)
