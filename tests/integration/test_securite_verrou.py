"""Shutting somebody out by failing in her name: a browser that she has used stays open to her."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from aap.authentification import APPAREIL
from aap.models import Utilisateur
from tests import fabriques
from tests.outils_connexion import MOT_DE_PASSE, donner_mot_de_passe, passer_la_porte


@pytest.fixture
def camille(session: Any) -> Utilisateur:
    return donner_mot_de_passe(fabriques.utilisateur("Camille", "Roche", "camille@exemple.test"))


@pytest.fixture
def chez_elle(app: Flask, camille: Utilisateur) -> FlaskClient:
    """Her browser, signed out after a first visit."""
    client = app.test_client()
    assert passer_la_porte(client, camille.courriel).status_code == 303
    client.post("/deconnexion")
    return client


def _essayer(client: FlaskClient, courriel: str, mot: str, adresse: str) -> int:
    donnees = {"courriel": courriel, "mot_de_passe": mot}
    ailleurs = {"REMOTE_ADDR": adresse}
    return client.post("/connexion", data=donnees, environ_base=ailleurs).status_code


def _attaquer(app: Flask, courriel: str) -> FlaskClient:
    ennemi = app.test_client()
    codes = [_essayer(ennemi, courriel, "faux", f"192.0.2.{n}") for n in range(8)]
    assert codes[-1] == 429
    return ennemi


def test_the_known_browser_enters_while_the_address_is_locked(
    app: Flask, camille: Utilisateur, chez_elle: FlaskClient
) -> None:
    ennemi = _attaquer(app, camille.courriel)
    assert _essayer(ennemi, camille.courriel, MOT_DE_PASSE, "192.0.2.99") == 429
    assert passer_la_porte(chez_elle, camille.courriel).status_code == 303


def test_the_known_browser_has_its_own_lock(
    app: Flask, camille: Utilisateur, chez_elle: FlaskClient
) -> None:
    codes = [_essayer(chez_elle, camille.courriel, "faux", f"198.51.100.{n}") for n in range(6)]
    assert codes == [422] * 5 + [429]
    assert _essayer(chez_elle, camille.courriel, MOT_DE_PASSE, "198.51.100.9") == 429


def test_a_cookie_opens_nothing_for_another_address(
    app: Flask, camille: Utilisateur, chez_elle: FlaskClient
) -> None:
    autre = donner_mot_de_passe(fabriques.utilisateur("Paul", "Autre", "paul@exemple.test"))
    _attaquer(app, autre.courriel)
    assert _essayer(chez_elle, autre.courriel, MOT_DE_PASSE, "203.0.113.5") == 429


@pytest.mark.parametrize("valeur", ["", "n’importe quoi", "W10.AAAA", "x" * 5000, "IltdIg.sig"])
def test_a_forged_cookie_is_worth_nothing(app: Flask, camille: Utilisateur, valeur: str) -> None:
    ennemi = _attaquer(app, camille.courriel)
    ennemi.set_cookie(APPAREIL, valeur, path="/connexion")
    assert _essayer(ennemi, camille.courriel, MOT_DE_PASSE, "192.0.2.77") == 429


def test_the_cookie_is_unreadable_by_scripts_and_kept_to_the_door(
    app: Flask, camille: Utilisateur
) -> None:
    reponse = passer_la_porte(app.test_client(), camille.courriel)
    (pose,) = [c for c in reponse.headers.getlist("Set-Cookie") if c.startswith(APPAREIL)]
    assert "HttpOnly" in pose and "SameSite=Lax" in pose and "Path=/connexion" in pose
    assert camille.courriel not in pose
