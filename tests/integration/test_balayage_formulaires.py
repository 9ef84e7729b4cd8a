"""Every form, every door and every page of every role, with what no page of ours sends: never 500.

Each account walks through the demonstration and keeps the forms that it is shown; they are sent
back broken (``tests/outils_balayage.py``). Attacks turn from one form to the next, so that a run
stays short and tries all of them on each kind of field. Nothing is committed: a form that would
go through leaves the demonstration as it was.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from aap.extensions import db
from aap.permissions import Acteur, charger_acteur, may
from tests.conftest import VARIABLE_COMMUN
from tests.outils_balayage import (
    INTOUCHABLES,
    TEXTES,
    Envoi,
    Exploration,
    Formulaire,
    adresses_hostiles,
    en_masse,
    formes_cassees,
    un_a_un,
)
from tests.outils_bases import Base, fermer
from tests.outils_connexion import se_connecter
from tests.outils_droits import ouvrir_demonstration, personne, portes, tous
from tests.outils_gardes import adresse, declaration, regles

pytestmark = [pytest.mark.timeout(240), pytest.mark.lent]
RACINE = Path(__file__).parents[2]
COMPTES = {
    "administration": "/administration/",
    "coordination": "/coordination/",
    "instruction-etat": "/instruction/",
    "copil-prefecture": "/copil/",
    "finance-controle": "/finance/",
    "conseil-citoyen": "/avis/",
    "porteur": "/porteur/",
}
# What the page keeps of the session of the walker, or would take minutes (hashing passwords).
LENTES = frozenset({"compte.fermer_autres", "compte.changer_mot_de_passe"})


@pytest.fixture(scope="module")
def ouvrir() -> Iterator[Callable[[str], tuple[Base, Flask]]]:
    """The demonstration of an engine, built once for all the workers of the run."""
    commun = Path(os.environ[VARIABLE_COMMUN])
    ouvrier = os.environ.get("PYTEST_XDIST_WORKER", "seul")
    ouvertes: dict[str, tuple[Base, Flask]] = {}

    def ouvrir_une(nom: str) -> tuple[Base, Flask]:
        if nom not in ouvertes:
            ouvertes[nom] = ouvrir_demonstration(nom, commun, ouvrier)
        return ouvertes[nom]

    yield ouvrir_une
    for base, app in ouvertes.values():
        fermer(app)
        base.arreter()


@pytest.fixture
def base(
    request: pytest.FixtureRequest, ouvrir: Callable[[str], tuple[Base, Flask]]
) -> Iterator[Base]:
    demonstration, app = ouvrir(request.param)
    demonstration.remettre_a_neuf()
    yield demonstration
    fermer(app)


@pytest.fixture
def app(base: Base, ouvrir: Callable[[str], tuple[Base, Flask]]) -> Flask:
    return ouvrir(base.nom)[1]


def _connecter(app: Flask, cle: str) -> FlaskClient:
    client = app.test_client()
    with app.app_context():
        se_connecter(client, personne(cle))
    return client


def _essayer(app: Flask, client: FlaskClient, envoi: Envoi) -> str:
    """Empty, or what went wrong. An exception that the tests let through is a 500 in service."""
    try:
        reponse = client.open(envoi.adresse, method=envoi.methode, **envoi.arguments)
    except Exception as faute:
        with app.app_context():
            db.session.remove()
        return f"{envoi} : {type(faute).__name__} {str(faute)[:200]}"
    return f"{envoi} : {reponse.status_code}" if reponse.status_code >= 500 else ""


def _fautes(app: Flask, client: FlaskClient, envois: Iterable[Envoi]) -> list[str]:
    return [f for envoi in envois if (f := _essayer(app, client, envoi))]


def _tour(choix: list[str], rang: int, combien: int) -> list[str]:
    """``combien`` names, others at each rank."""
    return [choix[(rang * combien + n) % len(choix)] for n in range(combien)]


def _attaques(formulaires: list[Formulaire]) -> Iterator[Envoi]:
    """Some of every kind on each form; which ones turns with the form."""
    noms = list(TEXTES)
    for rang, forme in enumerate(formulaires):
        yield from en_masse(forme, _tour(noms, rang, 2))
        yield from islice(un_a_un(forme, noms[rang % len(noms) :] + noms), 3)
        cassees = list(formes_cassees(forme))
        yield from (cassees[(rang * 2 + n) % len(cassees)] for n in range(2))


def _arguments() -> list[str]:
    """Every name that a page reads in its address, as written in the code."""
    sources = [*RACINE.glob("aap/routes/**/*.py"), *RACINE.glob("aap/requetes/*.py")]
    motif = re.compile(r'arg(?:ument)?s\.(?:get|getlist)\("([a-z_]+)"')
    return sorted({nom for s in sources for nom in motif.findall(s.read_text("utf-8"))})


def _champs() -> tuple[tuple[str, str], ...]:
    """Every name that a form or a view reads, as written in the code."""
    vues = "\n".join(s.read_text("utf-8") for s in RACINE.glob("aap/routes/**/*.py"))
    formes = "\n".join(s.read_text("utf-8") for s in RACINE.glob("forms/*.py"))
    lus = set(re.findall(r'form\.get(?:list)?\("([a-z_]+)"', vues))
    lus |= set(re.findall(r"^    ([a-z_]+) = [A-Za-z]+\(", formes, re.MULTILINE))
    return tuple((nom, "1") for nom in sorted(lus))


@pytest.fixture
def sans_ecrire(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, a request ends by a flush: the triggers speak, nothing stays."""
    return lambda: monkeypatch.setattr(db.session, "commit", db.session.flush, raising=False)


