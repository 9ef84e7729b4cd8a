"""Several people act at the same instant, each in a transaction of her own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

from flask import Flask

from aap.domaine.erreurs import ErreurMetier, Indisponible
from aap.erreurs_http import traduire
from aap.extensions import db

ATTENTE = 2.0  # seconds before a writer stops waiting for one that a lock keeps outside


def courir(app: Flask, actes: Sequence[Callable[[], object]]) -> list[Exception | None]:
    """Run each act in its thread; nobody commits before all have written, when they all can.

    What each one raised, in order. A writer kept waiting by a lock (or by SQLite, that has one
    writer) goes on once the first has committed.
    """
    barriere = Barrier(len(actes))
    db.session.commit()  # the test itself must hold no lock

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
                db.session.remove()
        return None

    with ThreadPoolExecutor(len(actes)) as fils:
        return list(fils.map(un, actes))


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
