"""One line of a funder, step by step: each amount, the act that founds it, its day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from aap.domaine.horloge import a_paris
from aap.extensions import db
from aap.models import (
    Bilan,
    Convention,
    Decision,
    Evenement,
    Financement,
    Reversement,
    Tranche,
    Versement,
)
from aap.requetes.comptes_argent import FERMES, JUSTIFIEES, Sommes, sommes_de
from workflows.bilan import EtatBilan
from workflows.versement import EtatVersement


@dataclass(frozen=True)
class Pas:
    """``page`` and ``cle``: kind and id of what shows the act; empty when nothing else does."""

    titre: str
    montant: int
    acte: str
    le: date | None
    page: str = ""
    cle: int = 0


def chemin_de(financement: Financement, nature: str) -> list[Pas]:
    """From the request to what is taken back (7 queries). ``nature``: kind of the funder’s act."""
    s = sommes_de(financement)
    return [
        *_demande(financement, s),
        *_decision(financement, s, nature),
        *_engages(financement),
        *_payes(financement),
        *_apres(financement, s),
    ]


def _demande(f: Financement, s: Sommes) -> list[Pas]:
    depose = f.dossier.depose_le
    pas = [Pas("Demandé", f.montant_demande, f"Dossier {f.dossier.reference}", _jour(depose))]
    if f.montant_propose is not None:
        le = db.session.scalar(
            select(func.max(Evenement.le)).where(
                Evenement.entite == "financement",
                Evenement.entite_id == f.id,
                Evenement.acte == "financement.rendre_avis",
            )
        )
        pas.append(Pas("Proposé", s.propose, "Avis du financeur", _jour(le)))
    return pas


def _decision(f: Financement, s: Sommes, nature: str) -> list[Pas]:
    pas = []
    decision = db.session.scalars(
        select(Decision)
        .where(Decision.dossier_id == f.dossier_id, Decision.publiee_le.is_not(None))
        .options(joinedload(Decision.seance))
        .order_by(Decision.id.desc())
        .limit(1)
    ).first()
    if s.arbitre and decision is not None:
        ou = decision.seance.titre if decision.seance else "Crédits libérés, liste d’attente"
        pas.append(Pas("Arbitré", s.arbitre, ou, _jour(decision.decidee_le)))
    if s.vote:
        acte = f"{nature} n° {f.acte_numero}" if f.acte_numero else "Acte du financeur"
        pas.append(Pas("Voté", s.vote, acte, f.acte_date))
    return pas


def _engages(f: Financement) -> list[Pas]:
    tranches = db.session.scalars(
        select(Tranche)
        .join(Convention, Convention.id == Tranche.convention_id)
        .where(
            Tranche.financement_id == f.id,
            Tranche.etat.in_(FERMES),
            Convention.signee_le.is_not(None),
        )
        .options(joinedload(Tranche.convention))
        .order_by(Tranche.id)
    )
    return [
        Pas(
            "Engagé",
            t.montant,
            f"{t.convention.type.libelle} n° {t.convention.numero}, {t.exercice}",
            _jour(t.convention.signee_le),
            "convention",
            t.convention_id,
        )
        for t in tranches
    ]


def _payes(f: Financement) -> list[Pas]:
    versements = db.session.scalars(
        select(Versement)
        .join(Tranche, Tranche.id == Versement.tranche_id)
        .where(Tranche.financement_id == f.id, Versement.etat == EtatVersement.PAYE)
        .order_by(Versement.paye_le, Versement.id)
    )
    return [
        Pas(
            "Payé",
            v.montant,
            f"{v.type.libelle}, mandat n° {v.numero_mandat}",
            v.paye_le,
            "versement",
            v.id,
        )
        for v in versements
    ]


def _apres(f: Financement, s: Sommes) -> list[Pas]:
    pas = []
    if f.etat in JUSTIFIEES and s.justifie:
        bilan = db.session.scalars(
            select(Bilan).where(
                Bilan.dossier_id == f.dossier_id,
                Bilan.exercice == f.exercice,
                Bilan.etat.in_((EtatBilan.VALIDE, EtatBilan.REVERSE)),
            )
        ).first()
        acte = f"Bilan {f.exercice} validé" if bilan else "Justifié sans bilan, par motif"
        page, cle = ("bilan", bilan.id) if bilan else ("", 0)
        pas.append(Pas("Justifié", s.justifie, acte, None, page, cle))
    for r in db.session.scalars(
        select(Reversement).where(Reversement.financement_id == f.id).order_by(Reversement.id)
    ):
        titre = f", titre n° {r.numero_titre}" if r.numero_titre else ""
        pas.append(
            Pas(
                "Récupéré" if r.recu_le else "À récupérer",
                r.montant,
                f"Reversement demandé{titre}",
                r.recu_le,
                "bilan",
                r.bilan_id,
            )
        )
    return pas


def _jour(instant: datetime | None) -> date | None:
    return a_paris(instant).date() if instant is not None else None
