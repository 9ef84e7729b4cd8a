"""Saves made while writing, stale pages of every kind, sign-in on the spot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from aap.domaine.horloge import horloge_fixee
from aap.models import Bilan, Dossier, Reponse, SessionConnexion
from aap.services import dossier as ecrire
from aap.services import organisme as orga
from aap.services.hachage import hacher_mot_de_passe
from tests.integration.test_pages_finance import connecter
from tests.outils_porteur import Decor, connecte, dossier_complet, planter
from tests.parcours.test_argent import (
    BILAN,
    ETE,
    PRINTEMPS,
    Monde,
    creer_monde,
    en_vigueur,
    notifier,
    payer,
)

AUTO = {"X-Enregistrement": "auto", "Accept": "application/json"}
PASSE = "figuier-passerelle-2030"


def cache(texte: str, nom: str) -> str:
    trouve = re.search(rf'name="{nom}"[^>]*value="([^"]*)"', texte)
    assert trouve is not None
    return trouve[1]


@pytest.fixture
def decor(session: Any) -> Decor:
    d = planter()
    d.signataire.mot_de_passe = hacher_mot_de_passe(PASSE)
    return d


def test_rubrique_gardee_en_ecrivant(app: Flask, session: Any, decor: Decor) -> None:
    dossier = dossier_complet(decor)
    mina = connecte(app, decor.signataire)
    url = f"/porteur/dossiers/{dossier.id}/rubriques/indicateurs"
    empreinte = cache(mina.get(url).text, "empreinte")
    champs = {"lignes-0-libelle": "Enfants suivis", "lignes-0-cible": "50", "action": "rester"}
    garde = mina.post(url, data={**champs, "empreinte": empreinte}, headers=AUTO)
    assert garde.status_code == 200 and "Enregistré à" in garde.json["message"]
    neuve = garde.json["marques"]["empreinte"]
    assert neuve == cache(mina.get(url).text, "empreinte") != empreinte
    assert "C’est enregistré" not in mina.get(url).text  # no notice for a save that she did not ask
    perime = mina.post(url, data={**champs, "empreinte": empreinte}, headers=AUTO)
    assert perime.status_code == 409 and perime.json["conflit"] is True
    anonyme = app.test_client().post(url, data=champs, headers=AUTO)
    assert anonyme.status_code == 401


def test_page_perimee_sans_script_montre_les_deux(app: Flask, session: Any, decor: Decor) -> None:
    dossier = dossier_complet(decor)
    mina = connecte(app, decor.signataire)
    url = f"/porteur/dossiers/{dossier.id}/rubriques/financeurs"
    page = mina.get(url).text
    nom = f"aide-{decor.etat.id}-credits_specifiques"
    champs = {"empreinte": cache(page, "empreinte"), nom: "9 000"}
    assert nom in page
    ecrire.demander_financement(decor.acteur, dossier, decor.etat, 700_000)
    session.commit()
    refus = mina.post(url, data=champs)
    assert refus.status_code == 409
    texte = refus.text.replace("\u202f", " ").replace("\xa0", " ")
    assert "9 000" in texte and "7 000" in texte and "Ce qui est enregistré" in texte
    assert (
        mina.post(url, data={**champs, "empreinte": cache(refus.text, "empreinte")}).status_code
        == 303
    )


def test_ce_qui_ne_se_lit_pas_est_dit(app: Flask, session: Any, decor: Decor) -> None:
    dossier = dossier_complet(decor)
    mina = connecte(app, decor.signataire)
    url = f"/porteur/dossiers/{dossier.id}/rubriques/financeurs"
    nom = f"aide-{decor.etat.id}-credits_specifiques"
    champs = {"empreinte": cache(mina.get(url).text, "empreinte"), nom: "mille"}
    refus = mina.post(url, data=champs, headers=AUTO)
    assert refus.status_code == 422 and refus.json["problemes"]


def test_texte_garde_deux_fois_par_la_meme_personne(app: Flask, session: Any, decor: Decor) -> None:
    """Two tabs of one person are two writers: the stale one is refused."""
    dossier = ecrire.creer_dossier(decor.acteur, decor.organisme, decor.campagne)
    mina = connecte(app, decor.signataire)
    url = f"/porteur/dossiers/{dossier.id}/reponses/besoin"
    assert mina.post(url, json={"valeur": "Un", "version": 0}).status_code == 200
    assert mina.post(url, json={"valeur": "Un", "version": 0}).status_code == 200
    autre = mina.post(url, json={"valeur": "Deux", "version": 0})
    assert autre.status_code == 409 and "vous-même" in autre.json["auteur"]
    assert session.get(Reponse, (dossier.id, "besoin")).valeur == "Un"


@pytest.mark.parametrize(
    ("choix", "attendu"),
    [("mien", "Léa"), ("autre", "Mina"), ("deux", "Léa\n\nMina"), ("²", "Léa")],
)
def test_choix_sans_script(
    app: Flask, session: Any, decor: Decor, choix: str, attendu: str
) -> None:
    dossier = ecrire.creer_dossier(decor.acteur, decor.organisme, decor.campagne)
    lea = orga.inviter_membre(decor.acteur, decor.organisme, "lea@exemple.fr").utilisateur
    client = connecte(app, lea)
    ecrire.enregistrer_reponse(decor.acteur, dossier, "public", "Mina")
    url = f"/porteur/dossiers/{dossier.id}/rubriques/publics"
    envoi = {"public": "Léa", "version_public": "0"}
    conflit = client.post(url, data=envoi)
    assert conflit.status_code == 409 and "Texte de Mina Exemple, à" in conflit.text
    envoi |= {"version_public": "1", "garder_public": choix}
    assert client.post(url, data=envoi).status_code == 303
    session.expire_all()
    assert session.get(Reponse, (dossier.id, "public")).valeur == attendu


def test_choix_sur_un_texte_encore_change(app: Flask, session: Any, decor: Decor) -> None:
    dossier = ecrire.creer_dossier(decor.acteur, decor.organisme, decor.campagne)
    lea = orga.inviter_membre(decor.acteur, decor.organisme, "lea@exemple.fr").utilisateur
    client = connecte(app, lea)
    for texte in ("Un", "Deux"):
        ecrire.enregistrer_reponse(decor.acteur, dossier, "public", texte)
    url = f"/porteur/dossiers/{dossier.id}/rubriques/publics"
    envoi = {"public": "Léa", "version_public": "1", "garder_public": "autre"}
    assert client.post(url, data=envoi).status_code == 409
    session.expire_all()
    assert session.get(Reponse, (dossier.id, "public")).valeur == "Deux"


def _entrer(client: FlaskClient, **corps: Any) -> Any:
    return client.post("/connexion/sur-place", json=corps)


def test_connexion_sur_place(app: Flask, session: Any, decor: Decor) -> None:
    lea = orga.inviter_membre(decor.acteur, decor.organisme, "lea@exemple.fr").utilisateur
    lea.mot_de_passe = hacher_mot_de_passe(PASSE)
    lea.confirme_le = decor.signataire.confirme_le
    session.commit()
    moi, adresse, autre = decor.signataire.id, decor.signataire.courriel, lea.courriel
    client = app.test_client()
    assert client.get("/connexion/sur-place").json["jeton"]
    faux = _entrer(client, courriel=adresse, mot_de_passe="faux", utilisateur=moi)
    assert faux.status_code == 422 and "aucun compte" in faux.json["message"]
    autrui = _entrer(client, courriel=autre, mot_de_passe=PASSE, utilisateur=moi)
    assert autrui.status_code == 409 and "pas celui qui écrivait" in autrui.json["message"]
    assert session.scalars(select(SessionConnexion)).all() == []
    session.commit()
    assert _entrer(client, courriel=3, mot_de_passe=None, utilisateur="x").status_code == 422
    bonne = _entrer(client, courriel=adresse, mot_de_passe=PASSE, utilisateur=moi)
    assert bonne.status_code == 200 and bonne.json["jeton"]
    assert client.get("/porteur/jeton").json["utilisateur"] == moi


@pytest.fixture
def monde_bilan(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
        notifier(m)
        acte = en_vigueur(m)
    with horloge_fixee(ETE):
        for v in acte.tranches[0].versements:
            payer(m, v)
    with horloge_fixee(BILAN):
        yield m


def test_bilan_garde_en_ecrivant(app: Flask, session: Any, monde_bilan: Monde) -> None:
    bilan = session.scalars(select(Bilan)).one()
    url, version = f"/porteur/bilans/{bilan.id}", bilan.version
    sam = connecter(app.test_client(), monde_bilan.sam)
    corps = {"version": version, "publics": "Des voisins", "beneficiaires_femmes": "une dizaine"}
    garde = sam.post(url, data=corps, headers=AUTO)
    assert garde.status_code == 200, garde.text
    assert int(garde.json["marques"]["version"]) > version
    page = sam.get(url).text
    assert "Des voisins" in page and "une dizaine" in page and "nombre entier" in page
    assert "«\xa0Dont femmes et filles\xa0»" in sam.get(f"{url}/verification").text
    perime = sam.post(url, data=corps | {"publics": "Autre"}, headers=AUTO)
    assert perime.status_code == 409 and perime.json["conflit"] is True


def test_bilan_perime_sans_script(app: Flask, session: Any, monde_bilan: Monde) -> None:
    bilan = session.scalars(select(Bilan)).one()
    ligne = bilan.lignes[0].id
    url, version = f"/porteur/bilans/{bilan.id}", bilan.version
    sam = connecter(app.test_client(), monde_bilan.sam)
    premier = {"publics": "Premier", f"ligne-{ligne}": "100", f"explication-{ligne}": "Parce que"}
    assert sam.post(url, data={"version": version, **premier}).status_code == 303
    second = {"publics": "Second", f"ligne-{ligne}": "200", f"explication-{ligne}": "Parce que"}
    conflit = sam.post(url, data={"version": version, **second})
    assert conflit.status_code == 409
    assert "Premier" in conflit.text and "Second" in conflit.text
    choix = {
        "version": cache(conflit.text, "version"),
        "publics": "Second",
        "garder_publics": "autre",
        f"ligne-{ligne}": "200",
        f"explication-{ligne}": cache(conflit.text, f"explication-{ligne}"),
    }
    assert sam.post(url, data=choix).status_code == 303
    session.expire_all()
    assert bilan.textes["publics"] == "Premier"
    assert (bilan.lignes[0].saisie, bilan.lignes[0].explication) == ("200", "Parce que")
    assert session.scalars(select(Dossier)).one()
