"""Actions led only in « poches de pauvreté »: what the State credits of a department may give.

Source: rule ``poches_part_max`` of the campaign (``donnees/regles_campagne.json``). Cents.
"""

from __future__ import annotations

from collections.abc import Iterable

from aap.domaine.montants import en_euros, nombre

TYPE_POCHE = "poche"
PROGRAMME_VILLE = "147"


def seulement_en_poche(types: Iterable[str]) -> bool:
    """Is every quartier of the action a poche? An action that aims at none is not concerned."""
    lus = list(types)
    return bool(lus) and all(t == TYPE_POCHE for t in lus)


def plafond_poches(enveloppe: int, part: int) -> int:
    """Cents that poches may draw on the departmental enveloppe; ``part`` in thousandths."""
    return enveloppe * part // 1000


def refus_poche(montant: int, *, enveloppe: int, part: int, deja: int, cofinance: bool) -> str:
    """Why ``montant`` cents may not go to an action in a poche; empty when they may.

    ``enveloppe``: whole departmental enveloppe; ``deja``: what the other poches draw on it;
    ``cofinance``: a commune, an EPT or a département also pays the action.
    """
    if montant <= 0:
        return ""
    if not cofinance:
        return (
            "Cette action est menée dans une poche de pauvreté\u00a0: il lui faut aussi "
            "l’aide d’une commune, d’un établissement public territorial ou d’un département."
        )
    plafond = plafond_poches(enveloppe, part)
    if deja + montant <= plafond:
        return ""
    taux = nombre(part // 10) if part % 10 == 0 else f"{part // 10},{part % 10}"
    return (
        f"Les poches de pauvreté sont limitées à {en_euros(plafond)} "
        f"({taux}\u00a0% de l’enveloppe départementale du programme 147). "
        f"Il reste {en_euros(max(0, plafond - deja))}\u00a0: {en_euros(montant)} dépasserait "
        "cette limite."
    )
