"""Background jobs; importing this package registers them all."""

from aap.taches import bilans, campagnes, courriels, depot, menage

__all__ = ["bilans", "campagnes", "courriels", "depot", "menage"]
