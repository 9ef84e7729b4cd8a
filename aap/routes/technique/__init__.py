"""Health, theme, components: what serves the house itself."""

from flask import Blueprint

bp = Blueprint("technique", __name__)

from aap.routes.technique import acte, composants, fichiers, sante, territoire  # noqa: E402
