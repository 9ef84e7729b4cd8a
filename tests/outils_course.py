"""Several people act at the same instant, each in a transaction of her own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from time import sleep

from flask import Flask
from sqlalchemy import Engine, text

from aap.domaine.erreurs import ErreurMetier, Indisponible
from aap.erreurs_http import traduire
from aap.extensions import db

ATTENTE = 2.0  # seconds before a writer stops waiting for one that a lock keeps outside
SCRUTIN = 0.02  # seconds between two looks at who waits
TENUES = 10  # looks in a row that must agree before the barrier is opened
BLOQUES = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def courir(app: Flask, actes: Sequence[Callable[[], object]]) -> list[Exception | None]:
    """Run each act in its thread; nobody commits before all have written, when they all can.

    What each one raised, in order. A writer kept waiting by a lock (or by SQLite, that has one
    writer) goes on once the first has committed.
    """
    barriere = Barrier(len(actes))
    sortis: list[Callable[[], object]] = []
    db.session.commit()  # the test itself must hold no lock
    moteur = db.engine

    def un(acte: Callable[[], object]) -> Exception | None:
        with app.app_context():
            try:
                acte()
                db.session.flush()
                with suppress(BrokenBarrierError):
                    barriere.wait(ATTENTE)
                db.session.commit()
            except Exception as erreur:
                db.session.rollback()
                return erreur
            finally:
                sortis.append(acte)
                db.session.remove()
        return None

    veille = Thread(target=_veiller, args=(moteur, barriere, sortis), daemon=True)
    veille.start()
    with ThreadPoolExecutor(len(actes)) as fils:
        issues = list(fils.map(un, actes))
    veille.join()
    return issues


def _veiller(moteur: Engine, barriere: Barrier, sortis: Sequence[object]) -> None:
    """Let the writers at the barrier commit once all the others wait for a lock or are out."""
    if moteur.dialect.name == "sqlite":  # one writer: whoever holds the door is alone inside
        _ouvrir_quand(lambda: barriere.n_waiting == 1, barriere, sortis)
        return
    with moteur.connect() as connexion:
        surveille = connexion.execution_options(isolation_level="AUTOCOMMIT")

        def coinces() -> bool:
            la = barriere.n_waiting
            bloques = surveille.scalar(BLOQUES) or 0
            return la > 0 and la + bloques + len(sortis) >= barriere.parties

        _ouvrir_quand(coinces, barriere, sortis)


def _ouvrir_quand(coinces: Callable[[], bool], barriere: Barrier, sortis: Sequence[object]) -> None:
    """Break the barrier when ``coinces`` has held several times in a row."""
    suite = 0
    while suite < TENUES and len(sortis) < barriere.parties:
        sleep(SCRUTIN)
        suite = suite + 1 if coinces() else 0
    barriere.abort()


def en_clair(issues: Sequence[Exception | None]) -> None:
    """Whoever was refused is told why, in words: neither a fault, nor « the base is away »."""
    for issue in issues:
        if issue is not None:
            sens = issue if isinstance(issue, ErreurMetier) else traduire(issue)
            assert sens is not None and not isinstance(sens, Indisponible), issue


def un_seul(issues: Sequence[Exception | None]) -> None:
    """Exactly one went through."""
    assert sum(i is None for i in issues) == 1, issues
    en_clair(issues)
