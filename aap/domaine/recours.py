"""Recours gracieux: legal delays, who sent it and how, typed reasons of a refusal.

A refused porteur asks the service to look again (CRPA L411-2). She has two months from the
notification, a « délai franc » (CJA R421-1): the day of the notification and the last day do not
count, and a last day that nobody works goes to the next one that people work. Two months of
silence refuse the appeal (CRPA L231-4 and L411-7); a decision may still be taken afterwards.
The delays are dated data (``donnees/delais_recours.json``), never a setting of the call.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from aap.domaine.calendrier import ajouter_mois, est_ouvre

FICHIER = Path(__file__).resolve().parent / "donnees" / "delais_recours.json"


class CanalRecours(StrEnum):
    """How the appeal came."""

    PLATEFORME = "plateforme"
    COURRIER = "courrier"
    COURRIEL = "courriel"
    REMISE = "remise"

    @property
    def libelle(self) -> str:
        return {
            "plateforme": "Sur la plateforme",
            "courrier": "Par courrier",
            "courriel": "Par courriel",
            "remise": "Remis au service",
        }[self.value]


class ObjetRecours(StrEnum):
    """The refusal that is contested."""

    IRRECEVABILITE = "irrecevabilite"
    REJET = "rejet"

    @property
    def libelle(self) -> str:
        return {
            "irrecevabilite": "Dossier déclaré irrecevable",
            "rejet": "Demande rejetée par le comité de pilotage",
        }[self.value]


class SensRecours(StrEnum):
    """What is decided, or proposed by whoever examines."""

    ADMIS = "admis"
    REJETE = "rejete"

    @property
    def libelle(self) -> str:
        return {"admis": "Faire droit au recours", "rejete": "Rejeter le recours"}[self.value]

    @property
    def passe(self) -> str:
        return {"admis": "Recours admis", "rejete": "Recours rejeté"}[self.value]


class MotifRecours(StrEnum):
    """Why an appeal is refused."""

    DECISION_FONDEE = "decision_fondee"
    ELEMENTS_CONNUS = "elements_connus"
    PIECE_TARDIVE = "piece_tardive"
    CREDITS_EPUISES = "credits_epuises"
    HORS_DELAI = "hors_delai"
    AUTRE = "autre"

    @property
    def libelle(self) -> str:
        return {
            "decision_fondee": "Les raisons de la décision restent valables",
            "elements_connus": "Les éléments apportés avaient déjà été examinés",
            "piece_tardive": "La pièce apportée manquait encore à la fin du délai donné",
            "credits_epuises": "Les crédits de l’année sont épuisés",
            "hors_delai": "Le recours est arrivé après la fin du délai",
            "autre": "Autre motif",
        }[self.value]


@dataclass(frozen=True)
class DelaisRecours:
    """Delays in months in force from ``depuis``, and where each comes from."""

    depuis: date
    mois_pour_former: int
    mois_de_silence: int
    franc: bool
    source_former: str
    source_silence: str


@lru_cache(maxsize=1)
def _versions() -> tuple[DelaisRecours, ...]:
    brut = json.loads(FICHIER.read_text(encoding="utf-8"))
    lues = (DelaisRecours(**{**v, "depuis": date.fromisoformat(v["depuis"])}) for v in brut)
    return tuple(sorted(lues, key=lambda v: v.depuis))


def delais_au(jour: date) -> DelaisRecours:
    """The delays in force on ``jour`` (the oldest ones before they begin)."""
    en_vigueur = [v for v in _versions() if v.depuis <= jour]
    return en_vigueur[-1] if en_vigueur else _versions()[0]


def dernier_jour(notification: date) -> date:
    """Last day to send the appeal against a refusal notified on ``notification``."""
    delais = delais_au(notification)
    jour = ajouter_mois(notification, delais.mois_pour_former)
    if delais.franc:
        jour += timedelta(days=1)
    while not est_ouvre(jour):
        jour += timedelta(days=1)
    return jour


def jour_de_silence(reception: date) -> date:
    """Day on which silence means that the appeal received on ``reception`` is refused."""
    return ajouter_mois(reception, delais_au(reception).mois_de_silence)
