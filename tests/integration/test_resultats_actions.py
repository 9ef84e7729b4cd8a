"""The page of the results: who opens it, what it counts, constant queries."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Bilan, DossierQuartier
from aap.requetes.resultats_actions import VUES, resultats_actions
from tests.outils_copil import DecorCopil, planter_copil
from tests.outils_porteur import compter_requetes, connecte
from workflows.bilan import EtatBilan


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil()


def _bilan(decor: DecorCopil, rang: int, etat: EtatBilan, **nombres: int) -> Bilan:
    depose = maintenant() if etat in (EtatBilan.DEPOSE, EtatBilan.VALIDE) else None
    bilan = Bilan(
        dossier=decor.dossiers[rang],
        exercice=2027,
        etat=etat,
        echeance=date(2028, 6, 30),
        textes={},
        depose_le=depose,
        **nombres,
    )
    db.session.add(bilan)
    db.session.flush()
    return bilan


def test_the_sums_and_their_quality(app: Flask, decor: DecorCopil) -> None:
    _bilan(decor, 0, EtatBilan.VALIDE, beneficiaires_reels=40, beneficiaires_qpv=30)
    _bilan(decor, 1, EtatBilan.DEPOSE, beneficiaires_reels=25, beneficiaires_femmes=20)
    attendu = _bilan(decor, 2, EtatBilan.EN_SAISIE, beneficiaires_reels=900)
    contrats = [decor.campagne.contrat_id]
    for vue in VUES:
        lus = resultats_actions(contrats, vue)
        t = lus.total
        assert (t.controles, t.declares, t.femmes, t.qpv) == (40, 25, 20, 30), vue
        assert (t.sans_femmes, t.sans_qpv, t.actions) == (1, 1, 3)
        if vue in ("quartier", "orientation", "annee"):
            assert sum(g.reels for g in lus.groupes) == 65
    assert resultats_actions(contrats, "annee", 2026).total.actions == 0
    assert resultats_actions([0], "annee").total.actions == 0
    avant = compter_requetes(lambda: resultats_actions(contrats, "quartier"))
    db.session.delete(attendu)
    db.session.flush()
    assert compter_requetes(lambda: resultats_actions(contrats, "quartier")) == avant
    assert db.session.query(DossierQuartier).count()
    db.session.commit()
    client = connecte(app, decor.coordo)
    for vue in (*VUES, "n’importe quoi"):
        page = client.get("/coordination/resultats", query_string={"vue": vue, "exercice": "²2"})
        assert page.status_code == 200 and "Personnes touchées" in page.text
    porteur = decor.dossiers[0].depose_par
    if porteur is not None:
        assert connecte(app, porteur).get("/coordination/resultats").status_code == 403
