"""What is paid, and when, on the follow-up page of a dossier; its history in a few plain lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from aap.domaine.montants import en_euros
from aap.extensions import db
from aap.models import Convention, Dossier, Evenement, Financement, Financeur, Tranche, Versement
from workflows.versement import EtatVersement

# Steps inside the funder's house: the table of payments shows the state that they lead to.
INTERNES = frozenset({"versement.valider", "versement.mandater"})


@dataclass(frozen=True)
class Paiements:
    """The payments of one funder (``verse`` and ``prevu`` in cents, cancelled ones left out)."""

    financeur: Financeur
    versements: Sequence[Versement]

    @property
    def verse(self) -> int:
        return sum(v.montant for v in self.versements if v.etat is EtatVersement.PAYE)

    @property
    def prevu(self) -> int:
        return sum(v.montant for v in self.versements if v.etat is not EtatVersement.ANNULE)


@dataclass(frozen=True)
class Ligne:
    """One line of the history, as ``macros/chronologie.html`` reads it."""

    quand: datetime
    qui: str
    quoi: str
    motif: str


def paiements_de(dossier: Dossier) -> list[Paiements]:
    """The payments of the acts of a dossier, by funder, in the order of their dates (1 query)."""
    versements = db.session.scalars(
        select(Versement)
        .join(Versement.tranche)
        .join(Tranche.financement)
        .join(Tranche.convention)
        .join(Convention.financeur)
        .where(Financement.dossier_id == dossier.id)
        .options(
            contains_eager(Versement.tranche)
            .contains_eager(Tranche.convention)
            .contains_eager(Convention.financeur)
        )
        .order_by(Financeur.nom, Versement.prevu_le, Versement.id)
    ).all()
    par_financeur: dict[int, list[Versement]] = {}
    for v in versements:
        par_financeur.setdefault(v.tranche.convention.financeur_id, []).append(v)
    return [
        Paiements(siens[0].tranche.convention.financeur, siens) for siens in par_financeur.values()
    ]


def lignes_historique(
    evenements: Sequence[tuple[Evenement, str]],
    paiements: Sequence[Paiements],
    conventions: Sequence[Convention],
) -> list[Ligne]:
    """The history with the funder and the amount where there is one, internal steps left out."""
    precisions: dict[tuple[str, int], str] = {
        ("convention", c.id): c.financeur.nom for c in conventions
    }
    for p in paiements:
        for v in p.versements:
            precisions["versement", v.id] = (
                f"{v.type.libelle.lower()} de {en_euros(v.montant)}, {p.financeur.nom}"
            )
    return [
        Ligne(e.le, qui, _precise(e, precisions.get((e.entite, e.entite_id), "")), e.motif)
        for e, qui in evenements
        if e.acte not in INTERNES
    ]


def _precise(evenement: Evenement, precision: str) -> str:
    return f"{evenement.libelle}\u00a0: {precision}" if precision else evenement.libelle
