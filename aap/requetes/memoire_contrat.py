"""What pages read of the contract itself, kept in the process until the contract changes.

The contract is loaded from files (``referentiel charger``) a few times in its life and read by
every page. The hash of its files (``Contrat.empreinte``) is in the key: once another version is
loaded, nothing kept before can be read again. Only plain values are kept, never rows of a session.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from aap.extensions import db
from aap.models import Contrat

T = TypeVar("T")
TAILLE = 4096
_verrou = Lock()
_lus: OrderedDict[Hashable, Any] = OrderedDict()


def du_contrat(contrat: Contrat, cle: Hashable, lire: Callable[[], T]) -> T:
    """``lire()``, or what it gave for the same ``cle`` and the same files of the contract.

    A contract that was not loaded from files (no hash) is read each time.
    """
    if not contrat.empreinte:
        return lire()
    complete = (db.engine.url, contrat.id, contrat.empreinte, cle)
    with _verrou:
        if complete in _lus:
            _lus.move_to_end(complete)
            return _lus[complete]
    valeur = lire()
    with _verrou:
        _lus[complete] = valeur
        while len(_lus) > TAILLE:
            _lus.popitem(last=False)
    return valeur


def oublier() -> None:
    """Empty the memory (tests)."""
    with _verrou:
        _lus.clear()
