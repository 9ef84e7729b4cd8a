"""Shared fixtures: ``base``, ``app``, ``client``, ``session``.

A test that asks for one of them runs once per database engine (``--base``), each time on a
fresh copy of the migrated schema. ``session`` is the test's own unit of work; the requests of
``client`` run apart from it, with their own session and their own ``g``, as in production.
What the test has flushed is committed just before each request, so that the request sees it.

The application is imported only when a test asks for it: the tests of the pure rules
(``aap.domaine``, ``workflows``) start at once.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, scoped_session

if TYPE_CHECKING:
    from tests.outils_bases import Base

NOMS = ("sqlite", "postgresql")
VARIABLE_COMMUN = "AAP_TESTS_COMMUN"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--base",
        choices=[*NOMS, "toutes"],
        default="toutes",
        help="base de données des tests : sqlite, postgresql ou toutes (par défaut)",
    )


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[VARIABLE_COMMUN] = tempfile.mkdtemp(prefix="aap-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        commun = Path(os.environ.pop(VARIABLE_COMMUN))
        _arreter_restes(commun)
        shutil.rmtree(commun, ignore_errors=True)


def _arreter_restes(commun: Path) -> None:
    """Stop the PostgreSQL server of the run, if one was started."""
    temoin = commun / "pg" / "postmaster.pid"
    with suppress(OSError, ValueError, IndexError):
        numero = int(temoin.read_text().splitlines()[0])
        os.kill(numero, signal.SIGINT)
        for _ in range(50):
            time.sleep(0.1)
            os.kill(numero, 0)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    demandees = [n for n in ("base", "base_partagee") if n in metafunc.fixturenames]
    if not demandees:
        return
    choix = metafunc.config.getoption("--base")
    noms = list(NOMS) if choix == "toutes" else [choix]
    une_seule = metafunc.definition.get_closest_marker("une_base") is not None
    if choix == "toutes" and (une_seule or "navigateur" in metafunc.definition.path.parts):
        noms = ["sqlite"]  # what the browser sees does not depend on the engine
    for demandee in demandees:
        portee = "module" if demandee == "base_partagee" else "function"
        metafunc.parametrize(demandee, noms, indirect=True, scope=portee)


@pytest.fixture(scope="session")
def ouvrir_base() -> Iterator[Callable[[str], tuple[Base, Flask]]]:
    """Give the database of a name and its application, built once per worker."""
    commun = Path(os.environ[VARIABLE_COMMUN])
    ouvrier = os.environ.get("PYTEST_XDIST_WORKER", "seul")
    ouvertes: dict[str, tuple[Base, Flask]] = {}

    def ouvrir(nom: str) -> tuple[Base, Flask]:
        if nom not in ouvertes:
            outils = import_module("tests.outils_bases")
            base = outils.FABRIQUES[nom](commun, ouvrier)
            ouvertes[nom] = base, outils.construire_app(base.url)
        return ouvertes[nom]

    yield ouvrir
    for base, _app in ouvertes.values():
        base.arreter()


@pytest.fixture
def base(
    request: pytest.FixtureRequest, ouvrir_base: Callable[[str], tuple[Base, Flask]]
) -> Iterator[Base]:
    """A fresh database: migrated schema, no row. ``base.nom`` is sqlite or postgresql."""
    fraiche, app = ouvrir_base(request.param)
    fraiche.remettre_a_neuf()
    yield fraiche
    import_module("tests.outils_bases").fermer(app)


@pytest.fixture(scope="module")
def base_partagee(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """An application on a database of its own, new at the first test of the file that asks for
    it and never emptied after: for tests that only read what one fixture of the file writes."""
    outils = import_module("tests.outils_bases")
    ouvrier = os.environ.get("PYTEST_XDIST_WORKER", "seul")
    commun = Path(os.environ[VARIABLE_COMMUN])
    base = outils.FABRIQUES[request.param](commun, f"{ouvrier}_partagee")
    base.remettre_a_neuf()
    application = outils.construire_app(base.url)
    yield application
    outils.fermer(application)


@pytest.fixture
def app(base: Base, ouvrir_base: Callable[[str], tuple[Base, Flask]]) -> Iterator[Flask]:
    """The application on ``base``; its settings are put back after the test.

    No application context is pushed, CSRF is off, files are kept in memory.
    """
    application = ouvrir_base(base.nom)[1]
    config = dict(application.config)
    reglages = application.extensions["aap.reglages"]
    application.extensions.pop("aap.stockage", None)
    import_module("aap.requetes.memoire_resultats").oublier()
    yield application
    application.config.clear()
    application.config.update(config)
    application.extensions["aap.reglages"] = reglages


@pytest.fixture
def regler(app: Flask) -> Callable[..., None]:
    """``regler(smtp_hote="…")`` changes settings for the length of the test."""

    def changer(**valeurs: Any) -> None:
        app.extensions["aap.reglages"] = replace(app.extensions["aap.reglages"], **valeurs)

    return changer


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Test client whose requests do not share the test's session (see ClientIsole)."""
    return app.test_client()


@pytest.fixture
def session(app: Flask) -> Iterator[scoped_session[Session]]:
    """``db.session`` inside an application context; rolled back and closed at the end."""
    with app.app_context():
        en_cours: scoped_session[Session] = app.extensions["sqlalchemy"].session
        yield en_cours
        en_cours.rollback()
