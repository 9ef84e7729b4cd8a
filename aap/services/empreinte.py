"""Hash of frozen contents, for the services (the rule itself is pure: ``aap.domaine``)."""

from __future__ import annotations

from aap.domaine.empreinte import empreinte

__all__ = ["empreinte"]
