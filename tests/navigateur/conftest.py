"""A real Chromium against a real HTTP server on the test's own database.

The server runs in threads of the test process, with CSRF protection and the application's own
headers. A test that has written through ``session`` commits before it drives the page: on
SQLite its open transaction would make every request of the browser wait.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from aap.chemins import trouver
from outils.chromium import CONSEIL, en_integration_continue, trouver_chromium

OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage"]
REGLES_AXE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
DELAI_MS = 15_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "navigateur" in item.path.parts:
            item.add_marker(pytest.mark.navigateur)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser per worker. Missing: a failure under CI, a skip that says why elsewhere."""
    chemin = trouver_chromium()
    if chemin is None:
        (pytest.fail if en_integration_continue() else pytest.skip)(CONSEIL)
    with sync_playwright() as p:
        navigateur = p.chromium.launch(executable_path=chemin, args=OPTIONS)
        yield navigateur
        navigateur.close()


class _Silencieux(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """The pages tell what failed; the access log would only hide it."""


@pytest.fixture
def serveur(app: Flask, regler: Callable[..., None]) -> Iterator[str]:
    """Address (without final slash) of the application served on a free port."""
    app.config["WTF_CSRF_ENABLED"] = True
    http = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silencieux)
    adresse = f"http://127.0.0.1:{http.server_port}"
    regler(adresse=adresse)
    fil = threading.Thread(target=http.serve_forever, daemon=True)
    fil.start()
    yield adresse
    http.shutdown()
    fil.join()
    http.server_close()


@pytest.fixture
def ouvrir_page(chromium: Browser, serveur: str) -> Iterator[Callable[..., Page]]:
    """``ouvrir_page()``: a page in a context of its own (another person, another session)."""
    contextes = []

    def ouvrir(**options: Any) -> Page:
        reglages = {"locale": "fr-FR", "timezone_id": "Europe/Paris", "base_url": serveur}
        contexte = chromium.new_context(**{**reglages, **options})
        contexte.set_default_timeout(DELAI_MS)
        contextes.append(contexte)
        return contexte.new_page()

    yield ouvrir
    for contexte in contextes:
        contexte.close()


@pytest.fixture
def page(ouvrir_page: Callable[..., Page]) -> Iterator[Page]:
    """A page in French on the served application; ``page.goto("/porteur/…")`` is enough.

    The test fails at its end if the browser refused something under the content security
    policy or if a script of the page threw.
    """
    onglet = ouvrir_page()
    fautes: list[str] = []
    onglet.on("pageerror", lambda erreur: fautes.append(str(erreur)))
    onglet.on("console", lambda message: fautes.extend(_refus_csp(message)))
    yield onglet
    assert not fautes, "erreurs dans le navigateur :\n" + "\n".join(fautes)


def _refus_csp(message: ConsoleMessage) -> list[str]:
    texte = message.text
    return [texte] if re.search(r"content security policy", texte, re.IGNORECASE) else []


@pytest.fixture(scope="session")
def verifier_axe() -> Callable[..., None]:
    """``verifier_axe(page)``: no violation of WCAG 2.1 A and AA that axe can see.

    ``hors`` lists selectors to leave out. The source is evaluated, not inserted: the policy
    of the application refuses foreign scripts.
    """
    source = (trouver("static") / "vendor" / "axe" / "axe.min.js").read_text(encoding="utf-8")

    def verifier(page: Page, *, hors: tuple[str, ...] = ()) -> None:
        page.evaluate(source)
        resultat = page.evaluate(
            "([hors, regles]) => axe.run({exclude: hors.map(h => [h])},"
            " {runOnly: {type: 'tag', values: regles}, resultTypes: ['violations']})",
            [list(hors), REGLES_AXE],
        )
        fautes = [_dire(violation) for violation in resultat["violations"]]
        assert not fautes, f"accessibilité de {page.url} :\n" + "\n".join(fautes)

    return verifier


def _dire(violation: dict[str, Any]) -> str:
    cibles = ["  " + noeud["html"][:160] for noeud in violation["nodes"][:5]]
    return "\n".join([f"{violation['id']} ({violation['impact']}) : {violation['help']}", *cibles])
