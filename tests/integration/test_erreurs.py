"""Refusals and faults: the house page, the right code, and nothing half-done."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from bs4 import BeautifulSoup
from flask import Flask, abort, request
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.test import TestResponse

from aap import create_app
from aap.config import Reglages
from aap.domaine import erreurs as metier
from aap.domaine.horloge import maintenant
from aap.erreurs_http import TEXTES
from aap.extensions import db
from aap.models import Utilisateur
from aap.routes.garde import publique
from tests.outils_bases import fermer

METIER = {
    "interdit": (metier.Interdit("Vous ne pouvez pas."), 403),
    "introuvable": (metier.Introuvable("Rien ici."), 404),
    "moment": (metier.PasLeMoment("Trop tôt."), 409),
    "conflit": (metier.Conflit("Changé.", "Rechargez."), 409),
    "depassement": (metier.Depassement("Trop."), 409),
    "invalide": (metier.Invalide("Relisez.", [metier.Probleme("Trop court.", "nom")]), 422),
    "indisponible": (metier.Indisponible("Plus tard."), 503),
}
BASE = {
    "perime": (StaleDataError("version"), 409),
    "verrou": (OperationalError("UPDATE", {}, sqlite3.OperationalError("locked")), 503),
    "imprevu": (ValueError("secret interne"), 500),
}
FAUTES = {nom: faute for nom, (faute, _) in (METIER | BASE).items()}


def _personne(courriel: str) -> Utilisateur:
    return Utilisateur(courriel=courriel, prenom="À", nom="Moitié", confirme_le=maintenant())


def _lever(nom: str) -> str:
    """A service that wrote (and flushed), then refused."""
    db.session.add(_personne("moitie@exemple.test"))
    db.session.flush()
    raise FAUTES[nom]


def _http(code: int) -> str:
    db.session.add(_personne("moitie@exemple.test"))
    db.session.flush()
    abort(code)


def _doublon() -> str:
    db.session.add_all([_personne("meme@exemple.test"), _personne("meme@exemple.test")])
    db.session.flush()
    return "jamais"


def _coupure() -> str:
    """The connection is lost after the write and before the commit (PostgreSQL)."""
    db.session.add(_personne("moitie@exemple.test"))
    db.session.flush()
    numero = db.session.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(request.form["url"], autocommit=True) as autre:
        autre.execute("SELECT pg_terminate_backend(%s)", (numero,))
    return "ne sera pas dit"


def _ecrire() -> str:
    db.session.add(_personne("entiere@exemple.test"))
    return "fait"


def _formulaire() -> str:
    return str(len(request.form.get("texte", "")) + len(request.files))


def batir(url: str, dossier: Path) -> Flask:
    """The application as in production (faults are told, not raised), with views that fail."""
    reglages = Reglages(
        mode="developpement",
        base=url,
        cle_secrete="cle-d-essai",
        stockage=str(dossier),
        taille_piece_mo=1,
    )
    app = create_app(reglages, surcharges={"WTF_CSRF_ENABLED": False})
    for chemin, vue in (
        ("/essai/lever/<nom>", _lever),
        ("/essai/http/<int:code>", _http),
        ("/essai/doublon", _doublon),
        ("/essai/coupure", _coupure),
        ("/essai/ecrire", _ecrire),
        ("/essai/formulaire", _formulaire),
    ):
        app.add_url_rule(chemin, vue.__name__, publique(vue), methods=["POST"])
    return app


@pytest.fixture
def serveur(base: Any, tmp_path: Path) -> Iterator[Flask]:
    app = batir(base.url, tmp_path)
    yield app
    fermer(app)


@pytest.fixture
def visiteur(serveur: Flask) -> FlaskClient:
    return serveur.test_client()


def comptes(url: str) -> list[str]:
    """What is committed, read by a connection of our own."""
    moteur = create_engine(url)
    with moteur.connect() as connexion:
        lus = list(connexion.scalars(text("SELECT courriel FROM utilisateur")))
    moteur.dispose()
    return lus


def page(reponse: TestResponse, code: int) -> str:
    """The text of a page of the house, in French, that explains and leads on."""
    assert reponse.status_code == code, reponse.text[:300]
    soupe = BeautifulSoup(reponse.data, "html.parser")
    assert soupe.html is not None and soupe.html["lang"] == "fr"
    assert soupe.h1 is not None and soupe.h1.get_text(strip=True)
    assert "Content-Security-Policy" in reponse.headers
    texte = soupe.get_text(" ", strip=True)
    for interdit in ("Traceback", "sqlalchemy", "secret interne", "Werkzeug", "UPDATE"):
        assert interdit not in texte
    return texte


@pytest.mark.parametrize("nom", [*METIER, *BASE])
def test_un_service_qui_a_ecrit_puis_refuse_ne_laisse_rien(
    visiteur: FlaskClient, base: Any, nom: str
) -> None:
    faute, code = (METIER | BASE)[nom]
    texte = page(visiteur.post(f"/essai/lever/{nom}"), code)
    if nom in METIER:
        assert str(getattr(faute, "message", "")) in texte
    assert comptes(base.url) == []
    assert visiteur.post("/essai/ecrire").status_code == 200  # and the next request is sound
    assert comptes(base.url) == ["entiere@exemple.test"]


@pytest.mark.parametrize("code", sorted(TEXTES))
def test_chaque_code_a_sa_page_et_son_json(visiteur: FlaskClient, base: Any, code: int) -> None:
    titre, _, que_faire = TEXTES[code]
    texte = page(visiteur.post(f"/essai/http/{code}"), code)
    assert titre in texte and que_faire in texte
    reponse = visiteur.post(f"/essai/http/{code}", headers={"Accept": "application/json"})
    assert reponse.status_code == code
    assert reponse.get_json()["titre"] == titre
    assert ("Retry-After" in reponse.headers) == (code in (429, 503))
    assert comptes(base.url) == []


def test_adresse_inconnue_et_methode_interdite(visiteur: FlaskClient) -> None:
    page(visiteur.get("/nulle-part"), 404)
    page(visiteur.get("/essai/ecrire"), 405)


def test_un_envoi_en_double_est_un_conflit(visiteur: FlaskClient, base: Any) -> None:
    assert "déjà" in page(visiteur.post("/essai/doublon"), 409)
    assert comptes(base.url) == []


def test_un_jeton_absent_est_dit(serveur: Flask) -> None:
    serveur.config["WTF_CSRF_ENABLED"] = True
    assert "Rien n’a été enregistré" in page(serveur.test_client().post("/essai/ecrire"), 400)


def test_un_formulaire_trop_gros_est_refuse(visiteur: FlaskClient) -> None:
    texte = page(visiteur.post("/essai/formulaire", data={"texte": "x" * (2 << 20) + "x"}), 413)
    assert TEXTES[413][0] in texte
    gros = {"piece": (io.BytesIO(b"x" * (7 << 20)), "gros.pdf")}
    texte = page(visiteur.post("/essai/formulaire", data=gros), 413)
    assert "1 Mo" in texte


def test_un_refus_ne_relit_pas_un_envoi_illisible(visiteur: FlaskClient) -> None:
    """The page of a refusal gives back what was written: not what is too long to be read."""
    page(visiteur.post("/essai/lever/interdit", data={"texte": "x " * (2 << 20)}), 403)


def test_trop_de_champs_est_refuse(visiteur: FlaskClient) -> None:
    champs = {f"c{i}": (io.BytesIO(b"x"), "x") for i in range(4100)}
    page(visiteur.post("/essai/formulaire", data=champs), 413)


def test_base_injoignable(base: Any, tmp_path: Path) -> None:
    """Nothing is begun, the page says when to come back, and needs no database itself."""
    ailleurs = {
        "sqlite": "sqlite:////nulle/part/aap.db",
        "postgresql": "postgresql://personne@127.0.0.1:1/rien?connect_timeout=2",
    }[base.nom]
    app = batir(ailleurs, tmp_path)
    reponse = app.test_client().post("/essai/ecrire")
    assert TEXTES[503][0] in page(reponse, 503)
    assert reponse.headers["Retry-After"] == "60"
    assert app.test_client().get("/sante").status_code == 503
    assert app.test_client().get("/sante/vivant").status_code == 200
    assert app.test_client().get("/").status_code == 503
    fermer(app)


def test_connexion_coupee_avant_la_validation(visiteur: FlaskClient, base: Any) -> None:
    if base.nom == "sqlite":
        pytest.skip("SQLite n’a pas de connexion réseau à couper")
    page(visiteur.post("/essai/coupure", data={"url": base.url}), 503)
    assert comptes(base.url) == []
    assert visiteur.post("/essai/ecrire").status_code == 200  # a new connection is opened


def test_base_verrouillee(serveur: Flask, base: Any) -> None:
    """Somebody holds SQLite's only write lock too long: told, and reading still works."""
    if base.nom != "sqlite":
        pytest.skip("seul SQLite a un verrou d’écriture unique")
    with serveur.app_context():
        event.listen(db.engine, "connect", lambda c, _: c.execute("PRAGMA busy_timeout=200"))
    visiteur = serveur.test_client()
    autre = sqlite3.connect(base.fichier, isolation_level=None)
    autre.execute("BEGIN IMMEDIATE")
    page(visiteur.post("/essai/ecrire"), 503)
    assert visiteur.get("/connexion").status_code == 200
    autre.execute("ROLLBACK")
    autre.close()
    assert visiteur.post("/essai/ecrire").status_code == 200
    assert comptes(base.url) == ["entiere@exemple.test"]
