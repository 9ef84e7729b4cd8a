"""The schedule of payments of an act, and the payments planned when a tranche becomes firm."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from aap.domaine.horloge import aujourdhui
from aap.domaine.montants import repartir
from aap.models import Tranche, TypeVersement, Versement
from aap.models.types import Json
from aap.permissions import Acteur
from aap.services.transition import effet


@dataclass(frozen=True)
class Echeance:
    """One planned payment of each exercice: share in thousandths, month (1-12) of payment."""

    type: TypeVersement
    pour_mille: int
    mois: int


ECHEANCIER_PAR_DEFAUT = (
    Echeance(TypeVersement.AVANCE, 800, 6),
    Echeance(TypeVersement.SOLDE, 200, 12),
)


def en_json(echeances: tuple[Echeance, ...]) -> list[Json]:
    """Canonical form kept on the convention."""
    return [{"type": e.type.value, "pour_mille": e.pour_mille, "mois": e.mois} for e in echeances]


def parts(montant: int, echeances: list[Json]) -> list[int]:
    """Cents of each payment; they sum exactly to ``montant``."""
    return repartir(montant, [int(e["pour_mille"]) for e in echeances])


def fin_de_mois(annee: int, mois: int) -> date:
    return date(annee, mois, calendar.monthrange(annee, mois)[1])


@effet("tranche", "affermir")
def planifier_versements(_acteur: Acteur, tranche: Tranche, _motif: str) -> None:
    """The planned payments of the exercice, exact to the cent; done once per tranche.

    A month already over is not awaited: the act says « à la notification », which is now.
    """
    if tranche.versements:
        return
    echeances = tranche.convention.echeancier
    for rang, (echeance, part) in enumerate(
        zip(echeances, parts(tranche.montant, echeances), strict=True), 1
    ):
        if part > 0:
            tranche.versements.append(
                Versement(
                    rang=rang,
                    type=TypeVersement(echeance["type"]),
                    montant=part,
                    prevu_le=max(
                        fin_de_mois(tranche.exercice, int(echeance["mois"])), aujourdhui()
                    ),
                )
            )
