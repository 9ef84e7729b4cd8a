"""Plan de financement after decisions: can the action still be done (parcours.md §5)?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from aap.domaine.montants import en_euros, pourcent, rapport

SEUIL_VIABLE = Fraction(80, 100)
SEUIL_FRAGILE = Fraction(50, 100)


class Viabilite(StrEnum):
    VIABLE = "viable"
    FRAGILE = "fragile"
    NON_VIABLE = "non_viable"

    @property
    def libelle(self) -> str:
        return {"viable": "Viable", "fragile": "Fragile", "non_viable": "Non viable"}[self.value]


@dataclass(frozen=True)
class PlanFinancement:
    """``couverture``: decided over asked, None when nothing was asked. ``phrase`` explains."""

    viabilite: Viabilite
    couverture: Fraction | None
    manque: int
    phrase: str

    @property
    def budget_a_revoir(self) -> bool:
        return self.viabilite is Viabilite.NON_VIABLE


def evaluer_plan(
    demande: int,
    accorde: int,
    *,
    autres: int = 0,
    seuil_viable: Fraction = SEUIL_VIABLE,
    seuil_fragile: Fraction = SEUIL_FRAGILE,
) -> PlanFinancement:
    """Share of the asked total that is granted, against two thresholds of the campaign.

    ``demande``: cents asked from all funders of the call; ``accorde``: decided; ``autres``:
    money found elsewhere since. Raises ``ValueError`` on a negative amount.
    """
    if min(demande, accorde, autres) < 0:
        raise ValueError("Les montants d’un plan de financement ne sont jamais négatifs.")
    obtenu = accorde + autres
    couverture = rapport(obtenu, demande)
    if couverture is None or couverture >= seuil_viable:
        etat = Viabilite.VIABLE
    else:
        etat = Viabilite.FRAGILE if couverture >= seuil_fragile else Viabilite.NON_VIABLE
    manque = max(0, demande - obtenu)
    return PlanFinancement(etat, couverture, manque, _phrase(etat, couverture, obtenu, demande))


def _phrase(etat: Viabilite, couverture: Fraction | None, obtenu: int, demande: int) -> str:
    if couverture is None:
        return "Aucun montant n’a été demandé aux financeurs de cet appel."
    debut = f"{en_euros(obtenu)} obtenus sur {en_euros(demande)} demandés ({pourcent(couverture)})"
    suite = {
        Viabilite.VIABLE: "l’action peut se faire.",
        Viabilite.FRAGILE: "demandez au porteur comment il compte s’adapter.",
        Viabilite.NON_VIABLE: "demandez un budget révisé avant tout engagement.",
    }[etat]
    return f"{debut}\u00a0: {suite}"
