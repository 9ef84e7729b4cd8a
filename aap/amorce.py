"""Start of the process: no garbage is collected while the application is being imported.

The imports make several hundred thousand objects that live as long as the process; collecting
among them in vain costs a sixth of the start. Imported before everything else by ``aap``.
"""

from __future__ import annotations

import gc

_ACTIF = gc.isenabled()
gc.disable()


def reprendre() -> None:
    """Set the imported objects apart (forked workers share them) and collect again."""
    gc.freeze()
    if _ACTIF:
        gc.enable()
