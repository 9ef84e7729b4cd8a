"""A real worker in a process of its own, with a job that can be killed in its middle.

``python -m tests.ouvrier_essai <url> <ou>`` where ``ou`` is ``milieu`` (the job has written, it
then sleeps), ``apres`` (the process dies at once after the commit) or ``normal``.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from sqlalchemy import event

from aap import create_app, reglages_de_test
from aap.extensions import db
from aap.models import Utilisateur
from aap.taches.ouvrier import vider
from aap.taches.registre import tache

OU = ["normal"]


@tache("essai_lent")
def essai_lent(temoin: str) -> None:
    """One row per run: two rows would mean that the work was done twice."""
    rang = len(list(Path(temoin).parent.glob("debut-*")))
    db.session.add(Utilisateur(courriel=f"effet{rang}@exemple.test", prenom="Effet", nom="Unique"))
    db.session.flush()
    (Path(temoin).parent / f"debut-{rang}").touch()
    if OU[0] == "milieu":
        time.sleep(60)
    if OU[0] == "apres":
        event.listen(db.session, "after_commit", _mourir)


def _mourir(_session: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def principal(url: str, ou: str) -> None:
    OU[0] = ou
    app = create_app(reglages_de_test(base=url, stockage="memoire"))
    with app.app_context():
        vider()


if __name__ == "__main__":
    principal(sys.argv[1], sys.argv[2])
