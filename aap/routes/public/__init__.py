"""What everybody may read: the calls and the contract."""

from flask import Blueprint

bp = Blueprint("public", __name__)

from aap.routes.public import besoins, explorateur  # noqa: E402
