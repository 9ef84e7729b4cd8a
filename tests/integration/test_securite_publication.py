"""Until publication not a byte of what a porteur receives depends on the decision."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from werkzeug.test import TestResponse

from aap.extensions import db
from aap.models import Courriel, Depot, Dossier, SensDecision
from aap.permissions import charger_acteur
from aap.services.arbitrage import arbitrer
from aap.services.decision import decider, revenir_sur_decision
from aap.services.depot import contenu_depose, retirer_dossier
from aap.services.empreinte import empreinte
from tests.outils_copil import DecorCopil, lignes, planter_copil, seance_prete
from tests.outils_porteur import connecte
from workflows.financement import EtatFinancement

MOTIF = "Les crédits ne suffisent pas."
DECISIONS: list[tuple[SensDecision, dict[str, Any]]] = [
    (SensDecision.PROGRAMMER, {}),
    (SensDecision.REJETER, {"motif": MOTIF}),
    (SensDecision.AJOURNER, {"motif": MOTIF}),
    (SensDecision.LISTE_ATTENTE, {"rang_attente": 1}),
]


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    decor = planter_copil(dossiers=3)
    for dossier in decor.dossiers:
        contenu = contenu_depose(dossier)
        dossier.depots.append(
            Depot(
                numero_depot=1,
                contenu=contenu,
                sha256=empreinte(contenu),
                depose_le=dossier.depose_le,
                depose_par_id=decor.porteur.id,
            )
        )
    session.flush()
    return decor


def _adresses(app: Flask, dossier_id: int) -> list[str]:
    """Every reading page of the porteur's room, and the explorer's, about this dossier or none."""
    adresses = []
    with app.test_request_context():
        for regle in app.url_map.iter_rules():
            dedans = regle.endpoint.split(".")[0] in ("porteur", "compte", "public")
            if not dedans or "GET" not in (regle.methods or ()):
                continue
            if regle.arguments <= {"dossier_id"}:
                valeurs = {"dossier_id": dossier_id} if regle.arguments else {}
                adresses.append(regle.build(valeurs)[1])  # type: ignore[index]
    return sorted(a for a in adresses if "jeton" not in a and "sur-place" not in a)


def _texte(reponse: TestResponse) -> str:
    if reponse.mimetype == "application/pdf":
        return "\n".join(p.extract_text() for p in PdfReader(BytesIO(reponse.data)).pages)
    if "spreadsheet" in reponse.mimetype:
        return ""
    # Tokens are drawn for each answer.
    return re.sub(r'name="csrf_token"[^>]*>|hx-headers=.[^>]*>', "", reponse.text)


def _lire(client: FlaskClient, adresses: list[str]) -> dict[str, tuple[int, str]]:
    pages = {}
    for adresse in adresses:
        reponse = client.get(adresse)
        texte = _texte(reponse)
        pages[adresse] = (reponse.status_code, texte)
    return pages


@pytest.mark.parametrize(("sens", "mots"), DECISIONS)
def test_no_page_changes_when_the_committee_decides(
    app: Flask, decor: DecorCopil, sens: SensDecision, mots: dict[str, Any]
) -> None:
    seance = seance_prete(decor)
    dossier = decor.dossiers[0]
    adresses = _adresses(app, dossier.id)
    assert len(adresses) > 15
    client = connecte(app, decor.porteur)
    avant = _lire(client, adresses)
    assert avant[f"/porteur/dossiers/{dossier.id}/suivi"][0] == 200
    dossier = db.session.get_one(Dossier, dossier.id)
    arbitrer(decor.acteur, lignes(dossier)[0], 200_000, decor.env_etat)
    decider(decor.acteur, seance, dossier, sens, **mots)
    db.session.commit()
    apres = _lire(client, adresses)
    siens = db.select(Courriel.id).where(Courriel.destinataire == decor.porteur.courriel)
    assert db.session.scalars(siens).all() == []
    assert {a for a in adresses if avant[a] != apres[a]} == set()


@pytest.mark.parametrize("sens", [SensDecision.PROGRAMMER, SensDecision.REJETER])
def test_withdrawing_does_not_reveal_an_unpublished_decision(
    app: Flask, decor: DecorCopil, sens: SensDecision
) -> None:
    """The same page whether the committee had kept or refused the action."""
    seance = seance_prete(decor)
    dossier = decor.dossiers[0]
    arbitrer(decor.acteur, lignes(dossier)[0], 200_000, decor.env_etat)
    decider(decor.acteur, seance, dossier, sens, motif=MOTIF)
    retirer_dossier(charger_acteur(decor.porteur), dossier, motif="Nous renonçons.")
    page = connecte(app, decor.porteur).get(f"/porteur/dossiers/{dossier.id}").text
    aides = page.partition('id="aides"')[2].partition("</section>")[0]
    assert aides.count(EtatFinancement.RENONCE.libelle("porteur")) == 2
    assert EtatFinancement.REFUSE.libelle("porteur") not in aides
    assert MOTIF not in page


def test_going_back_on_a_decision_leaves_no_trace_for_the_porteur(
    app: Flask, decor: DecorCopil
) -> None:
    seance = seance_prete(decor)
    dossier = decor.dossiers[1]
    client, adresse = connecte(app, decor.porteur), f"/porteur/dossiers/{dossier.id}"
    avant = _lire(client, [adresse, "/porteur/"])
    decider(decor.acteur, seance, dossier, SensDecision.REJETER, motif=MOTIF)
    revenir_sur_decision(decor.acteur, seance, dossier)
    db.session.commit()
    assert _lire(client, [adresse, "/porteur/"]) == avant


def test_no_post_opens_an_agents_page_to_the_porteur(app: Flask, decor: DecorCopil) -> None:
    """A refused form must not come back on a page that its sender could not have opened."""
    seance = seance_prete(decor)
    dossier = decor.dossiers[0]
    decider(decor.acteur, seance, dossier, SensDecision.REJETER, motif=MOTIF)
    ligne = lignes(dossier)[0].id
    objets = {"dossier_id": dossier.id, "financement_id": ligne, "seance_id": seance.id}
    objets |= {"campagne_id": decor.campagne.id, "declencheur": "rejeter", "acte": "ouvrir"}
    adresses = []
    with app.test_request_context():
        for regle in app.url_map.iter_rules():
            agents = regle.endpoint.split(".")[0] in ("instruction", "copil", "coordination")
            if not agents or "POST" not in (regle.methods or ()):
                continue
            if regle.arguments <= set(objets):
                valeurs = {nom: objets[nom] for nom in regle.arguments}
                adresses.append(regle.build(valeurs)[1])  # type: ignore[index]
    client = connecte(app, decor.porteur)
    for adresse in adresses:
        for donnees in ({}, {"texte": ""}, {"texte": "x" * 6000}):
            reponse = client.post(adresse, data=donnees)
            assert reponse.status_code in (403, 404), (adresse, reponse.status_code)
            assert MOTIF not in reponse.text
