"""The porteur's space: her organismes, her dossiers, what is expected of her."""

from flask import Blueprint

bp = Blueprint("porteur", __name__, url_prefix="/porteur")
