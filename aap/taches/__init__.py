"""Background jobs; importing this package registers them all."""

from aap.taches import courriels, depot, menage

__all__ = ["courriels", "depot", "menage"]
