"""The demonstration is made by the services: a small one must live, hold and repeat itself."""

from __future__ import annotations

from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import func, select

from aap.demo.construire import construire
from aap.extensions import db
from aap.models import (
    Avenant,
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


def test_small_demonstration(app: Flask) -> None:
    """Built once, looked at three times."""
    with app.app_context():
        charger_contrat(lire_contrat(DONNEES / "gosb-2024-2030"))
        db.session.commit()
        construire(7, muet=True, pour_cent=12)
        _every_stage_is_there_and_the_journal_holds()
        _money_never_exceeds_what_was_voted()
        _every_dossier_has_its_journal()


def _every_stage_is_there_and_the_journal_holds() -> None:
    etats = Counter(db.session.scalars(select(Dossier.etat)))
    attendus = {"brouillon", "depose", "en_instruction", "inscrit", "en_execution", "clos"}
    assert attendus <= {e.value for e in etats}
    assert db.session.scalar(select(func.count()).select_from(Campagne)) == 5
    assert db.session.scalars(
        select(Convention).where(Convention.type == TypeConvention.CPO)
    ).first()
    # The showcase organisation has a convention and an avenant to sign.
    premier = select(func.min(Organisme.id)).scalar_subquery()
    attend = (Convention.organisme_id == premier, Convention.etat == "signature_porteur")
    assert db.session.scalars(select(Convention).where(*attend)).first()
    avenant = db.session.scalars(select(Avenant).order_by(Avenant.id)).first()
    assert avenant is not None and avenant.etat.value == "signature_porteur"
    lues, rupture = verifier_journal()
    assert rupture is None
    assert lues > 500
    # Nobody real: every organisation says that it is invented.
    noms = db.session.scalars(select(Organisme.nom)).all()
    assert noms and all("(fictif)" in nom for nom in noms)


def _money_never_exceeds_what_was_voted() -> None:
    for ligne in db.session.scalars(select(Financement)):
        payes = db.session.scalar(
            select(func.coalesce(func.sum(Versement.montant), 0)).where(
                Versement.tranche.has(financement_id=ligne.id), Versement.etat == "paye"
            )
        )
        assert payes <= (ligne.montant_vote or 0)


def _every_dossier_has_its_journal() -> None:
    sans = db.session.scalars(
        select(Dossier.id).where(
            ~select(Evenement.id)
            .where(Evenement.entite == "dossier", Evenement.entite_id == Dossier.id)
            .exists()
        )
    ).all()
    assert sans == []
