"""Who sends this request: the cookie holds a random key, the server knows the rest."""

from __future__ import annotations

from functools import cached_property

from flask import Flask, request
from flask import session as cookie
from flask_login import UserMixin, current_user, login_user, logout_user

from aap.extensions import login_manager
from aap.models import SessionConnexion, Utilisateur
from aap.permissions import Acteur, charger_acteur
from aap.requetes.comptes import session_valable
from aap.services.hachage import empreinte
from aap.services.session import noter_passage, ouvrir_session, revoquer_session


class Connecte(UserMixin):
    """The signed-in person, for the length of one request."""

    def __init__(self, session: SessionConnexion, cle: str) -> None:
        self.session_id = session.id
        self.utilisateur: Utilisateur = session.utilisateur
        self._cle = cle

    def get_id(self) -> str:
        """What the signed cookie keeps: the key of the session, not the person."""
        return self._cle

    @cached_property
    def acteur(self) -> Acteur:
        """Her rights today, read once per request."""
        return charger_acteur(self.utilisateur)


def adresse_visiteur() -> str:
    """Network address (behind trusted proxies when AAP_MANDATAIRES says so)."""
    return request.remote_addr or ""


def charger(cle: str) -> Connecte | None:
    """Loader of Flask-Login: None when the session is closed, expired or of a closed account."""
    session = session_valable(empreinte(cle))
    if session is None:
        return None
    connecte = Connecte(session, cle)
    noter_passage(session, lecture=request.method in ("GET", "HEAD", "OPTIONS"))
    return connecte


def connecter(acteur: Acteur, utilisateur: Utilisateur) -> Acteur:
    """Open a session and put its key in the cookie; what the cookie held before is dropped.

    A key or a CSRF token planted before sign-in is thus worth nothing after it.
    """
    if current_user.is_authenticated:  # one browser, one session
        fermer_session()
    agent = request.headers.get("User-Agent", "")
    cle = ouvrir_session(acteur, utilisateur, agent=agent, adresse=adresse_visiteur())
    session = session_valable(empreinte(cle))
    assert session is not None
    cookie.clear()
    connecte = Connecte(session, cle)
    login_user(connecte)
    return connecte.acteur


def fermer_session() -> None:
    """Close the session of this browser on the server, then empty its cookie."""
    if current_user.is_authenticated:
        session = session_valable(empreinte(current_user.get_id()))
        if session is not None:
            revoquer_session(current_user.acteur, session)
    logout_user()
    cookie.clear()


def session_terminee() -> bool:
    """Does this browser hold the key of a session that no longer exists?"""
    return "_user_id" in cookie and not current_user.is_authenticated


def brancher_authentification(app: Flask) -> None:
    """Flask-Login on our own session table; its own guess by network address is switched off."""
    login_manager.user_loader(charger)
    login_manager.session_protection = None
