"""Background jobs; importing this package registers them all."""

from aap.taches import bilans, campagnes, courriels, depot, journal, menage, pv

__all__ = ["bilans", "campagnes", "courriels", "depot", "journal", "menage", "pv"]
