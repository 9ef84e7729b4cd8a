"""Background jobs; importing this package registers them all."""

from aap.taches import campagnes, courriels, depot, menage

__all__ = ["campagnes", "courriels", "depot", "menage"]
