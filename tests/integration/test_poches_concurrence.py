"""Two people at once on the share of the poches: a sum over a department, never exceeded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, get_ident
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from aap.domaine.erreurs import Depassement
from aap.extensions import db
from aap.models import Enveloppe, Financement, Utilisateur
from aap.permissions import charger_acteur
from aap.requetes import poches
from aap.services import arbitrage
from tests.outils_copil import enveloppe_de, lignes, planter_copil, seance_prete

PLAFOND = 250_000


def test_deux_ecritures_ne_depassent_pas_la_part_des_poches(
    app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each in its own sub-enveloppe, both ready to write at the same instant: one goes through."""
    decor = planter_copil(credits=10_000_000)
    seance_prete(decor)
    decor.env_etat.programme, decor.env_etat.departement = "147", "94"
    for q in decor.quartiers:
        q.type = "poche"
    paires = []
    for n, dossier in enumerate(decor.dossiers[:2]):
        fille = enveloppe_de(
            decor.campagne, decor.etat, 1_000_000, code=f"fille-{n}", parent_id=decor.env_etat.id
        )
        paires.append((lignes(dossier)[0].id, fille.id))
    qui = decor.coordo.id
    db.session.commit()
    # Both are at the door before either goes in.
    depart, attente = Barrier(2), poches.departementale_des_poches

    def ensemble(*arguments: Any) -> Enveloppe | None:
        trouvee = attente(*arguments)
        if not vus.get(qui_ecrit()):
            vus[qui_ecrit()] = True
            with suppress(BrokenBarrierError):  # SQLite: the other writer has not begun
                depart.wait(timeout=2)
        return trouvee

    vus: dict[int, bool] = {}
    monkeypatch.setattr(arbitrage, "departementale_des_poches", ensemble)

    def ecrire(paire: tuple[int, int]) -> str:
        ligne_id, enveloppe_id = paire
        with app.app_context():
            try:
                acteur = charger_acteur(db.session.get_one(Utilisateur, qui))
                ligne = db.session.get_one(Financement, ligne_id)
                enveloppe = db.session.get_one(Enveloppe, enveloppe_id)
                arbitrage.arbitrer(acteur, ligne, 200_000, enveloppe)
                db.session.commit()
            except (Depassement, OperationalError) as erreur:
                db.session.rollback()
                return type(erreur).__name__
            finally:
                db.session.remove()
            return "écrit"

    with ThreadPoolExecutor(2) as deux:
        issues = sorted(deux.map(ecrire, paires))
    assert issues == ["Depassement", "écrit"]
    db.session.expire_all()
    somme = db.session.scalar(select(func.sum(Financement.montant_arbitre)))
    assert somme is not None and int(somme) <= PLAFOND


def qui_ecrit() -> int:
    return get_ident()
