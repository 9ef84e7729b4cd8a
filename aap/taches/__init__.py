"""Background jobs; importing this package registers them all."""

from aap.taches import courriels, menage

__all__ = ["courriels", "menage"]
