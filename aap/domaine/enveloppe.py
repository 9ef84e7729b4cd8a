"""Enveloppes: what is left, and whether a dossier may draw on one (parcours.md §5).

The database refuses an overdraft by itself; these functions say it beforehand, in words.
Amounts are in cents. Lists that are empty do not restrict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from aap.domaine.montants import en_euros, pourcent


@dataclass(frozen=True)
class Solde:
    """``disponible`` = montant − Σ children − Σ lines, below zero if the database was bypassed."""

    montant: int
    delegue: int
    consomme: int

    @property
    def disponible(self) -> int:
        return self.montant - self.delegue - self.consomme

    @property
    def depasse(self) -> bool:
        return self.disponible < 0


def calculer_solde(montant: int, enfants: Sequence[int], lignes: Sequence[int]) -> Solde:
    """Remainder of one enveloppe from its children's amounts and the lines drawn on it."""
    return Solde(montant, sum(enfants), sum(lignes))


@dataclass(frozen=True)
class Noeud:
    """Enveloppe in a tree; ``consomme`` counts the lines drawn on it, not on its children."""

    code: str
    montant: int
    parent: str | None = None
    consomme: int = 0


def calculer_soldes(noeuds: Sequence[Noeud]) -> dict[str, Solde]:
    """Remainder of every enveloppe of a forest. Raises ``ValueError`` on an unknown parent or
    a cycle (an enveloppe cannot be its own ancestor)."""
    par_code = {n.code: n for n in noeuds}
    delegue = dict.fromkeys(par_code, 0)
    for n in noeuds:
        _refuser_cycle(n, par_code)
        if n.parent is not None:
            delegue[n.parent] += n.montant
    return {n.code: Solde(n.montant, delegue[n.code], n.consomme) for n in noeuds}


def _refuser_cycle(noeud: Noeud, par_code: Mapping[str, Noeud]) -> None:
    vus, parent = {noeud.code}, noeud.parent
    while parent is not None:
        if parent not in par_code:
            raise ValueError(f"Enveloppe parente inconnue\u00a0: {parent}.")
        if parent in vus:
            raise ValueError("Une enveloppe ne peut pas dépendre d’elle-même.")
        vus.add(parent)
        parent = par_code[parent].parent


def consomme_total(code: str, noeuds: Sequence[Noeud]) -> int:
    """Money drawn on an enveloppe and all its descendants."""
    propre = sum(n.consomme for n in noeuds if n.code == code)
    return propre + sum(consomme_total(n.code, noeuds) for n in noeuds if n.parent == code)


def phrase_depassement(solde: Solde, demande: int) -> str:
    """What to say when ``demande`` more cents do not fit; empty when they do."""
    if demande <= solde.disponible:
        return ""
    manque = demande - solde.disponible
    return (
        f"Il reste {en_euros(max(0, solde.disponible))} sur cette enveloppe\u00a0: "
        f"il manque {en_euros(manque)} pour attribuer {en_euros(demande)}."
    )


@dataclass(frozen=True)
class Conditions:
    """Eligibility of an enveloppe; codes are those of the referentiel, ``taux_max`` a ratio."""

    communes: frozenset[str] = frozenset()
    quartiers: frozenset[str] = frozenset()
    orientations: frozenset[str] = frozenset()
    formes_juridiques: frozenset[str] = frozenset()
    departement: str | None = None
    montant_min: int | None = None
    montant_max: int | None = None
    taux_max: Fraction | None = None


@dataclass(frozen=True)
class Demande:
    """What eligibility looks at. ``budget``: total of the action's charges, in cents."""

    communes: frozenset[str]
    quartiers: frozenset[str]
    orientation: str
    forme_juridique: str
    departements: frozenset[str]
    budget: int


def raisons_ineligible(conditions: Conditions, demande: Demande) -> list[str]:
    """Every reason why the dossier cannot draw on the enveloppe; empty when it can.

    Touching one of the communes (or quartiers) of the enveloppe is enough.
    """
    c, d = conditions, demande
    raisons = []
    if c.communes and not c.communes & d.communes:
        raisons.append("Aucune commune visée par l’action ne relève de cette enveloppe.")
    if c.quartiers and not c.quartiers & d.quartiers:
        raisons.append("Aucun quartier visé par l’action ne relève de cette enveloppe.")
    if c.orientations and d.orientation not in c.orientations:
        raisons.append("Cette enveloppe ne finance pas cette orientation.")
    if c.formes_juridiques and d.forme_juridique not in c.formes_juridiques:
        raisons.append("Cette enveloppe ne finance pas ce type d’organisme.")
    if c.departement and c.departement not in d.departements:
        raisons.append(f"Cette enveloppe est réservée au département {c.departement}.")
    return raisons


def raisons_montant(conditions: Conditions, demande: Demande, montant: int) -> list[str]:
    """Every reason why ``montant`` breaks the bounds of the enveloppe. Zero is always allowed."""
    raisons: list[str] = []
    if montant < 0:
        return ["Un montant attribué ne peut pas être négatif."]
    if montant == 0:
        return raisons
    minimum, maximum, taux = conditions.montant_min, conditions.montant_max, conditions.taux_max
    if minimum is not None and montant < minimum:
        raisons.append(f"Cette enveloppe attribue au moins {en_euros(minimum)} par action.")
    if maximum is not None and montant > maximum:
        raisons.append(f"Cette enveloppe attribue au plus {en_euros(maximum)} par action.")
    if taux is not None and montant > taux * demande.budget:
        raisons.append(
            f"Cette enveloppe finance au plus {pourcent(taux)} du budget de l’action "
            f"({en_euros(int(taux * demande.budget))} sur {en_euros(demande.budget)})."
        )
    return raisons
