"""What a form page weighs at its first load, as the network sees it; and a server that dies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from tests.navigateur.conftest import _Silencieux
from tests.navigateur.test_brouillon import LONG, Scene, bandeau, champ, copies, etat
from tests.navigateur.test_brouillon_pages import Rubriques

LIMITE = 150_000
RUBRIQUES = (
    "presentation",
    "publics",
    "orientation",
    "quartiers",
    "besoins",
    "indicateurs",
    "financeurs",
    "budget",
    "pieces",
)
expect.set_options(timeout=20_000)


@pytest.fixture
def rubriques(app: Flask, session: Any, serveur: str) -> Rubriques:
    return Rubriques(app, session, serveur)


def peser(page: Page) -> tuple[Callable[[], int], dict[str, int]]:
    """(total of bytes received on the wire, headers included; bytes by address)."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("Network.enable")
    cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
    noms: dict[str, str] = {}
    poids: dict[str, int] = {}
    cdp.on(
        "Network.responseReceived", lambda e: noms.update({e["requestId"]: e["response"]["url"]})
    )
    cdp.on(
        "Network.loadingFinished",
        lambda e: poids.update({noms.get(e["requestId"], "?"): int(e["encodedDataLength"])}),
    )
    return lambda: sum(poids.values()), poids


@pytest.mark.parametrize("code", RUBRIQUES)
def test_poids_d_une_page(
    rubriques: Rubriques, ouvrir_page: Callable[..., Page], code: str
) -> None:
    onglet = ouvrir_page()
    total, detail = peser(onglet)
    rubriques.ouvrir(onglet, code)
    onglet.wait_for_load_state("networkidle")
    assert len(detail) > 8
    assert total() <= LIMITE, sorted(detail.items(), key=lambda x: -x[1])[:12]


class Relancable:
    """The application on a fixed port, that can be stopped and started again."""

    def __init__(self, app: Flask) -> None:
        self.app, self.port = app, 0
        self.lancer()

    def lancer(self) -> None:
        self.http = make_server(
            "127.0.0.1", self.port, self.app, threaded=True, request_handler=_Silencieux
        )
        self.port = self.http.server_port
        self.fil = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.fil.start()

    def tuer(self) -> None:
        self.http.shutdown()
        self.fil.join()
        self.http.server_close()


@pytest.fixture
def relancable(app: Flask, regler: Callable[..., None]):
    app.config["WTF_CSRF_ENABLED"] = True
    service = Relancable(app)
    regler(adresse=f"http://127.0.0.1:{service.port}")
    yield service
    service.tuer()


def test_serveur_tue_puis_relance(
    app: Flask, session: Any, relancable: Relancable, chromium: Any
) -> None:
    adresse = f"http://127.0.0.1:{relancable.port}"
    contexte = chromium.new_context(base_url=adresse, locale="fr-FR")
    scene = Scene(app, session, adresse)
    page = scene.entrer(contexte.new_page())
    champ(page).press_sequentially("Avant la panne. ", delay=2)
    expect(etat(page)).to_contain_text("Enregistré à")
    relancable.tuer()
    champ(page).press_sequentially(LONG[:300], delay=1)
    expect(bandeau(page)).to_contain_text("gardées sur cet appareil")
    champ(page).press_sequentially(" Pendant.", delay=2)
    assert copies(page) == 1
    relancable.lancer()
    page.get_by_role("button", name="Réessayer maintenant").click()
    champ(page).press_sequentially(" Après.", delay=2)
    expect(bandeau(page)).to_be_hidden()
    expect(etat(page)).to_contain_text("Enregistré à")
    voulu = f"Avant la panne. {LONG[:300]} Pendant. Après."
    page.wait_for_timeout(1500)
    assert champ(page).input_value() == voulu
    assert scene.garde() == voulu and copies(page) == 0
    contexte.close()
