"""Every door has its guard: read on the application itself, and compared with a written table."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from aap.entetes import CSP
from aap.permissions.socle import REGLES
from aap.routes.garde import Declaration, publique
from tests.outils_gardes import TABLE, adresse, declaration, regles, table
from workflows import MACHINES

ENTETES = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def _adresses(app: Flask, methode: str, *, gardees: bool | None = None) -> Iterator[str]:
    for r in regles(app):
        d = declaration(app, r.endpoint)
        sous_garde = d is None or d.acte is not None
        if methode in (r.methods or ()) and gardees in (None, sous_garde):
            yield adresse(app, r)


def test_chaque_vue_declare_une_garde(app: Flask) -> None:
    sans = [r.endpoint for r in regles(app) if declaration(app, r.endpoint) is None]
    assert sans == []


def test_une_vue_sans_garde_serait_vue(app: Flask) -> None:
    """The test above is able to fail."""
    assert declaration(app, "static") is None
    assert isinstance(publique(lambda: "").garde, Declaration)  # type: ignore[attr-defined]


def test_les_gardes_sont_celles_de_la_table(app: Flask) -> None:
    """A right that changes is read in review; then: python -m tests.outils_gardes."""
    attendues = TABLE.read_text(encoding="utf-8").splitlines()
    assert table(app) == attendues, "mettez la table à jour : python -m tests.outils_gardes"


def test_chaque_garde_a_sa_regle(app: Flask) -> None:
    """An act named by a view and by no rule would be a fault 500 at its first visit."""
    des_machines = {f"{m.nom}.{d}" for m in MACHINES.values() for d in m.declencheurs()}
    actes = {d.acte for r in regles(app) if (d := declaration(app, r.endpoint)) and d.acte}
    assert sorted(actes - set(REGLES) - des_machines) == []


def test_chaque_vue_recoit_l_objet_de_sa_garde(app: Flask) -> None:
    """The guard passes it under the name of its table: another name would be a fault 500."""
    muettes = []
    for r in regles(app):
        d = declaration(app, r.endpoint)
        vue = inspect.unwrap(app.view_functions[r.endpoint])
        nom = getattr(d.modele, "__tablename__", None) if d else None
        if nom and nom not in inspect.signature(vue).parameters:
            muettes.append(f"{r.endpoint} : {nom}")
    assert muettes == []


def test_l_adresse_dit_quel_objet_est_garde(app: Flask) -> None:
    """The parameter that the guard loads is in the address, as an integer."""
    fautes = [
        r.endpoint
        for r in regles(app)
        if (d := declaration(app, r.endpoint)) and d.modele and d.parametre not in r.arguments
    ]
    assert fautes == []


def test_l_anonyme_est_invite_a_se_connecter(app: Flask, client: FlaskClient) -> None:
    fautes = []
    for chemin in _adresses(app, "GET", gardees=True):
        reponse = client.get(chemin)
        cible = urlsplit(reponse.headers.get("Location", ""))
        suite = parse_qs(cible.query).get("suite")
        if (reponse.status_code, cible.path, suite) != (303, "/connexion", [chemin]):
            fautes.append((chemin, reponse.status_code, cible.path, suite))
    assert fautes == []


def test_l_anonyme_n_ecrit_rien(app: Flask, client: FlaskClient) -> None:
    """CSRF being off in tests, the guard alone is in the way."""
    fautes = []
    for chemin in _adresses(app, "POST", gardees=True):
        reponse = client.post(chemin)
        if (reponse.status_code, urlsplit(reponse.location or "").path) != (303, "/connexion"):
            fautes.append((chemin, reponse.status_code))
    assert fautes == []


def test_chaque_envoi_demande_un_jeton(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    fautes = []
    for methode in ("POST", "PUT", "PATCH", "DELETE"):
        for chemin in _adresses(app, methode):
            reponse = client.open(chemin, method=methode)
            if reponse.status_code != 400:
                fautes.append((chemin, reponse.status_code))
    assert fautes == []


def _entetes_manquants(reponse: TestResponse) -> list[str]:
    return [nom for nom, valeur in ENTETES.items() if reponse.headers.get(nom) != valeur]


def test_chaque_page_porte_les_entetes_de_securite(app: Flask, client: FlaskClient) -> None:
    chemins = [*_adresses(app, "GET"), "/nulle-part", "/static/css/inconnu.css"]
    fautes = {c: m for c in chemins if (m := _entetes_manquants(client.get(c)))}
    assert fautes == {}


@pytest.mark.parametrize("morceau", ["unsafe-inline", "unsafe-eval", "http:", "*"])
def test_la_csp_est_stricte(morceau: str) -> None:
    assert morceau not in CSP


def test_les_pages_publiques_repondent(app: Flask, client: FlaskClient) -> None:
    """Never a fault 500, whatever the object asked for."""
    fautes = [
        (c, r.status_code)
        for c in _adresses(app, "GET", gardees=False)
        if (r := client.get(c)).status_code >= 500
    ]
    assert fautes == []


def test_une_page_n_est_pas_gardee_en_memoire(client: FlaskClient) -> None:
    assert client.get("/connexion").headers["Cache-Control"] == "no-store"
