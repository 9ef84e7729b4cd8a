"""The worker: claims jobs, runs them, survives kill -9 (bibliotheques 3.5).

A job's effects and its « done » mark are one transaction, fenced on (worker, attempt): a
worker whose lease was taken over rolls back instead of doing the work twice.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import FrameType
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.exc import DBAPIError

from aap.domaine.horloge import maintenant
from aap.extensions import db, lecture_seule
from aap.models import EtatTache, SigneDeVie, Tache
from aap.taches.periodiques import planifier
from aap.taches.registre import TACHES, EchecDefinitif, executer, preparer

journal = logging.getLogger("aap.ouvrier")
BAIL = timedelta(minutes=5)
ATTENTE_MAX = timedelta(hours=1)


@dataclass(frozen=True)
class Prise:
    """A claimed job."""

    id: int
    nom: str
    arguments: dict[str, Any]
    essai: int


def nom_ouvrier() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _due(instant: datetime) -> ColumnElement[bool]:
    """Ready and due, or taken by a worker whose lease expired."""
    return or_(
        and_(Tache.etat == EtatTache.PRETE, Tache.quand <= instant),
        and_(Tache.etat == EtatTache.EN_COURS, Tache.bail_jusqua < instant),
    )


def _rien_a_faire(instant: datetime) -> bool:
    """Looked up as a reader first: an idle worker never holds SQLite's write lock."""
    with lecture_seule():
        rien = db.session.scalar(select(Tache.id).where(_due(instant)).limit(1)) is None
        db.session.rollback()
    return rien


def prendre(ouvrier: str) -> Prise | None:
    """Claim the first job that is due (or whose lease expired). Commits."""
    instant = maintenant()
    if _rien_a_faire(instant):
        return None
    tache = db.session.scalar(
        select(Tache)
        .where(_due(instant))
        .order_by(Tache.quand, Tache.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if tache is None:
        db.session.rollback()
        return None
    tache.etat = EtatTache.EN_COURS
    tache.ouvrier = ouvrier
    tache.essais += 1
    tache.bail_jusqua = instant + BAIL
    prise = Prise(tache.id, tache.nom, dict(tache.arguments), tache.essais)
    db.session.commit()
    return prise


def _marquer(prise: Prise, ouvrier: str, **valeurs: Any) -> bool:
    """Fenced update: False when somebody else has taken the job over."""
    resultat = db.session.execute(
        update(Tache)
        .where(
            Tache.id == prise.id,
            Tache.ouvrier == ouvrier,
            Tache.essais == prise.essai,
            Tache.etat == EtatTache.EN_COURS,
        )
        .values(**valeurs)
    )
    return bool(resultat.rowcount)  # type: ignore[attr-defined]


def accomplir(prise: Prise, ouvrier: str) -> bool:
    """Run a claimed job; True when its effects are committed.

    A job that killed its workers as often as it may be tried is given up without being run.
    """
    try:
        _exiger_un_essai(prise)
        preparer(prise.nom, prise.arguments)
        faite = _marquer(
            prise, ouvrier, etat=EtatTache.FAITE, finie_le=maintenant(), bail_jusqua=None
        )
        if not faite:
            db.session.rollback()
            return False
        executer(prise.nom, prise.arguments)
        db.session.commit()
        return True
    except Exception as erreur:  # any fault of a job is recorded on its row
        db.session.rollback()
        journal.exception("tâche %s n° %s en échec (essai %s)", prise.nom, prise.id, prise.essai)
        _echec(prise, ouvrier, erreur)
        return False


def _exiger_un_essai(prise: Prise) -> None:
    definition = TACHES.get(prise.nom)
    if definition is not None and prise.essai > definition.essais_max:
        raise EchecDefinitif("l’ouvrier s’est arrêté à chaque essai")


def _echec(prise: Prise, ouvrier: str, erreur: Exception) -> None:
    """Record the fault: tried again later, or given up with what that entails."""
    definition = TACHES.get(prise.nom)
    definitif = (
        definition is None
        or prise.essai >= definition.essais_max
        or isinstance(erreur, EchecDefinitif)
    )
    attente = min(timedelta(seconds=10 * 4 ** (prise.essai - 1)), ATTENTE_MAX)
    texte = f"{type(erreur).__name__} : {erreur}"[:2000]
    marquee = _marquer(
        prise,
        ouvrier,
        etat=EtatTache.ECHOUEE if definitif else EtatTache.PRETE,
        quand=maintenant() + attente,
        bail_jusqua=None,
        erreur=texte,
    )
    if marquee and definitif and definition is not None and definition.abandon is not None:
        definition.abandon(texte, **prise.arguments)
    db.session.commit()


def signe_de_vie(ouvrier: str) -> None:
    """Say « here » (read by /sante)."""
    signe = db.session.get(SigneDeVie, ouvrier)
    if signe is None:
        db.session.add(SigneDeVie(ouvrier=ouvrier, vu_le=maintenant()))
    else:
        signe.vu_le = maintenant()
    db.session.commit()


def vider(ouvrier: str | None = None, limite: int = 10_000) -> int:
    """Run every job that is due; returns how many were claimed (tests, demonstration)."""
    ouvrier = ouvrier or nom_ouvrier()
    faites = 0
    while faites < limite and (prise := prendre(ouvrier)):
        accomplir(prise, ouvrier)
        faites += 1
    return faites


def tourner(pause_secondes: float = 1.0) -> None:
    """Work until SIGTERM or SIGINT; the current job is finished first."""
    arret = False

    def demander_arret(_signal: int, _cadre: FrameType | None) -> None:
        nonlocal arret
        arret = True

    signal.signal(signal.SIGTERM, demander_arret)
    signal.signal(signal.SIGINT, demander_arret)
    ouvrier = nom_ouvrier()
    dernier_tour = 0.0
    while not arret:
        try:
            if time.monotonic() - dernier_tour > 15:
                signe_de_vie(ouvrier)
                planifier()
                db.session.commit()
                dernier_tour = time.monotonic()
            prise = prendre(ouvrier)
            if prise is not None:
                accomplir(prise, ouvrier)
                continue
        except DBAPIError:
            journal.exception("base injoignable ; nouvel essai dans 5 secondes")
            db.session.remove()
            time.sleep(5)
        finally:
            db.session.remove()
        time.sleep(pause_secondes)
