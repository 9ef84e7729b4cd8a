"""The only clock of the house: instants are aware UTC, deadlines are read in Europe/Paris.

Nothing else may call ``datetime.now``: tests and the demonstration move this clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
_fixe: ContextVar[datetime | None] = ContextVar("horloge_fixe", default=None)


def maintenant() -> datetime:
    """Present instant, aware, in UTC."""
    fixe = _fixe.get()
    return fixe if fixe is not None else datetime.now(UTC)


def aujourdhui() -> date:
    """Present day in Europe/Paris."""
    return maintenant().astimezone(PARIS).date()


def a_paris(instant: datetime) -> datetime:
    """The same instant read on a Paris clock."""
    return instant.astimezone(PARIS)


def depuis_paris(naif: datetime) -> datetime:
    """A wall-clock time typed by a user in Paris, as an aware UTC instant.

    In the repeated hour of October the first occurrence is taken (fold=0).
    """
    return naif.replace(tzinfo=PARIS).astimezone(UTC)


@contextmanager
def horloge_fixee(instant: datetime) -> Iterator[None]:
    """Freeze the clock at ``instant`` (aware) inside the block."""
    if instant.tzinfo is None:
        raise ValueError("l’instant doit porter un fuseau horaire")
    jeton = _fixe.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _fixe.reset(jeton)
