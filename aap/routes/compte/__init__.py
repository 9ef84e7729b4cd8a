"""Accounts: sign in and out, open one, get it back, look after it."""

from flask import Blueprint

bp = Blueprint("compte", __name__)

from aap.routes.compte import connexion, delegations, inscription, profil, sur_place  # noqa: E402

__all__ = ["bp", "connexion", "delegations", "inscription", "profil", "sur_place"]
