"""Slowing down whoever tries again and again: one row per failure, no state elsewhere.

Counted per address (e-mail, known or not: nothing is revealed) and per network address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select

from aap.domaine.erreurs import ErreurMetier
from aap.domaine.horloge import maintenant
from aap.domaine.identifiants import cle_courriel
from aap.extensions import db
from aap.models import TentativeConnexion


class TropDEssais(ErreurMetier):
    """Too many tries in too short a time."""

    code_http = 429
    titre = "Trop d’essais"


@dataclass(frozen=True)
class Frein:
    """After ``libres`` failures within ``fenetre``, wait; each further failure doubles the wait."""

    prefixe: str
    libres: int
    fenetre: timedelta
    attente: timedelta
    plafond: timedelta

    def cle(self, valeur: str) -> str:
        return f"{self.prefixe}:{valeur}"[:300]


MINUTE = timedelta(minutes=1)
PAR_COURRIEL = Frein("courriel", 5, timedelta(hours=1), MINUTE, timedelta(minutes=15))
# A browser that has already signed in with this address is counted apart: whoever tries passwords
# from elsewhere cannot shut the owner out on the evening of the deadline.
PAR_APPAREIL = Frein("appareil", 5, timedelta(hours=1), MINUTE, timedelta(minutes=15))
PAR_ADRESSE = Frein("adresse", 50, timedelta(hours=1), MINUTE, timedelta(minutes=15))
# Unknown links tried from one network address.
PAR_LIEN = Frein("lien", 20, timedelta(hours=1), MINUTE, timedelta(minutes=15))
# Mails sent on request (confirmation, reset): per recipient and per network address.
ENVOIS_COURRIEL = Frein("envoi", 3, timedelta(hours=1), timedelta(hours=1), timedelta(hours=1))
ENVOIS_ADRESSE = Frein("envois", 60, timedelta(hours=1), 15 * MINUTE, timedelta(hours=1))

# People that one person brings into organismes by their address: each makes a mail to a stranger.
INVITATIONS = Frein("invitation", 30, timedelta(hours=1), 15 * MINUTE, timedelta(hours=1))


def cles_connexion(
    courriel: str, adresse: str, appareil: str = ""
) -> tuple[tuple[Frein, str], ...]:
    """What a sign-in attempt is counted under; ``appareil``: key of a browser known for it."""
    cle = cle_courriel(courriel)
    qui = (PAR_APPAREIL, f"{cle}|{appareil}") if appareil else (PAR_COURRIEL, cle)
    return qui, (PAR_ADRESSE, adresse)


def faire_la_queue(frein: Frein, valeur: str) -> None:
    """Attempts under one key are judged one after the other (SQLite does it by itself)."""
    if db.session.get_bind().dialect.name == "postgresql":
        nombre = func.hashtextextended(frein.cle(valeur), 1)
        db.session.execute(select(func.pg_advisory_xact_lock(nombre)))


def attente(frein: Frein, valeur: str) -> timedelta:
    """How long to wait before the next try; zero when it may happen now."""
    instant = maintenant()
    nombre, dernier = db.session.execute(
        select(func.count(), func.max(TentativeConnexion.le)).where(
            TentativeConnexion.cle == frein.cle(valeur),
            TentativeConnexion.le > instant - frein.fenetre,
        )
    ).one()
    if nombre < frein.libres:
        return timedelta(0)
    delai = min(frein.attente * 2 ** min(nombre - frein.libres, 10), frein.plafond)
    return max(timedelta(0), dernier + delai - instant)


def compter(frein: Frein, valeur: str) -> None:
    db.session.add(TentativeConnexion(cle=frein.cle(valeur)))
    db.session.flush()


def oublier(frein: Frein, valeur: str) -> None:
    """The right person came in: her past mistakes no longer count."""
    db.session.execute(
        delete(TentativeConnexion).where(TentativeConnexion.cle == frein.cle(valeur))
    )


def duree_en_mots(delai: timedelta) -> str:
    """« 3 minutes », rounded up so that the announced time is enough."""
    minutes = max(1, -(-int(delai.total_seconds()) // 60))
    return f"{minutes}\u00a0minute{'s' if minutes > 1 else ''}"


def freiner_les_invitations(utilisateur_id: int | None) -> None:
    """Count one invitation. Raises TropDEssais when this person has sent too many."""
    if utilisateur_id is None:
        return
    qui = str(utilisateur_id)
    delai = attente(INVITATIONS, qui)
    if delai:
        raise TropDEssais(
            "Trop de personnes ont été invitées en peu de temps.",
            f"Attendez {duree_en_mots(delai)}, puis recommencez.",
        )
    compter(INVITATIONS, qui)


def freiner_les_envois(courriel: str, adresse: str) -> bool:
    """Count one request for a mail. False: this person has had enough of them, send nothing.

    Raises TropDEssais when one network address asks for too many (whoever the recipients).
    """
    delai = attente(ENVOIS_ADRESSE, adresse)
    if delai:
        raise TropDEssais(
            "Trop de messages ont été demandés depuis votre connexion.",
            f"Attendez {duree_en_mots(delai)}, puis recommencez.",
        )
    compter(ENVOIS_ADRESSE, adresse)
    cle = cle_courriel(courriel)
    faire_la_queue(ENVOIS_COURRIEL, cle)
    if attente(ENVOIS_COURRIEL, cle):
        return False
    compter(ENVOIS_COURRIEL, cle)
    return True
