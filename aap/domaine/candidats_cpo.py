"""Good candidates for a CPO: why an aid of one year could become one of several years.

No bilan is late, and at least one reason holds. Source: circulaire du 29 septembre 2015 (CPO for
associations known over time), issue of the finance rooms §3. Amounts are in cents.
"""

from __future__ import annotations

from collections.abc import Iterable

from aap.domaine.cpo import SEUIL_COMPTES
from aap.domaine.montants import en_euros

# code of a reason -> (short word, what it means)
RAISONS = {
    "renouvelee": (
        "Aidée depuis deux ans au moins",
        "ce financeur a aidé l’organisme chacune des deux années d’avant",
    ),
    "bilans": (
        "Bilans rendus à temps",
        "les bilans déjà dus des deux années d’avant sont tous rendus avant leur échéance",
    ),
    "petite": (
        "Petite association",
        f"budget annuel connu, sous {en_euros(SEUIL_COMPTES)} (pas de commissaire aux comptes "
        "exigé)",
    ),
    "pre": (
        "Réussite éducative",
        "le dossier porte un projet de réussite éducative (PRE), par nature pluriannuel",
    ),
    "demande": ("Demandée sur plusieurs ans", "le dossier demande une aide sur plusieurs années"),
}


def mots(codes: Iterable[str]) -> str:
    """The reasons in words, for a file."""
    return ", ".join(RAISONS[c][0] for c in codes)
