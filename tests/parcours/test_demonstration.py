"""The demonstration is made by the services: a small one must live, hold and repeat itself."""

from __future__ import annotations

from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import func, select

from aap.demo.construire import construire
from aap.extensions import db
from aap.models import (
    Campagne,
    Convention,
    Dossier,
    Evenement,
    Financement,
    Organisme,
    TypeConvention,
    Versement,
)
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.services.journal import verifier_journal
from aap.services.referentiel import charger_contrat

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def petite(app: Flask) -> Flask:
    with app.app_context():
        charger_contrat(lire_contrat(DONNEES / "gosb-2024-2030"))
        db.session.commit()
        construire(7, muet=True, pour_cent=14)
    return app


def test_every_stage_is_there_and_the_journal_holds(petite: Flask) -> None:
    with petite.app_context():
        etats = Counter(db.session.scalars(select(Dossier.etat)))
        attendus = {"brouillon", "depose", "en_instruction", "inscrit", "en_execution", "clos"}
        assert attendus <= {e.value for e in etats}
        assert db.session.scalar(select(func.count()).select_from(Campagne)) == 5
        assert db.session.scalars(
            select(Convention).where(Convention.type == TypeConvention.CPO)
        ).first()
        lues, rupture = verifier_journal()
        assert rupture is None
        assert lues > 500
        # Nobody real: every organisation says that it is invented.
        noms = db.session.scalars(select(Organisme.nom)).all()
        assert noms and all("(fictif)" in nom for nom in noms)


def test_money_never_exceeds_what_was_voted(petite: Flask) -> None:
    with petite.app_context():
        for ligne in db.session.scalars(select(Financement)):
            payes = db.session.scalar(
                select(func.coalesce(func.sum(Versement.montant), 0)).where(
                    Versement.tranche.has(financement_id=ligne.id), Versement.etat == "paye"
                )
            )
            assert payes <= (ligne.montant_vote or 0)


def test_every_dossier_has_its_journal(petite: Flask) -> None:
    with petite.app_context():
        sans = db.session.scalars(
            select(Dossier.id).where(
                ~select(Evenement.id)
                .where(Evenement.entite == "dossier", Evenement.entite_id == Dossier.id)
                .exists()
            )
        ).all()
        assert sans == []
