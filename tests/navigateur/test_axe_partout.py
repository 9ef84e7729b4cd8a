"""Every HTML page of every role in the real browser: axe, width, console, title, one h1.

One small demonstration and one server for the whole file. The addresses come from the table of
routes: each page is opened on a real object by somebody who may read it, ``<details>`` unfolded,
at 360 px (axe, overflow) and at 1280 px (overflow). Then every form seen is sent empty, and the
refused page is checked in the same way. The faults of a role are told together at the end.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    ViewportSize,
)
from werkzeug.routing import Rule
from werkzeug.serving import make_server

from aap.extensions import db
from aap.models import Organisme
from aap.permissions import charger_acteur
from tests.conftest import VARIABLE_COMMUN
from tests.navigateur.conftest import DELAI_MS, _Silencieux
from tests.outils_bases import fermer
from tests.outils_connexion import se_connecter
from tests.outils_droits import (
    dossier_de,
    echantillon,
    ouvrir_demonstration,
    personne,
    portes,
    tous,
)
from tests.outils_gardes import declaration, regles

pytestmark = [pytest.mark.timeout(300), pytest.mark.lent]

VUES = os.environ.get("AAP_VUES")  # folder where to leave a picture of each page
ETROIT: ViewportSize = {"width": 360, "height": 800}
LARGE: ViewportSize = {"width": 1280, "height": 800}
ORGANISMES = 12  # houses of the demonstration, looked into for a page that others lack
PUBLIQUES = {
    "contrat_code": "gosb-2024-2030",
    "commune_code": "vitry-sur-seine",
    "orientation_code": "O1",
    "quartier_code": "alexandre-dumas",
    "quoi": "inscription",
}
# A POST that would end the session or the right of the account, or a page made for machines.
SANS_ESSAI = re.compile(r"/(deconnexion|quitter|sessions|sur-place)")
DEBORDE = """() => {
    const racine = document.scrollingElement;
    if (racine.scrollWidth <= racine.clientWidth) return '';
    const coupables = [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > racine.clientWidth + 1)
        .slice(0, 3).map(e => e.outerHTML.slice(0, 140).replace(/\\s+/g, ' '));
    return racine.scrollWidth + ' px : ' + coupables.join(' | ');
}"""
DEPLIER = "() => document.querySelectorAll('details').forEach(d => { d.open = true; })"
FORMES = """() => [...document.querySelectorAll('main form')]
    .filter(f => f.method === 'post')
    .map(f => new URL(f.getAttribute('action') || '', location.href).pathname)"""
ENVOYER_VIDE = """rang => {
    const f = [...document.querySelectorAll('main form')]
        .filter(f => /post/i.test(f.getAttribute('method')))[rang];
    for (const e of f.elements) {
        if (e.type === 'checkbox' || e.type === 'radio') e.checked = false;
        else if (/^(text|email|number|date|time|password|textarea|tel|url|search|file)/
            .test(e.type)) e.value = '';
        else if (e.tagName === 'SELECT') e.selectedIndex = -1;
    }
    HTMLFormElement.prototype.submit.call(f);
}"""


@dataclass
class Maison:
    """The application served, and what was already seen of it."""

    app: Flask
    adresse: str
    navigateur: Browser
    vues: set[str] = field(default_factory=set)
    formes: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def maison(chromium: Browser) -> Iterator[Maison]:
    """The demonstration, fresh, behind a real HTTP server."""
    commun = Path(os.environ[VARIABLE_COMMUN])
    ouvrier = os.environ.get("PYTEST_XDIST_WORKER", "seul")
    base, app = ouvrir_demonstration("sqlite", commun, f"axe-{ouvrier}")
    base.remettre_a_neuf()
    http = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silencieux)
    adresse = f"http://127.0.0.1:{http.server_port}"
    app.extensions["aap.reglages"] = replace(app.extensions["aap.reglages"], adresse=adresse)
    fil = threading.Thread(target=http.serve_forever, daemon=True)
    fil.start()
    yield Maison(app, adresse, chromium)
    http.shutdown()
    fil.join()
    http.server_close()
    fermer(app)
    base.arreter()


# -- what to open --------------------------------------------------------------------------------


def _entrer(app: Flask, cle: str) -> tuple[FlaskClient, str]:
    """A client signed in as ``cle`` (a visitor when empty) and the value of its cookie."""
    client = app.test_client()
    if not cle:
        return client, ""
    with app.app_context():
        se_connecter(client, personne(cle))
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    return client, cookie.value


def _de_la_maison(cle: str) -> Callable[[type[Any]], list[Any]]:
    """Objects of the organismes of ``cle``, one per state."""

    def choisir(modele: type[Any]) -> list[Any]:
        moi = charger_acteur(personne(cle))
        if modele is Organisme:
            return [db.session.get_one(Organisme, i) for i in moi.membres]
        par_etat: dict[Any, Any] = {}
        for objet in tous(modele):
            dossier = dossier_de(objet)
            chez = dossier.organisme_id if dossier else getattr(objet, "organisme_id", None)
            if chez in moi.membres:
                par_etat.setdefault(getattr(objet, "etat", objet.id), objet)
        return list(par_etat.values())[:8]

    return choisir


def _sans_objet(app: Flask, regle: Rule) -> list[str]:
    """The address of a page that is not about a guarded object, if its arguments are known."""
    valeurs = {nom: PUBLIQUES.get(nom) for nom in regle.arguments}
    if None in valeurs.values():
        return []
    return [app.url_map.bind("localhost").build(regle.endpoint, valeurs, "GET")]


def _candidates(app: Flask, choisir: Callable[[type[Any]], list[Any]]) -> dict[str, list[str]]:
    """Endpoint -> addresses to try, for every page that is read."""
    objets: dict[type[Any], list[Any]] = {}
    trouvees: dict[str, list[str]] = {}
    for regle in regles(app):
        if "GET" not in (regle.methods or ()):
            continue
        garde = declaration(app, regle.endpoint)
        liste = trouvees.setdefault(regle.endpoint, [])
        if garde is None or garde.modele is None:
            liste += _sans_objet(app, regle)
            continue
        if garde.modele not in objets:
            objets[garde.modele] = choisir(garde.modele)
        for objet in objets[garde.modele]:
            liste += [p.chemin for p in portes(app, regle, garde.parametre, objet)]
    return trouvees


def _s_ouvre(client: FlaskClient, chemin: str) -> bool:
    reponse = client.get(chemin)
    entiere = reponse.data.lstrip()[:15].lower().startswith(b"<!doctype html")
    return reponse.status_code == 200 and entiere  # not a part fetched by a page


# Pages whose states differ most: several are looked at, not only the first that opens.
ETATS = 4
PAR_ETAT = frozenset(
    {"porteur.dossier", "porteur.convention", "porteur.bilan", "instruction.dossier",
     "finance.convention", "finance.ligne", "copil.seance", "coordination.campagne"}
)  # fmt: skip


def _a_voir(
    m: Maison, cle: str, choisir: Callable[[type[Any]], list[Any]], salles: str
) -> list[str]:
    """One address per page of ``salles`` (a regular expression) not yet seen."""
    client, _ = _entrer(m.app, cle)
    with m.app.app_context():
        candidates = _candidates(m.app, choisir)
    choisies: list[str] = []
    for endpoint, chemins in candidates.items():
        if endpoint in m.vues or not re.match(salles, endpoint):
            continue
        ouvertes = (c for c in dict.fromkeys(chemins) if _s_ouvre(client, c))
        gardees = list(ouvertes) if endpoint in PAR_ETAT else list(islice(ouvertes, 1))
        if gardees:
            m.vues.add(endpoint)
        choisies += gardees
    return choisies


# -- how it is looked at -------------------------------------------------------------------------


class Visite:
    """One person, one page of the browser, and the faults met."""

    def __init__(self, m: Maison, cle: str, verifier_axe: Callable[..., None]) -> None:
        self.m, self.cle, self.axe = m, cle or "visiteur", verifier_axe
        self.fautes: list[str] = []
        self.formes: list[tuple[str, int, str]] = []
        self.envoi = False
        self.contexte: BrowserContext = m.navigateur.new_context(
            locale="fr-FR", timezone_id="Europe/Paris", base_url=m.adresse, viewport=ETROIT
        )
        self.contexte.set_default_timeout(DELAI_MS)
        self.page: Page = self.contexte.new_page()
        self.page.on("console", self._entendre)
        self.page.on("pageerror", lambda e: self._noter(f"script : {e}"))
        if cookie := _entrer(m.app, cle)[1]:
            nom = m.app.config["SESSION_COOKIE_NAME"]
            self.contexte.add_cookies([{"name": nom, "value": cookie, "url": m.adresse}])

    def _noter(self, faute: str) -> None:
        self.fautes.append(f"{self.cle} {urlsplit(self.page.url).path} : {faute}")

    def _entendre(self, message: ConsoleMessage) -> None:
        """The status of a refused form is told by the browser as an error of its own."""
        if message.type == "error" and not (self.envoi and "status of 4" in message.text):
            self._noter(f"console : {message.text}")

    def ouvrir(self, chemin: str) -> None:
        reponse = self.page.goto(chemin)
        if reponse is None or reponse.status >= 400:
            self._noter(f"réponse {reponse and reponse.status} à {chemin}")
            return
        formes = self.page.evaluate(FORMES)
        self.formes += [(chemin, rang, vers) for rang, vers in enumerate(formes)]
        self.regarder()

    def regarder(self) -> None:
        """Everything that is asked of a page, as it stands."""
        if not self.page.title().strip():
            self._noter("sans titre")
        if (titres := self.page.locator("h1").count()) != 1:
            self._noter(f"{titres} titres h1")
        self._deborde("replié, 360 px")
        self.page.evaluate(DEPLIER)
        self._deborde("déplié, 360 px")
        try:
            self.axe(self.page)
        except AssertionError as faute:
            self._noter(str(faute))
        self._photographier()
        self.page.set_viewport_size(LARGE)
        self._deborde("1280 px")
        self.page.set_viewport_size(ETROIT)

    def _deborde(self, ou: str) -> None:
        if coupables := self.page.evaluate(DEBORDE):
            self._noter(f"déborde ({ou}) : {coupables}")

    def _photographier(self) -> None:
        if VUES:
            nom = re.sub(r"\W+", "-", urlsplit(self.page.url).path).strip("-") or "accueil"
            self.page.screenshot(path=Path(VUES) / f"{self.cle}-{nom}.png", full_page=True)

    def envoyer_vides(self) -> None:
        """Each kind of form sent empty; a refusal shown beside the form is a page too."""
        self.envoi = True
        for chemin, rang, vers in self.formes:
            genre = re.sub(r"\d+", "N", vers)
            if genre in self.m.formes or SANS_ESSAI.search(vers):
                continue
            self.m.formes.add(genre)
            reponse = self._envoyer(chemin, rang, vers)
            if reponse is None:
                continue
            if reponse.status >= 500:
                self._noter(f"envoi vide à {vers} : réponse {reponse.status}")
            elif reponse.status == 422:
                self.regarder()

    def _envoyer(self, chemin: str, rang: int, vers: str) -> Response | None:
        """None when the page no longer has this form (an act was done meanwhile)."""
        self.page.goto(chemin)
        if self.page.evaluate(FORMES)[rang : rang + 1] != [vers]:
            return None
        with self.page.expect_navigation() as navigation:
            self.page.evaluate(ENVOYER_VIDE, rang)
        return navigation.value


def _parcourir(m: Maison, cle: str, chemins: list[str], axe: Callable[..., None]) -> list[str]:
    visite = Visite(m, cle, axe)
    for chemin in chemins:
        visite.ouvrir(chemin)
    visite.envoyer_vides()
    visite.contexte.close()
    return visite.fautes


# -- the visits ----------------------------------------------------------------------------------

AGENTS = (
    ("administration", "admin|compte.profil|compte.sessions"),
    ("copil-prefecture", "copil"),
    ("coordination", "coordination|avis.liste|copil|technique"),
    ("instruction-etat", "instruction"),
    ("finance-controle", "finance"),
    ("conseil-citoyen", "avis"),
)


@pytest.mark.parametrize(("cle", "salles"), AGENTS, ids=[cle for cle, _ in AGENTS])
def test_agents(maison: Maison, verifier_axe: Callable[..., None], cle: str, salles: str) -> None:
    chemins = _a_voir(maison, cle, partial(echantillon, combien=6), salles)
    assert chemins, "aucune page ne s’ouvre"
    fautes = _parcourir(maison, cle, chemins, verifier_axe)
    assert not fautes, "\n\n".join(fautes)


def test_visiteur(maison: Maison, verifier_axe: Callable[..., None]) -> None:
    chemins = _a_voir(maison, "", lambda _modele: [], "public|compte|technique")
    fautes = _parcourir(maison, "", chemins, verifier_axe)
    assert len(chemins) > 10
    assert not fautes, "\n\n".join(fautes)


def test_porteurs(maison: Maison, verifier_axe: Callable[..., None]) -> None:
    fautes: list[str] = []
    for rang in range(ORGANISMES):
        cle = f"porteur-{rang}" if rang else "porteur"
        chemins = _a_voir(maison, cle, _de_la_maison(cle), "porteur")
        if chemins:
            fautes += _parcourir(maison, cle, chemins, verifier_axe)
    assert not fautes, "\n\n".join(fautes)
    assert len({e for e in maison.vues if e.startswith("porteur.")}) > 30
