"""What an avenant does to the payments of a tranche: pure arithmetic, in cents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class VersementPrevu:
    """A payment that is not cancelled; ``libre``: nothing is proposed nor paid on it yet."""

    cle: int
    montant: int
    libre: bool


@dataclass(frozen=True)
class Plan:
    """New amount of each payment (0: cancelled), and cents of a payment to add."""

    montants: dict[int, int]
    ajout: int = 0


def plancher(versements: Sequence[VersementPrevu]) -> int:
    """Cents that an avenant cannot take back: paid, or being paid."""
    return sum(v.montant for v in versements if not v.libre)


def replanifier(avant: int, apres: int, versements: Sequence[VersementPrevu]) -> Plan:
    """Payments of a tranche whose amount goes from ``avant`` to ``apres``.

    A raise goes to the last free payment, or to a new one. A cut first takes what no payment
    carries, then the free payments from the last one. Raises ``ValueError`` below what is paid
    or being paid.
    """
    montants = {v.cle: v.montant for v in versements}
    libres = [v.cle for v in versements if v.libre]
    if apres > avant:
        if not libres:
            return Plan(montants, apres - avant)
        montants[libres[-1]] += apres - avant
        return Plan(montants)
    exces = max(0, sum(montants.values()) - apres)
    for cle in reversed(libres):
        pris = min(exces, montants[cle])
        montants[cle] -= pris
        exces -= pris
    if exces:
        raise ValueError("Ce qui est payé ou en cours de paiement ne peut pas être repris.")
    return Plan(montants)
