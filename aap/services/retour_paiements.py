"""Record the payments that the accountant's extraction proves, never one of them twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from aap.models import Versement
from aap.permissions import Acteur
from aap.services.tour import prendre_son_tour
from aap.services.versement import constater_paiement
from workflows.versement import EtatVersement


@dataclass(frozen=True)
class PaiementLu:
    """One line chosen on the page: the payment, its date, the version that the page showed."""

    versement: Versement
    paye_le: date
    version: int


@dataclass(frozen=True)
class Constates:
    """How many payments were recorded, and how many had moved since the page was shown."""

    constates: int
    laisses: int


def constater_retour(acteur: Acteur, choisis: Sequence[PaiementLu]) -> Constates:
    """Record each payment still mandated as the page showed it; the others are left alone.

    All in one transaction: raises Conflit, Invalide or Interdit with nothing recorded.
    """
    prendre_son_tour(*(lu.versement for lu in choisis))
    constates = 0
    for lu in choisis:
        v = lu.versement
        if v.etat is EtatVersement.MANDATE and v.version == lu.version:
            constater_paiement(acteur, v, lu.paye_le, version=lu.version)
            constates += 1
    return Constates(constates, len(choisis) - constates)
