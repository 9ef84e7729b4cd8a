"""Two people at once on one enveloppe: the database alone keeps it whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError, OperationalError

from aap.domaine.erreurs import Depassement
from aap.erreurs_http import traduire
from aap.extensions import db
from aap.models import Enveloppe, Financement, Utilisateur
from aap.permissions import charger_acteur
from aap.requetes.soldes import soldes_campagne
from aap.services import arbitrage
from tests.outils_copil import lignes, planter_copil, seance_prete


def test_two_writers_cannot_exceed(
    app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read « enough is left » before either writes: exactly one goes through."""
    decor = planter_copil(credits=1_000_000)
    seance_prete(decor)
    ids = [lignes(d)[0].id for d in decor.dossiers[:2]]
    for ligne in (lignes(d)[0] for d in decor.dossiers[:2]):
        ligne.montant_demande = 700_000
    qui, enveloppe, campagne = decor.coordo.id, decor.env_etat.id, decor.campagne.id
    db.session.commit()
    monkeypatch.setattr(arbitrage, "reste_a_attribuer", lambda *_a, **_k: 10**9)
    depart = Barrier(2)

    def ecrire(ligne_id: int) -> str:
        with app.app_context():
            depart.wait(timeout=20)
            try:
                acteur = charger_acteur(db.session.get_one(Utilisateur, qui))
                ligne = db.session.get_one(Financement, ligne_id)
                arbitrage.arbitrer(acteur, ligne, 600_000, db.session.get_one(Enveloppe, enveloppe))
                db.session.commit()
            except DBAPIError as erreur:
                db.session.rollback()
                if isinstance(erreur, OperationalError):
                    return "occupé"
                assert isinstance(traduire(erreur), Depassement)
                return "refusé"
            finally:
                db.session.remove()
            return "écrit"

    with ThreadPoolExecutor(2) as deux:
        issues = sorted(deux.map(ecrire, ids))
    assert issues == ["refusé", "écrit"]
    db.session.expire_all()
    assert soldes_campagne(campagne)[enveloppe].consomme == 600_000
