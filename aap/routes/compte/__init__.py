"""Accounts: sign in and out, open one, get it back, look after it."""

from flask import Blueprint

bp = Blueprint("compte", __name__)

from aap.routes.compte import (  # noqa: E402
    absences,
    connexion,
    delegations,
    inscription,
    profil,
    sur_place,
)

__all__ = ["absences", "bp", "connexion", "delegations", "inscription", "profil", "sur_place"]
