"""Invariants of the whole database, read by ``flask verifier``; importing registers them."""

from aap.requetes.invariants import (
    argent,
    avenants,
    contenus,
    etats,
    fichiers,
    liasses,
    modeles,
    projections,
    recours,
)
from aap.requetes.invariants.socle import INVARIANTS, Ecart, Invariant, Suivre, invariant

__all__ = [
    "INVARIANTS",
    "Ecart",
    "Invariant",
    "Suivre",
    "argent",
    "avenants",
    "contenus",
    "etats",
    "fichiers",
    "invariant",
    "liasses",
    "modeles",
    "projections",
    "recours",
]
