"""Compressed style sheets and scripts: same content, fewer bytes, still revalidated."""

from __future__ import annotations

import gzip

import pytest
from flask.testing import FlaskClient

FEUILLE = "/static/vendor/bootstrap/bootstrap.min.css"
GZIP = {"Accept-Encoding": "gzip, br"}


def test_feuille_compressee(client: FlaskClient) -> None:
    nue, serree = client.get(FEUILLE), client.get(FEUILLE, headers=GZIP)
    assert "Content-Encoding" not in nue.headers
    assert serree.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(serree.data) == nue.data
    assert int(serree.headers["Content-Length"]) == len(serree.data) < len(nue.data) / 4
    assert "Accept-Encoding" in nue.headers["Vary"] and "Accept-Encoding" in serree.headers["Vary"]
    marque = serree.headers["ETag"]
    assert marque.startswith("W/")
    assert client.get(FEUILLE, headers={**GZIP, "If-None-Match": marque}).status_code == 304


@pytest.mark.parametrize(
    ("chemin", "entetes"),
    [
        (FEUILLE, {"Accept-Encoding": "gzip;q=0"}),
        (FEUILLE, {**GZIP, "Range": "bytes=0-9"}),
        ("/static/vendor/bootstrap/rien.css", GZIP),
        ("/porteur/jeton", {**GZIP, "Accept": "application/json"}),
    ],
)
def test_ce_qui_ne_se_compresse_pas(client: FlaskClient, chemin: str, entetes: dict) -> None:
    assert "Content-Encoding" not in client.get(chemin, headers=entetes).headers


def test_page_compressee_de_longueur_floue(client: FlaskClient) -> None:
    nue = client.get("/connexion")
    assert "Content-Encoding" not in nue.headers
    pages = [client.get("/connexion", headers=GZIP) for _ in range(8)]
    for page in pages:
        assert page.headers["Content-Encoding"] == "gzip"
        assert b"Se connecter" in gzip.decompress(page.data)
        assert "Accept-Encoding" in page.headers["Vary"]
    assert len({len(page.data) for page in pages}) > 2
