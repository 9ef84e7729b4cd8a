"""One at a time on the money of an organisme: each act reads what the one before it wrote.

The guards of a payment read rows that other acts change: the act in force, the line, the vote, the
bilans and the bank account of the organisme, the sum of the year over all its dossiers. All of them
belong to one organisme, whose row is therefore the queue (PostgreSQL: ``FOR NO KEY UPDATE``, that
lets foreign keys through). Order of the locks: organismes (by id), financeur (number of an act),
enveloppes (by id), rows, chain of the journal. SQLite has one writer, that holds the base before it
reads anything: nothing to do there.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, SessionTransaction

from aap.extensions import db
from aap.models import (
    Avenant,
    Bilan,
    Convention,
    Dossier,
    Financement,
    Liasse,
    LigneBilan,
    LigneLiasse,
    MesureIndicateur,
    Organisme,
    Reversement,
    Tranche,
    Versement,
)
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

# In the session: the root transaction, and what holds the row of each organisme.
TENUS = "tour des organismes"
# What the acts of others change; read again once the turn has come.
PARTAGES = (
    Organisme,
    Dossier,
    Financement,
    Convention,
    Avenant,
    Tranche,
    Versement,
    Liasse,
    LigneLiasse,
    Bilan,
    LigneBilan,
    MesureIndicateur,
    Reversement,
)
# Before the committee no money moves yet: the enveloppes alone are guarded, by their triggers.
EXAMEN = frozenset(
    {
        EtatFinancement.SOLLICITE,
        EtatFinancement.PRIS_EN_CHARGE,
        EtatFinancement.AVIS_RENDU,
        EtatFinancement.AJOURNE,
        EtatFinancement.NON_RECEVABLE,
        EtatFinancement.REFUSE,
    }
)

FINANCES = frozenset({EtatDossier.PROGRAMME, EtatDossier.EN_EXECUTION})


def est_d_argent(objet: Any) -> bool:
    """Do the guards of this object read rows that an act on other money may change?"""
    if isinstance(objet, Financement):
        return objet.etat not in EXAMEN
    if isinstance(objet, Dossier):
        return objet.etat in FINANCES
    return isinstance(objet, (Convention, Avenant, Tranche, Versement, Bilan))


def organisme_paye(objet: Any) -> int:
    """Id of the organisme whose money this is. Raises TypeError for an object without money."""
    match objet:
        case Dossier() | Convention():
            return objet.organisme_id
        case Financement() | Bilan():
            return objet.dossier.organisme_id
        case Tranche() | Avenant():
            return objet.convention.organisme_id
        case Versement():
            return objet.tranche.convention.organisme_id
        case Reversement():
            return objet.financement.dossier.organisme_id
        case _:
            raise TypeError(f"objet sans argent : {type(objet).__name__}")


def prendre_son_tour(*objets: Any) -> None:
    """Wait for whoever acts on the money of the same organismes, then forget what was read.

    Until the end of the transaction nobody else moves that money. Call it with every object of
    the act, before anything is checked or written; free when the turn is already held.
    """
    session = db.session()
    if session.get_bind().dialect.name != "postgresql":
        return
    attendus = sorted({organisme_paye(o) for o in objets} - _tenus(session))
    if not attendus:
        return
    session.flush()
    session.execute(
        select(Organisme.id)
        .where(Organisme.id.in_(attendus))
        .order_by(Organisme.id)
        .with_for_update(key_share=True)
    ).all()
    _retenir(session, attendus)
    for connu in list(session):
        if isinstance(connu, PARTAGES):
            session.expire(connu)


def _tenus(session: Session) -> set[int]:
    """Organismes locked by this transaction, or by a savepoint that is still open."""
    racine, tenus = session.info.get(TENUS, (None, {}))
    if racine is None or racine is not session.get_transaction():
        return set()
    ouvertes: set[SessionTransaction] = set()
    courante = session.get_nested_transaction() or racine
    while courante is not None:
        ouvertes.add(courante)
        courante = courante.parent
    return {cle for cle, par in tenus.items() if par in ouvertes}


def _retenir(session: Session, organismes: list[int]) -> None:
    racine = session.get_transaction()
    avant, tenus = session.info.get(TENUS, (None, {}))
    par = session.get_nested_transaction() or racine
    gardes = tenus if avant is racine else {}
    session.info[TENUS] = racine, {**gardes, **dict.fromkeys(organismes, par)}
