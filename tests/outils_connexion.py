"""Signing in for tests: by the door (password) or straight with a server-side session."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from aap.extensions import db
from aap.models import Utilisateur
from aap.permissions import ANONYME
from aap.services.hachage import hacher_mot_de_passe
from aap.services.session import ouvrir_session

MOT_DE_PASSE = "cheval agrafe lampe citron"
_HACHE = hacher_mot_de_passe(MOT_DE_PASSE)


def donner_mot_de_passe(personne: Utilisateur) -> Utilisateur:
    """Let her sign in with ``MOT_DE_PASSE``."""
    personne.mot_de_passe = _HACHE
    db.session.flush()
    return personne


def se_connecter(client: FlaskClient, personne: Utilisateur) -> str:
    """Open a session for this person in ``client``; returns its key."""
    cle = ouvrir_session(ANONYME, personne, agent="Essais", adresse="127.0.0.1")
    db.session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = cle
        cookie["_fresh"] = True
    return cle


def passer_la_porte(
    client: FlaskClient, courriel: str, mot_de_passe: str = MOT_DE_PASSE, suite: str = ""
) -> TestResponse:
    """Send the sign-in form."""
    return client.post(
        "/connexion", data={"courriel": courriel, "mot_de_passe": mot_de_passe, "suite": suite}
    )
