"""Pages of the avenants, for the funder and for the porteur; papers of the payments."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import Avenant, Convention, TypeConvention
from aap.services import avenant as service
from aap.services import bilan as bilans
from aap.services import reversement as reversements
from tests import fabriques as f
from tests.integration.test_avenants import convention_de, cpo_de, saisir, signer
from tests.integration.test_pages_finance import connecter
from tests.parcours.test_argent import (
    BILAN,
    ETE,
    PRINTEMPS,
    VOTE,
    Monde,
    bilan_de,
    creer_monde,
    en_vigueur,
    notifier,
    payer,
    remplir,
)
from workflows.avenant import EtatAvenant


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        yield creer_monde()


@pytest.fixture
def anne(client: FlaskClient, monde: Monde) -> FlaskClient:
    return connecter(client, monde.anne)


def poster(client: FlaskClient, url: str, cible: Any, /, **champs: Any) -> Any:
    """Send a form of the page as it is now."""
    db.session.refresh(cible)
    return client.post(url, data={"version": cible.version, **champs})


def texte(reponse: Any) -> str:
    assert reponse.status_code == 200 and reponse.mimetype == "application/pdf"
    pages = PdfReader(BytesIO(reponse.data)).pages
    return " ".join(" ".join(p.extract_text() for p in pages).split())


def test_de_la_saisie_a_la_signature(
    anne: FlaskClient, monde: Monde, app: Flask, session: Any
) -> None:
    m = monde
    cpo = cpo_de(m)
    session.commit()
    assert "Préparer un avenant" in anne.get(f"/finance/conventions/{cpo.id}").text
    url = f"/finance/conventions/{cpo.id}/avenants/nouveau"
    page = anne.get(url)
    assert page.status_code == 200 and "Ajouter l’exercice 2030" in page.text
    champs = {
        "objet": "Un second lieu <b>ouvre</b>",
        "tranches-0-exercice": "2027",
        "tranches-0-montant": "11 000,01",
        "tranches-1-exercice": "2028",
        "tranches-1-montant": "8 500",
        "tranches-1-objectifs": "Ouvrir un second lieu.",
        "tranches-2-exercice": "2029",
        "tranches-2-montant": "8 000",
        "nouveau_montant": "4 000",
    }
    for mauvais in ({"tranches-0-montant": "²"}, {"tranches-1-montant": ""}, {"objet": ""},
                    {"acte_date": "31/02/2027"}, {"tranches-0-exercice": "²"},
                    {"acte_type": "autre"}):  # fmt: skip
        refus = poster(anne, url, cpo, **{**champs, **mauvais})
        assert refus.status_code == 422, mauvais
        assert "8 500" in refus.text or "tranches-1-montant" in mauvais, "rien n’est perdu"
    fait = poster(anne, url, cpo, **champs)
    assert fait.status_code == 303
    avenant = session.scalars(select(Avenant)).one()
    adresse = f"/finance/avenants/{avenant.id}"
    lue = anne.get(adresse)
    assert "31 500" in lue.text.replace("\u202f", " ") and "&lt;b&gt;ouvre" in lue.text
    assert "doit être votée" in lue.text, "le bouton dit ce qui manque"
    assert "avenants" in anne.get("/finance/").text
    assert anne.get(f"{adresse}/modifier").status_code == 200
    vote = {"acte_type": "deliberation", "acte_numero": "D-9", "acte_date": "2027-03-12"}
    assert poster(anne, f"{adresse}/modifier", avenant, **champs, **vote).status_code == 303
    sam = connecter(app.test_client(), m.sam)
    assert sam.get(f"/porteur/avenants/{avenant.id}").status_code == 403, "un projet se prépare"
    assert poster(anne, f"{adresse}/envoyer_a_la_signature", avenant).status_code == 303
    assert "Signer l’avenant n° 1" in sam.get("/porteur/").text
    lue = sam.get(f"/porteur/avenants/{avenant.id}")
    assert lue.status_code == 200 and "Montant voté" not in lue.text
    assert poster(sam, f"/porteur/avenants/{avenant.id}/signer", avenant).status_code == 422
    reponse = poster(sam, f"/porteur/avenants/{avenant.id}/signer", avenant, accord="y")
    assert reponse.status_code == 303
    assert poster(sam, f"/porteur/avenants/{avenant.id}/signer", avenant).status_code == 409
    page = anne.get(f"{adresse}/signer_financeur")
    assert "au nom du financeur" in page.text and "mon organisme" not in page.text
    reponse = poster(anne, f"{adresse}/signer_financeur", avenant, accord="y")
    assert reponse.status_code == 303
    session.expire_all()
    assert avenant.etat is EtatAvenant.SIGNE and m.ligne.montant_vote == 11_000_01
    assert poster(anne, f"{adresse}/modifier", avenant, **champs).status_code == 409
    assert "Modifié" in anne.get(adresse).text
    pdf = texte(sam.get(f"/porteur/avenants/{avenant.id}/document.pdf"))
    assert "Avenant n° 1" in pdf and "Ouvrir un second lieu" in pdf and "2030" in pdf
    ancien = texte(anne.get(f"/finance/conventions/{cpo.id}/document.pdf"))
    assert "10 000,01" in ancien.replace("\u202f", " "), "la convention signée ne change pas"
    assert "Avenant n° 1" in sam.get(f"/porteur/conventions/{cpo.id}").text


def test_correction_demandee_par_le_porteur(monde: Monde, app: Flask, session: Any) -> None:
    m = monde
    convention = convention_de(m)
    avenant = service.preparer_avenant(m.anne, convention, saisir((2027, 9_000_00)))
    service.envoyer_a_la_signature(m.anne, avenant)
    session.commit()
    sam = connecter(app.test_client(), m.sam)
    url = f"/porteur/avenants/{avenant.id}/correction"
    assert poster(sam, url, avenant, motif=" ").status_code == 422
    assert poster(sam, url, avenant, motif="Le montant est faux").status_code == 303
    session.expire_all()
    assert avenant.etat is EtatAvenant.PROJET


def test_chacun_chez_soi(monde: Monde, app: Flask, session: Any) -> None:
    m = monde
    convention = convention_de(m)
    avenant = service.preparer_avenant(m.anne, convention, saisir((2027, 9_000_00)))
    service.envoyer_a_la_signature(m.anne, avenant)
    etrangere = f.acteur(f.utilisateur("Autre", "Personne"))
    f.organisme(signataire=db.session.merge(f.utilisateur("Encore", "Une")))
    session.commit()
    tranche = convention.tranches[0]
    for acteur in (etrangere, m.sam):
        client = connecter(app.test_client(), acteur)
        for suite in ("", "/modifier", "/signer_financeur", "/document.pdf"):
            assert client.get(f"/finance/avenants/{avenant.id}{suite}").status_code == 403
        nouveau = f"/finance/conventions/{convention.id}/avenants/nouveau"
        assert client.get(nouveau).status_code == 403
        assert client.get(f"/finance/tranches/{tranche.id}/etat-versements.pdf").status_code == 403
    client = connecter(app.test_client(), etrangere)
    for suite in (f"avenants/{avenant.id}", f"avenants/{avenant.id}/document.pdf",
                  f"tranches/{tranche.id}/etat-versements.pdf"):  # fmt: skip
        assert client.get(f"/porteur/{suite}").status_code == 403
    assert client.post(f"/porteur/avenants/{avenant.id}/signer").status_code == 403
    assert client.get("/finance/avenants/99999").status_code == 404


def test_arrete_sans_avenant(anne: FlaskClient, monde: Monde, session: Any) -> None:
    notifier(monde)
    arrete = en_vigueur(monde)
    session.commit()
    assert "Préparer un avenant" not in anne.get(f"/finance/conventions/{arrete.id}").text
    page = anne.get(f"/finance/conventions/{arrete.id}/avenants/nouveau")
    assert page.status_code == 409 and "arrêté n’a pas d’avenant" in page.text


def test_etat_des_versements(anne: FlaskClient, monde: Monde, app: Flask, session: Any) -> None:
    m = monde
    convention = convention_de(m)
    with horloge_fixee(ETE):
        payer(m, convention.tranches[0].versements[0], "M-77")
    session.commit()
    tranche = convention.tranches[0]
    lien = f"/finance/tranches/{tranche.id}/etat-versements.pdf"
    assert lien in anne.get(f"/finance/conventions/{convention.id}").text
    versement = tranche.versements[0]
    assert lien in anne.get(f"/finance/versements/{versement.id}").text
    agent = texte(anne.get(lien)).replace("\u202f", " ").replace("\u00a0", " ")
    assert "M-77" in agent and "8 000,01 €" in agent and "proposé par" in agent
    sam = connecter(app.test_client(), m.sam)
    chez_elle = f"/porteur/tranches/{tranche.id}/etat-versements.pdf"
    assert chez_elle in sam.get(f"/porteur/conventions/{convention.id}").text
    sien = texte(sam.get(chez_elle))
    assert "M-77" in sien and "proposé par" not in sien


def test_papier_du_reversement(monde: Monde, app: Flask, session: Any) -> None:
    m = monde
    notifier(m)
    convention = en_vigueur(m)
    assert convention.type is TypeConvention.ARRETE
    with horloge_fixee(ETE):
        for v in convention.tranches[0].versements:
            payer(m, v, f"M-{v.rang}")
    with horloge_fixee(BILAN):
        bilan = bilan_de(m, session)
        remplir(m, bilan, realise=40)
        bilans.deposer_bilan(m.sam, bilan)
        reversements.valider_bilan(m.anne, bilan)
        compte = reversements.decompte(bilan, m.ligne)
        demande = reversements.demander_reversement(
            m.anne, bilan, m.ligne, compte.a_reverser, "Action réduite", list(compte.etapes)
        )
        session.commit()
        anne = connecter(app.test_client(), m.anne)
        lien = f"/finance/reversements/{demande.id}/document.pdf"
        assert lien in anne.get(f"/finance/bilans/{bilan.id}").text
        pdf = texte(anne.get(lien)).replace("\u202f", " ").replace("\u00a0", " ")
        assert "Décision de reversement" in pdf and "6 000,01 €" in pdf and "Action réduite" in pdf
        sam = connecter(app.test_client(), m.sam)
        chez_elle = f"/porteur/reversements/{demande.id}/document.pdf"
        assert chez_elle in sam.get(f"/porteur/bilans/{bilan.id}").text
        assert "observations par écrit jusqu’au" in texte(sam.get(chez_elle))
        assert sam.get(lien).status_code == 403


def test_un_avenant_signe_se_relit(anne: FlaskClient, monde: Monde, session: Any) -> None:
    """The page of a signed avenant shows what was signed, whatever comes next."""
    m = monde
    convention = convention_de(m)
    premier = service.preparer_avenant(m.anne, convention, saisir((2027, 9_000_00)))
    signer(m, premier)
    signer(m, service.preparer_avenant(m.anne, convention, saisir((2027, 8_500_00))))
    session.commit()
    page = anne.get(f"/finance/avenants/{premier.id}").text.replace("\u202f", " ")
    assert "10 000,01" in page and "9 000" in page and "8 500" not in page
    liste = anne.get(f"/finance/conventions/{convention.id}").text
    assert "Avenant n° 1" in liste and "Avenant n° 2" in liste
    assert session.get(Convention, convention.id).tranches[0].montant == 8_500_00 != VOTE


def test_un_versement_au_dela_du_bilan_est_dit(monde: Monde, app: Flask, session: Any) -> None:
    """A balance larger than what the bilan leaves due is shown before it is proposed."""
    m = monde
    notifier(m)
    avance, solde = en_vigueur(m).tranches[0].versements
    with horloge_fixee(ETE):
        payer(m, avance, "M-1")
        session.commit()
        anne = connecter(app.test_client(), m.anne)
        assert "dépasse ce qui est dû" not in anne.get(f"/finance/versements/{solde.id}").text
    with horloge_fixee(BILAN):
        bilan = bilan_de(m, session)
        remplir(m, bilan, realise=40)
        bilans.deposer_bilan(m.sam, bilan)
        session.commit()
        anne = connecter(app.test_client(), m.anne)
        for chemin in ("", "/proposer"):
            page = anne.get(f"/finance/versements/{solde.id}{chemin}").text
            assert "dépasse ce qui est dû" in page, chemin
        assert reversements.depassement_du_bilan(avance) == "", "paid: nothing to weigh"
