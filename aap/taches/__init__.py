"""Background jobs; importing this package registers them all."""

from aap.taches import (
    bilans,
    cachets,
    campagnes,
    coffre,
    courriels,
    depot,
    fichiers,
    journal,
    lot_actes,
    lots,
    menage,
    propositions,
    pv,
    repartitions,
    scans,
    stockage,
    suites,
)

__all__ = [
    "bilans",
    "cachets",
    "campagnes",
    "courriels",
    "depot",
    "fichiers",
    "journal",
    "lot_actes",
    "lots",
    "menage",
    "propositions",
    "pv",
    "repartitions",
    "stockage",
    "suites",
]