@pytest.mark.parametrize("cle", COMPTES)
def test_aucun_formulaire_ni_adresse_ne_casse(
    app: Flask, cle: str, sans_ecrire: Callable[[], None]
) -> None:
    client = _connecter(app, cle)
    promenade = Exploration(app, client)
    promenade.parcourir([COMPTES[cle], "/compte", "/"], combien=1)
    assert promenade.fautes == [] and len(promenade.pages) > 10
    formes = [
        f for c, f in sorted(promenade.formulaires.items(), key=str) if f.endpoint not in LENTES
    ]
    sans_ecrire()
    assert _fautes(app, client, _attaques(formes)) == []
    arguments = _arguments()
    assert len(arguments) > 20
    questions = (
        envoi
        for rang, page in enumerate(promenade.pages)
        for envoi in islice(adresses_hostiles(page, arguments), rang % 20, rang % 20 + 1)
    )
    assert _fautes(app, client, questions) == []


def _ouvertes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(account, endpoint, address) of every POST door that one of the accounts may open."""
    acteurs = {cle: charger_acteur(personne(cle)) for cle in (*COMPTES, "finance-etat")}
    objets: dict[type[Any], list[Any]] = {}
    for regle in regles(app):
        garde = declaration(app, regle.endpoint)
        if "POST" not in (regle.methods or ()) or regle.endpoint in INTOUCHABLES | LENTES:
            continue
        if garde is None or garde.modele is None:
            qui = _qui_peut(acteurs, garde.acte if garde else None, None)
            yield from [(qui, regle.endpoint, adresse(app, regle))] if qui else []
            continue
        if garde.modele not in objets:
            objets[garde.modele] = tous(garde.modele)
        for qui, objet in _un_possible(acteurs, garde.acte, objets[garde.modele]):
            for porte in portes(app, regle, garde.parametre, objet):
                yield qui, regle.endpoint, porte.chemin


def _qui_peut(acteurs: dict[str, Acteur], acte: str | None, objet: Any) -> str | None:
    return next((c for c, a in acteurs.items() if acte is None or may(a, acte, objet)), None)


def _un_possible(
    acteurs: dict[str, Acteur], acte: str | None, objets: list[Any]
) -> Iterator[tuple[str, Any]]:
    """The first object that somebody may write on, with who may."""
    trouves = ((qui, o) for o in objets if (qui := _qui_peut(acteurs, acte, o)))
    yield from islice(trouves, 1)


def test_aucune_porte_ne_casse(app: Flask, sans_ecrire: Callable[[], None]) -> None:
    """Also the doors that no page of the small demonstration shows: every name known, all wrong."""
    champs, noms = _champs(), list(TEXTES)
    assert len(champs) > 80
    with app.app_context():
        toutes = list(_ouvertes(app))
    assert len({endpoint for _, endpoint, _ in toutes}) > 80
    clients = {cle: _connecter(app, cle) for cle in {qui for qui, _, _ in toutes}}
    sans_ecrire()
    fautes = []
    for rang, (qui, endpoint, chemin) in enumerate(toutes):
        forme = Formulaire(endpoint, "POST", chemin, champs)
        cassees = list(formes_cassees(forme))
        envois = [*en_masse(forme, _tour(noms, rang, 2)), cassees[rang % len(cassees)]]
        fautes += _fautes(app, clients[qui], envois)
    assert fautes == []
