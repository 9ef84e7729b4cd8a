"""Elements of a request for complements: what is needed, what would only be useful."""

from __future__ import annotations

UTILE = "utile, non indispensable"


def marquer_utile(element: str) -> str:
    """The words of an element, saying that it may stay without answer."""
    return f"{element} ({UTILE})"


def est_utile_seulement(element: str) -> bool:
    """Whether the request itself says that the dossier can go on without this element."""
    return element.endswith(f"({UTILE})")
