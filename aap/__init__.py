"""aap: the engine of the yearly call for projects of a contrat de ville."""

from __future__ import annotations

from aap import amorce, models
from aap.application import create_app, reglages_de_test

__all__ = ["create_app", "models", "reglages_de_test"]
__version__ = "0.1.0"

amorce.reprendre()
