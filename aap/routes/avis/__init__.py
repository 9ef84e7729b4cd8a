"""The rooms of outside opinions."""

from flask import Blueprint

bp = Blueprint("avis", __name__, url_prefix="/avis")

from aap.routes.avis import avis, invitation  # noqa: E402

__all__ = ["avis", "bp", "invitation"]
