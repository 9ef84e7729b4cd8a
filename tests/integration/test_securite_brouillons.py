"""A draft belongs to its porteur alone: no agent's page says a word of its content."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from aap.extensions import db
from aap.models import Dossier
from tests.outils_copil import DecorCopil, R, ajouter_dossier, habilite, lignes, planter_copil
from tests.outils_porteur import connecte
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

SALLES = ("instruction", "copil", "coordination", "finance", "avis", "admin", "technique")
SECRET = "Cirque des étoiles"


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil(dossiers=1)


def _brouillon(decor: DecorCopil, etat: EtatDossier) -> Dossier:
    dossier = ajouter_dossier(decor, 7, etat=etat)
    dossier.intitule, dossier.depose_le, dossier.numero = SECRET, None, None
    for ligne in dossier.financements:
        ligne.etat = EtatFinancement.SOLLICITE
        ligne.montant_propose = None
    db.session.flush()
    return dossier


def _adresses(app: Flask, methode: str, **objets: int | str) -> list[str]:
    adresses = []
    with app.test_request_context():
        for regle in app.url_map.iter_rules():
            dedans = regle.endpoint.split(".")[0] in SALLES and methode in (regle.methods or ())
            if dedans and regle.arguments <= set(objets):
                valeurs = {nom: objets[nom] for nom in regle.arguments}
                adresses.append(regle.build(valeurs)[1])  # type: ignore[index]
    return sorted(adresses)


@pytest.mark.lent
@pytest.mark.parametrize(
    "etat", [EtatDossier.BROUILLON, EtatDossier.EN_ATTENTE_SIGNATURE, EtatDossier.CADUC]
)
def test_no_page_of_an_agent_speaks_of_a_draft(
    app: Flask, decor: DecorCopil, etat: EtatDossier
) -> None:
    for role, financeur in ((R.INSTRUCTEUR, decor.etat), (R.FINANCE, decor.etat), (R.COPIL, None)):
        habilite(decor.coordo, role, decor.contrat, financeur)
    dossier = _brouillon(decor, etat)
    objets: dict[str, int | str] = {
        "dossier_id": dossier.id,
        "financement_id": lignes(dossier)[0].id,
        "campagne_id": decor.campagne.id,
    }
    client = connecte(app, decor.coordo)
    fuites = set()
    for declencheur in ("rendre_avis", "prendre_en_charge", "declarer_irrecevable", "vote"):
        for adresse in _adresses(app, "GET", declencheur=declencheur, **objets):
            if SECRET in client.get(adresse).text:
                fuites.add(adresse)
        for adresse in _adresses(app, "POST", declencheur=declencheur, **objets):
            if SECRET in client.post(adresse, data={"texte": ""}).text:
                fuites.add(adresse)
    assert fuites == set()
