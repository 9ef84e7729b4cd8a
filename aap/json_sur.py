"""JSON that came from outside: brackets nested without end are unreadable, not a fault."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider


class LecteurJSON(DefaultJSONProvider):
    """Flask's own, which lets RecursionError through (a page of 500 for 3 kB of « [ »)."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Raise ValueError for whatever cannot be read: Flask answers 400."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError as erreur:
            raise ValueError("JSON imbriqué sans fin") from erreur


def brancher_json(app: Flask) -> None:
    app.json = LecteurJSON(app)
