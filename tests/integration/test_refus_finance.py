"""A refusal of the finance rooms keeps the page and what was typed, and says why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import TypeConvention
from aap.routes.compte.connexion import accueil_de
from aap.services import versement as versements
from aap.services.tranche import reste_a_planifier
from tests.integration.test_pages_finance import connecter
from tests.parcours.test_argent import PRINTEMPS, Monde, creer_monde, en_vigueur, notifier
from tests.parcours.test_argent import VOTE as MONTANT
from workflows.financement import EtatFinancement

VOTE = {"acte_type": "arrete", "acte_numero": "2026-94-0132", "acte_date": "2027-03-10"}


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        yield creer_monde()


@pytest.fixture
def anne(client: FlaskClient, monde: Monde) -> FlaskClient:
    return connecter(client, monde.anne)


def test_un_vote_trop_haut_garde_la_saisie(anne: FlaskClient, monde: Monde) -> None:
    page = anne.post(
        f"/finance/lignes/{monde.ligne.id}/enregistrer_vote",
        data={"version": monde.ligne.version, "montant": "90 000 000", **VOTE},
    )
    assert page.status_code == 409
    assert "dans l’enveloppe" in page.text and "90 000 000" in page.text.replace("\u202f", " ")
    assert 'value="2026-94-0132"' in page.text and 'id="resume-erreurs"' in page.text
    db.session.refresh(monde.ligne)
    assert monde.ligne.etat is EtatFinancement.ARBITRE


def test_une_page_perimee_garde_le_motif(anne: FlaskClient, monde: Monde) -> None:
    motif = "Le conseil a choisi une autre action pour ce quartier."
    adresse = f"/finance/lignes/{monde.ligne.id}/refuser_vote"
    page = anne.post(adresse, data={"version": monde.ligne.version - 1, "motif": motif})
    assert page.status_code == 409 and motif in page.text
    # What somebody else did has been told: the same text may now be sent.
    assert f'name="version" value="{monde.ligne.version}"' in page.text.replace(
        'type="hidden" ', ""
    )
    envoi = anne.post(adresse, data={"version": monde.ligne.version, "motif": motif})
    assert envoi.status_code == 303


def test_un_lot_de_votes_trop_haut_revient_avec_ses_montants(
    anne: FlaskClient, monde: Monde
) -> None:
    i = monde.ligne.id
    saisie = {"lignes": i, f"montant-{i}": "90000000", f"version-{i}": monde.ligne.version}
    page = anne.post("/finance/votes", data={**saisie, **VOTE, "etape": "enregistrer"})
    assert page.status_code == 409
    assert "dans l’enveloppe" in page.text and "90000000" in page.text
    assert 'value="2026-94-0132"' in page.text


def test_un_avenant_perime_garde_sa_saisie(anne: FlaskClient, monde: Monde) -> None:
    notifier(monde)
    convention = en_vigueur(monde, type_acte=TypeConvention.ANNUELLE)
    db.session.commit()
    objet = "Un deuxième groupe ouvre l’an prochain."
    page = anne.post(
        f"/finance/conventions/{convention.id}/avenants/nouveau",
        data={"version": convention.version - 1, "objet": objet},
    )
    assert page.status_code in (409, 422) and objet in page.text


def test_un_motif_trop_long_est_dit_pas_coupe(anne: FlaskClient, monde: Monde) -> None:
    notifier(monde)
    v = en_vigueur(monde).tranches[0].versements[0]
    versements.proposer(monde.bruno, v)
    db.session.commit()
    motif = "Le compte est clos. " * 26
    refus = anne.post(
        f"/finance/versements/{v.id}/rejeter", data={"version": v.version, "motif": motif}
    )
    assert refus.status_code == 422 and "dépasse de" in refus.text and motif.strip() in refus.text


def test_un_acte_devenu_impossible_rend_le_texte(anne: FlaskClient, monde: Monde) -> None:
    """Somebody notified the vote meanwhile: no form any more, but the words are given back."""
    notifier(monde)
    db.session.commit()
    motif = "Le conseil a choisi <b>une autre</b> action."
    page = anne.post(f"/finance/lignes/{monde.ligne.id}/refuser_vote", data={"motif": motif})
    assert page.status_code == 409 and "Ce que vous aviez écrit" in page.text
    assert "&lt;b&gt;une autre&lt;/b&gt;" in page.text
    assert "Ce que vous aviez écrit" not in anne.get("/finance/lignes/999999").text


def test_un_acte_d_un_autre_temps_est_refuse(anne: FlaskClient, monde: Monde) -> None:
    """A slip on the year would date the right to be paid wrongly."""
    saisie = {**VOTE, "acte_date": "1990-03-10", "version": monde.ligne.version}
    adresse = f"/finance/lignes/{monde.ligne.id}/enregistrer_vote"
    page = anne.post(adresse, data={**saisie, "montant": "8 000"})
    assert page.status_code == 422 and "trop ancienne" in page.text


def test_les_annees_d_une_cpo_ne_se_perdent_pas(anne: FlaskClient, monde: Monde) -> None:
    """An amount typed for next year is never dropped in silence, nor a year skipped."""
    notifier(monde)
    db.session.commit()
    adresse = f"/finance/lignes/{monde.ligne.id}/acte"
    parts = {"echeances-0-type": "unique", "echeances-0-part": "100", "echeances-0-mois": "6"}
    saisie = {"version": monde.ligne.version, **parts}
    arrete = anne.post(adresse, data={**saisie, "type": "arrete", "annee_2": "5 000"})
    assert arrete.status_code == 422 and "année de CPO" in arrete.text and "5 000" in arrete.text
    trou = anne.post(adresse, data={**saisie, "type": "cpo", "annee_3": "5 000"})
    assert trou.status_code == 422 and "se suivent" in trou.text
    assert 'href="#annee_2"' in trou.text


def test_un_agent_des_finances_arrive_dans_sa_piece(
    app: Flask, anne: FlaskClient, monde: Monde
) -> None:
    with app.test_request_context():
        assert accueil_de(monde.anne) == "/finance/"
        assert accueil_de(monde.sam) == "/porteur/"


def test_rien_a_planifier_ne_se_propose_pas(anne: FlaskClient, monde: Monde) -> None:
    notifier(monde)
    acte = en_vigueur(monde)
    tranche = acte.tranches[0]
    db.session.commit()
    lien = f"/finance/tranches/{tranche.id}/versement"
    assert lien not in anne.get(f"/finance/conventions/{acte.id}").text
    premier = tranche.versements[0]
    annule = anne.post(
        f"/finance/versements/{premier.id}/annuler",
        data={"version": premier.version, "motif": "Le bilan montre moins de dépenses."},
    )
    assert annule.status_code == 303
    assert lien in anne.get(f"/finance/conventions/{acte.id}").text


def test_un_versement_se_planifie_une_fois_et_a_venir(
    anne: FlaskClient, monde: Monde, session: Any
) -> None:
    """A double click plans one payment; a month gone by or a wrong century is told."""
    notifier(monde)
    tranche = en_vigueur(monde).tranches[0]
    for v in tranche.versements:
        versements.annuler(monde.anne, v, "Autre échéancier")
    db.session.commit()
    url = f"/finance/tranches/{tranche.id}/versement"
    champ = re.search(r'name="version"[^>]*value="(\d+)"', anne.get(url).text)
    assert champ is not None
    saisie = {"version": champ[1], "type": "solde", "montant": "3000"}
    for jour in ("01/01/1900", "28/02/2027", "31/12/2150"):
        refus = anne.post(url, data={**saisie, "prevu_le": jour})
        assert refus.status_code == 422 and "3000" in refus.text
        assert "est passé" in refus.text or "Vérifiez l’année" in refus.text
    codes = [
        anne.post(url, data={**saisie, "prevu_le": "30/06/2027"}).status_code for _ in range(2)
    ]
    assert codes == [303, 409]
    session.expire_all()
    assert reste_a_planifier(tranche) == MONTANT - 3_000_00


@pytest.mark.parametrize("numero", ["²²²", "=1+1"])
def test_un_numero_que_le_comptable_ne_peut_pas_rendre(
    anne: FlaskClient, monde: Monde, numero: str
) -> None:
    """The extraction is matched on this number: a sign that it cannot hold is refused."""
    notifier(monde)
    avance = en_vigueur(monde).tranches[0].versements[0]
    versements.proposer(monde.anne, avance)
    versements.valider(monde.bruno, avance)
    db.session.commit()
    saisie = {"version": avance.version, "numero_mandat": "M-12", "numero_ej": numero}
    page = anne.post(f"/finance/versements/{avance.id}/mandater", data=saisie)
    assert page.status_code == 422 and "sans signe particulier" in page.text
