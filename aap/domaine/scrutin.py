"""Votes of a committee: how the voices make a result. Pure.

Simple majority of the voices cast: abstentions and absences count neither for nor against. On a
tie the voice of the person who presides decides when it is known (never in a secret vote); else
the proposal is not adopted (CGCT L2121-20, whose rule committees of a contrat usually follow).
"""

from __future__ import annotations

from enum import StrEnum


class ModeScrutin(StrEnum):
    """How voices are given, and what is kept of them."""

    MAIN_LEVEE = "main_levee"
    NOMINATIF = "nominatif"
    SECRET = "secret"

    @property
    def libelle(self) -> str:
        return {
            "main_levee": "À main levée",
            "nominatif": "Nominatif",
            "secret": "Secret",
        }[self.value]

    @property
    def precision(self) -> str:
        """What the members should know before they vote."""
        return {
            "main_levee": "Les voix sont comptées dans la salle\u00a0; seuls les nombres sont "
            "gardés.",
            "nominatif": "Chaque membre vote sur son écran, ou la coordination note sa voix\u00a0; "
            "le procès-verbal dit qui a voté quoi.",
            "secret": "Chaque membre vote sur son écran\u00a0; on garde qui a voté et les nombres, "
            "jamais la voix de chacun.",
        }[self.value]


class Voix(StrEnum):
    POUR = "pour"
    CONTRE = "contre"
    ABSTENTION = "abstention"

    @property
    def libelle(self) -> str:
        return {"pour": "Pour", "contre": "Contre", "abstention": "Abstention"}[self.value]


class Issue(StrEnum):
    ADOPTE = "adopte"
    REJETE = "rejete"
    PARTAGE = "partage"
    SANS_VOIX = "sans_voix"

    @property
    def libelle(self) -> str:
        return {
            "adopte": "Adopté",
            "rejete": "Rejeté",
            "partage": "Partage des voix, non adopté",
            "sans_voix": "Aucune voix exprimée, non adopté",
        }[self.value]


def depouiller(pour: int, contre: int, presidence: Voix | None = None) -> Issue:
    """What the voices decide; ``presidence``: how the person who presides voted, when known.

    Raises ValueError for a negative count.
    """
    if pour < 0 or contre < 0:
        raise ValueError("un nombre de voix est négatif")
    if pour > contre:
        return Issue.ADOPTE
    if contre > pour:
        return Issue.REJETE
    if pour == 0:
        return Issue.SANS_VOIX
    if presidence is Voix.POUR:
        return Issue.ADOPTE
    return Issue.REJETE if presidence is Voix.CONTRE else Issue.PARTAGE
