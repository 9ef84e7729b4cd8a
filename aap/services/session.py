"""Sessions kept on the server: who signs in, for how long, and how it is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from aap.domaine.horloge import maintenant
from aap.domaine.identifiants import cle_courriel
from aap.domaine.texte import ecourter
from aap.extensions import db, lecture_seule
from aap.models import SessionConnexion, Utilisateur
from aap.permissions import Acteur, exiger
from aap.services.hachage import (
    a_rehacher,
    empreinte,
    hacher_mot_de_passe,
    mot_de_passe_juste,
    nouvelle_cle,
)
from aap.services.tentative import (
    PAR_COURRIEL,
    attente,
    cles_connexion,
    compter,
    faire_la_queue,
    oublier,
)

PAS_DE_PASSAGE = timedelta(minutes=1)


@dataclass(frozen=True)
class Verification:
    """Outcome of a sign-in attempt. Failures are rows to commit: nothing is raised.

    ``utilisateur`` is set when the password is right, even if the account is not open yet
    (``confirme_le``) or no longer (``desactive_le``): only its owner can learn that.
    """

    utilisateur: Utilisateur | None = None
    attendre: timedelta = timedelta(0)

    @property
    def ouverte(self) -> bool:
        u = self.utilisateur
        return u is not None and u.confirme_le is not None and u.desactive_le is None


def verifier_identifiants(
    acteur: Acteur, courriel: str, mot_de_passe: str, *, adresse: str = "", appareil: str = ""
) -> Verification:
    """Check a password, at the same cost for a known and for an unknown address.

    ``adresse``: network address of the visitor; ``appareil``: key of a browser that has signed in
    with this address before. While the lock-out lasts nothing is checked.
    """
    exiger(acteur, "compte.connexion")
    cles = cles_connexion(courriel, adresse, appareil)
    faire_la_queue(*cles[0])
    delai = max(attente(frein, valeur) for frein, valeur in cles)
    if delai:
        return Verification(attendre=delai)
    utilisateur = db.session.scalar(
        select(Utilisateur).where(Utilisateur.courriel == cle_courriel(courriel))
    )
    hache = utilisateur.mot_de_passe if utilisateur is not None else None
    if not mot_de_passe_juste(mot_de_passe, hache):
        for frein, valeur in cles:
            compter(frein, valeur)
        return Verification()
    assert utilisateur is not None and hache is not None
    oublier(*cles[0])
    oublier(PAR_COURRIEL, cle_courriel(courriel))
    if a_rehacher(hache):
        utilisateur.mot_de_passe = hacher_mot_de_passe(mot_de_passe)
    db.session.flush()
    return Verification(utilisateur)


def ouvrir_session(
    acteur: Acteur, utilisateur: Utilisateur, *, agent: str = "", adresse: str = ""
) -> str:
    """Open a session for a person just recognised; returns the key to put in the cookie."""
    exiger(acteur, "compte.connexion")
    cle = nouvelle_cle()
    db.session.add(
        SessionConnexion(
            cle_hachee=empreinte(cle),
            utilisateur_id=utilisateur.id,
            agent=ecourter(agent, 200),
            adresse=adresse[:45],
        )
    )
    db.session.flush()
    return cle


def revoquer_session(acteur: Acteur, session: SessionConnexion) -> None:
    """Close one session: the cookie that holds its key is worth nothing any more."""
    exiger(acteur, "compte.revoquer_session", session)
    if session.revoquee_le is None:
        session.revoquee_le = maintenant()
    db.session.flush()


def revoquer_autres(acteur: Acteur, utilisateur: Utilisateur, sauf_id: int | None = None) -> int:
    """Close every session of a person but one; returns how many were open."""
    exiger(acteur, "compte.revoquer_sessions", utilisateur)
    requete = (
        update(SessionConnexion)
        .where(
            SessionConnexion.utilisateur_id == utilisateur.id,
            SessionConnexion.revoquee_le.is_(None),
        )
        .values(revoquee_le=maintenant())
    )
    if sauf_id is not None:
        requete = requete.where(SessionConnexion.id != sauf_id)
    fermees = db.session.execute(requete)
    return int(fermees.rowcount)  # type: ignore[attr-defined]


def noter_passage(session: SessionConnexion, *, lecture: bool) -> None:
    """Remember that the session lives, at most once a minute.

    In a reading request the write has its own short transaction; if the database is busy it
    is given up: the next page will do it.
    """
    instant = maintenant()
    if instant - session.vue_le < PAS_DE_PASSAGE:
        return
    ordre = (
        update(SessionConnexion)
        .where(SessionConnexion.id == session.id, SessionConnexion.vue_le < instant)
        .values(vue_le=instant)
        .execution_options(synchronize_session=False)
    )
    if not lecture:
        db.session.execute(ordre)
        return
    try:
        with lecture_seule(False), Session(db.engine) as courte:
            courte.execute(ordre)
            courte.commit()
    except DBAPIError:
        return
