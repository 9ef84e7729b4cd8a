"""Who sends this request: the cookie holds a random key, the server knows the rest."""

from __future__ import annotations

import secrets
from functools import cached_property

from flask import Flask, Response, after_this_request, current_app, g, request
from flask import session as cookie
from flask_login import UserMixin, current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeSerializer

from aap.domaine.identifiants import cle_courriel
from aap.extensions import login_manager, reglages
from aap.models import SessionConnexion, Utilisateur
from aap.permissions import Acteur, charger_acteur
from aap.requetes.comptes import session_valable
from aap.services.hachage import empreinte
from aap.services.session import noter_passage, ouvrir_session, revoquer_session

APPAREIL = "aap_appareil"  # cookie of a browser that has signed in: (hash of the address, key)
UN_AN = 365 * 24 * 3600


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


def _sceau() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="aap.appareil")


def appareil_connu(courriel: str) -> str:
    """Key of this browser when it has signed in with this address before, else empty."""
    try:
        lu = _sceau().loads(request.cookies.get(APPAREIL, "")[:500])
    except BadSignature:
        return ""
    if not (isinstance(lu, list) and len(lu) == 2 and all(isinstance(x, str) for x in lu)):
        return ""
    return lu[1] if lu[0] == empreinte(cle_courriel(courriel)) else ""


def _retenir_appareil(utilisateur: Utilisateur) -> None:
    """Known browsers are not shut out by the failures of others (``tentative.PAR_APPAREIL``)."""
    cle = appareil_connu(utilisateur.courriel) or secrets.token_urlsafe(12)
    valeur = _sceau().dumps([empreinte(utilisateur.courriel), cle])

    @after_this_request
    def poser(reponse: Response) -> Response:
        reponse.set_cookie(
            APPAREIL,
            valeur,
            max_age=UN_AN,
            path="/connexion",
            secure=reglages().cookies_securises,
            httponly=True,
            samesite="Lax",
        )
        return reponse


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
    _vider_cookie()
    connecte = Connecte(session, cle)
    login_user(connecte)
    _retenir_appareil(utilisateur)
    return connecte.acteur


def fermer_session() -> None:
    """Close the session of this browser on the server, then empty its cookie."""
    if current_user.is_authenticated:
        session = session_valable(empreinte(current_user.get_id()))
        if session is not None:
            revoquer_session(current_user.acteur, session)
    logout_user()
    _vider_cookie()


def _vider_cookie() -> None:
    """Also the CSRF token of this request: a page drawn after this one bears a token that holds."""
    cookie.clear()
    g.pop(current_app.config["WTF_CSRF_FIELD_NAME"], None)


def session_terminee() -> bool:
    """Does this browser hold the key of a session that no longer exists?"""
    return "_user_id" in cookie and not current_user.is_authenticated


def brancher_authentification(app: Flask) -> None:
    """Flask-Login on our own session table; its own guess by network address is switched off."""
    login_manager.user_loader(charger)
    login_manager.session_protection = None
