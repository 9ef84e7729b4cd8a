"""The plan de financement as the answers of the funders made it (issue 5 §7, parcours.md §5).

Formula: ``besoin`` = what was asked from the funders of the call, or, once a revised budget is
accepted, its charges minus its other produits (the same sum when the first budget balances).
Coverage = granted / besoin, against two thresholds of the campaign (rules ``seuil_viable`` and
``seuil_fragile``, dated data, source: usage of the cités). Two readings as long as an answer is
awaited: without it, and with all that was asked. Amounts are cents; pure, no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from aap.domaine.montants import en_euros, pourcent
from aap.domaine.viabilite import (
    SEUIL_FRAGILE,
    SEUIL_VIABLE,
    PlanFinancement,
    Viabilite,
    evaluer_plan,
)


class Suite(StrEnum):
    """What became of a source of money."""

    ACCORDEE = "accordee"
    RETENUE = "retenue"
    ATTENDUE = "attendue"
    REFUSEE = "refusee"
    RENONCEE = "renoncee"
    PROPRE = "propre"
    AUTRE_ACQUISE = "autre_acquise"
    AUTRE_ENVISAGEE = "autre_envisagee"

    @property
    def libelle(self) -> str:
        return _LIBELLES[self]

    @property
    def ton(self) -> str:
        """Tone of the badge (design tokens)."""
        return _TONS[self]


_LIBELLES = {
    Suite.ACCORDEE: "Accordée",
    Suite.RETENUE: "Retenue, vote attendu",
    Suite.ATTENDUE: "Réponse attendue",
    Suite.REFUSEE: "Refusée",
    Suite.RENONCEE: "Abandonnée",
    Suite.PROPRE: "Ressources propres",
    Suite.AUTRE_ACQUISE: "Autre aide, acquise",
    Suite.AUTRE_ENVISAGEE: "Autre aide, à confirmer",
}
_TONS = {
    Suite.ACCORDEE: "succes",
    Suite.RETENUE: "succes",
    Suite.ATTENDUE: "attente",
    Suite.REFUSEE: "refus",
    Suite.RENONCEE: "refus",
    Suite.PROPRE: "neutre",
    Suite.AUTRE_ACQUISE: "succes",
    Suite.AUTRE_ENVISAGEE: "attente",
}
OBTENUES = frozenset({Suite.ACCORDEE, Suite.RETENUE})
DE_L_APPEL = OBTENUES | {Suite.ATTENDUE, Suite.REFUSEE, Suite.RENONCEE}


@dataclass(frozen=True)
class Source:
    """One source of money: ``prevu`` in the deposited budget, ``obtenu`` today (cents)."""

    nom: str
    suite: Suite
    prevu: int
    obtenu: int

    def __post_init__(self) -> None:
        if min(self.prevu, self.obtenu) < 0:
            raise ValueError("Les montants d’un plan de financement ne sont jamais négatifs.")


@dataclass(frozen=True)
class PlanRecalcule:
    """``sans``: the awaited answers count for nothing; ``avec``: they give all that was asked."""

    depenses: int
    besoin: int
    sources: tuple[Source, ...]
    sans: PlanFinancement
    avec: PlanFinancement
    revise: bool = False
    seuils: tuple[Fraction, Fraction] = (SEUIL_VIABLE, SEUIL_FRAGILE)

    @property
    def demande(self) -> int:
        return sum(s.prevu for s in self.sources if s.suite in DE_L_APPEL)

    @property
    def accorde(self) -> int:
        return sum(s.obtenu for s in self.sources if s.suite in OBTENUES)

    @property
    def attendu(self) -> int:
        """Asked from funders of the call that have not answered yet."""
        return sum(s.prevu for s in self.sources if s.suite is Suite.ATTENDUE)

    @property
    def autres(self) -> int:
        """Own money and aids outside the call, those to be confirmed included."""
        return sum(s.obtenu for s in self.sources if s.suite not in DE_L_APPEL)

    @property
    def a_confirmer(self) -> int:
        return sum(s.obtenu for s in self.sources if s.suite is Suite.AUTRE_ENVISAGEE)

    @property
    def prevu(self) -> int:
        return sum(s.prevu for s in self.sources)

    @property
    def obtenu(self) -> int:
        return self.accorde + self.autres

    @property
    def reste(self) -> int:
        """Expenses that nothing covers when no awaited answer is favourable."""
        return max(0, self.depenses - self.obtenu)

    @property
    def suspendu(self) -> bool:
        """The verdict depends on answers still awaited."""
        return self.sans.viabilite is not self.avec.viabilite

    @property
    def budget_a_revoir(self) -> bool:
        """Even the most favourable answers leave the action below the viable threshold."""
        return self.avec.viabilite is not Viabilite.VIABLE

    def phrase(self, *, porteur: bool = False) -> str:
        """The verdict in words, for agents or for the porteur."""
        debut = self._debut(porteur)
        if self.suspendu:
            return (
                f"{debut}\u00a0: {_MOTS[self.sans.viabilite]} aujourd’hui, "
                f"{_MOTS[self.avec.viabilite]} si les réponses attendues "
                f"({en_euros(self.attendu)}) sont favorables."
            )
        suites = _SUITES_PORTEUR if porteur else _SUITES_AGENT
        return f"{debut}\u00a0: {suites[self.sans.viabilite]}"

    def _debut(self, porteur: bool) -> str:
        if self.sans.couverture is None:
            return "Rien n’est demandé aux financeurs de cet appel"
        quoi = "nécessaires au budget révisé" if self.revise else "demandés"
        part = pourcent(self.sans.couverture)
        sujet = "Vous avez obtenu " if porteur else ""
        obtenus = "" if porteur else " obtenus"
        return (
            f"{sujet}{en_euros(self.accorde)}{obtenus} sur {en_euros(self.besoin)} {quoi} ({part})"
        )


_MOTS = {
    Viabilite.VIABLE: "plan viable",
    Viabilite.FRAGILE: "plan fragile",
    Viabilite.NON_VIABLE: "plan non viable",
}
_SUITES_AGENT = {
    Viabilite.VIABLE: "l’action peut se faire.",
    Viabilite.FRAGILE: "demandez au porteur comment il compte s’adapter.",
    Viabilite.NON_VIABLE: "demandez un budget révisé avant tout engagement.",
}
_SUITES_PORTEUR = {
    Viabilite.VIABLE: "votre action peut se faire.",
    Viabilite.FRAGILE: "voyez ce que vous pouvez adapter dans votre action.",
    Viabilite.NON_VIABLE: "votre action doit être revue à la mesure de ces aides.",
}


def recalculer_plan(
    depenses: int,
    sources: Sequence[Source],
    *,
    besoin_revise: int | None = None,
    seuil_viable: Fraction = SEUIL_VIABLE,
    seuil_fragile: Fraction = SEUIL_FRAGILE,
) -> PlanRecalcule:
    """The plan of today from what each source gives (formula: head of this file).

    ``depenses``: charges of the first year, contributions in kind apart. ``besoin_revise``: what
    an accepted revised budget still needs from the funders of the call. Raises ``ValueError`` on
    a negative amount.
    """
    appel = [s for s in sources if s.suite in DE_L_APPEL]
    demande = sum(s.prevu for s in appel)
    accorde = sum(s.obtenu for s in appel if s.suite in OBTENUES)
    attendu = sum(s.prevu for s in appel if s.suite is Suite.ATTENDUE)
    besoin = demande if besoin_revise is None else besoin_revise
    if min(depenses, besoin) < 0:
        raise ValueError("Les montants d’un plan de financement ne sont jamais négatifs.")
    return PlanRecalcule(
        depenses,
        besoin,
        tuple(sources),
        _evaluer(besoin, accorde, seuil_viable, seuil_fragile),
        _evaluer(besoin, accorde + attendu, seuil_viable, seuil_fragile),
        besoin_revise is not None,
        (seuil_viable, seuil_fragile),
    )


def _evaluer(besoin: int, accorde: int, viable: Fraction, fragile: Fraction) -> PlanFinancement:
    return evaluer_plan(besoin, accorde, seuil_viable=viable, seuil_fragile=fragile)
