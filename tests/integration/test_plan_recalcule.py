"""Who reads the plan after the decisions, and when."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from aap.domaine.plan_recalcule import Suite
from aap.extensions import db
from aap.models import SensDecision
from aap.requetes.plan_recalcule import plan_apres_decisions, plan_du_porteur, plan_en_seance
from aap.services import publication, pv
from aap.services import seance as service
from aap.services.arbitrage import arbitrer
from aap.services.decision import decider
from tests.outils_copil import DecorCopil, lignes, planter_copil, seance_prete
from tests.outils_porteur import connecte


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil(credits=500_000)


def test_the_plan_follows_the_decision_and_its_publication(app: Flask, decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    dossier = decor.dossiers[0]
    etat, ville = lignes(dossier)
    arbitrer(decor.acteur, etat, etat.montant_demande, decor.env_etat)
    en_salle = plan_en_seance(dossier)
    assert en_salle.accorde == etat.montant_demande
    assert en_salle.attendu == ville.montant_demande
    assert plan_apres_decisions(dossier) is None and plan_du_porteur(dossier) is None
    db.session.commit()
    page = connecte(app, decor.coordo).get(f"/copil/seances/{seance.id}/dossiers/{dossier.id}")
    assert page.status_code == 200 and "Plan de financement recalculé" in page.text
    for autre in decor.dossiers[1:]:
        decider(decor.acteur, seance, autre, SensDecision.AJOURNER, "À revoir en détail ensemble.")
    decider(decor.acteur, seance, dossier, SensDecision.PROGRAMMER)
    plan = plan_apres_decisions(dossier)
    assert plan is not None and plan_du_porteur(dossier) is None
    assert [s.suite for s in plan.sources if s.nom == ville.financeur.nom] == [Suite.REFUSEE]
    service.clore(decor.acteur, seance)
    pv.arreter_pv(decor.acteur, seance, "Cora Exemple")
    publication.publier(decor.acteur, seance)
    lu = plan_du_porteur(dossier)
    assert lu is not None and lu.accorde == plan.accorde == etat.montant_demande
