"""Pages of the porteur: who opens them, what they say, how many queries they cost."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import Depot, Dossier, Fichier, OrigineCredits, Reponse
from aap.services import depot as deposer
from aap.services import dossier as ecrire
from aap.services import organisme as orga
from tests.outils_porteur import (
    compter_requetes,
    connecte,
    dossier_complet,
    pdf,
    personne,
    planter,
)
from workflows.dossier import EtatDossier

RUBRIQUES = (
    "presentation",
    "orientation",
    "quartiers",
    "besoins",
    "description",
    "publics",
    "principes",
    "moyens",
    "calendrier",
    "indicateurs",
    "financeurs",
    "budget",
    "pieces",
    "attestations",
)
PAGES_ORGANISME = ("", "/modifier", "/membres", "/quitter", "/engagement", "/documents")


def _cache(page: str, nom: str) -> str:
    """Value of a hidden field of the page."""
    champ = BeautifulSoup(page, "html.parser").find("input", attrs={"name": nom})
    assert champ is not None, nom
    return str(champ["value"])


def test_toutes_les_pages(app, session) -> None:
    d = planter("<script>alert(1)</script>")
    dossier = dossier_complet(d)
    ecrire.enregistrer_reponse(d.acteur, dossier, "intitule", "<img src=x onerror=alert(2)>")
    ecrire.joindre_piece(d.acteur, dossier, "devis.pdf", pdf(), "<b>Devis</b>")
    client = connecte(app, d.signataire)
    base, orga_url = f"/porteur/dossiers/{dossier.id}", f"/porteur/organismes/{d.organisme.id}"
    adresses = [
        "/porteur/",
        "/porteur/organismes/nouveau",
        f"/porteur/dossiers/nouveau?campagne={d.campagne.id}",
        base,
        f"{base}/verification",
        f"{base}/retirer",
        *(f"{base}/rubriques/{code}" for code in RUBRIQUES),
        *(f"{orga_url}{suite}" for suite in PAGES_ORGANISME),
    ]
    for adresse in adresses:
        reponse = client.get(adresse)
        assert reponse.status_code == 200, adresse
        assert "<script>alert(1)" not in reponse.text and "<img src=x" not in reponse.text, adresse
        assert "<b>Devis" not in reponse.text
        assert " style=" not in reponse.text and "onclick" not in reponse.text, adresse
        lu = BeautifulSoup(reponse.text, "html.parser").get_text()
        assert not re.search(r"\w [?!;:»]|« ", lu), (adresse, re.findall(r".*\w [?!;:»]", lu))
    pdf_dossier = client.get(f"{base}/dossier.pdf")
    assert pdf_dossier.data.startswith(b"%PDF") and pdf_dossier.status_code == 200
    deposer.transmettre(d.acteur, dossier)
    assert "Financeur" in client.get(base).text
    for code in RUBRIQUES:
        assert client.get(f"{base}/rubriques/{code}").status_code == 200


def test_les_autres_n_entrent_pas(app, session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    piece = ecrire.joindre_piece(d.acteur, dossier, "devis.pdf", pdf())
    db.session.flush()
    base, fichier = f"/porteur/dossiers/{dossier.id}", f"/fichiers/{piece.fichier_id}"
    anonyme = app.test_client()
    inconnu = connecte(app, personne("Zoe"))
    lectures = [base, f"{base}/verification", f"{base}/dossier.pdf", f"{base}/suivi", fichier]
    lectures += [f"{base}/rubriques/{c}" for c in RUBRIQUES]
    lectures += [f"/porteur/organismes/{d.organisme.id}{s}" for s in PAGES_ORGANISME]
    for adresse in lectures:
        assert inconnu.get(adresse).status_code == 403, adresse
        assert anonyme.get(adresse).status_code == 303, adresse
    ecritures = ["transmettre", "demander-signature", "reprendre", "retirer", "messages"]
    ecritures += [f"rubriques/{c}" for c in RUBRIQUES]
    for suite in ecritures:
        assert inconnu.post(f"{base}/{suite}").status_code == 403, suite
    assert inconnu.post(f"/porteur/pieces/{piece.id}/retirer").status_code == 403
    for adresse in ("/porteur/dossiers/999999", "/fichiers/999999", f"{base}/rubriques/x"):
        assert connecte(app, d.signataire).get(adresse).status_code == 404


def test_fichier_servi_sans_danger(app, session) -> None:
    d = planter()
    piece = ecrire.joindre_piece(
        d.acteur, dossier_complet(d), "../é\r\nSet-Cookie: x=1; .pdf", pdf()
    )
    session.flush()
    reponse = connecte(app, d.signataire).get(f"/fichiers/{piece.fichier_id}")
    assert reponse.data.startswith(b"%PDF")
    assert reponse.headers["X-Content-Type-Options"] == "nosniff"
    assert reponse.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in reponse.headers["Content-Security-Policy"]
    assert "Set-Cookie: x" not in str(reponse.headers)


def test_requetes_constantes(app, session) -> None:
    d = planter()
    premier = dossier_complet(d)
    client = connecte(app, d.signataire)
    pages = ["/porteur/", f"/porteur/dossiers/{premier.id}"]
    pages += [f"/porteur/dossiers/{premier.id}/rubriques/{c}" for c in RUBRIQUES]
    pages += [f"/porteur/dossiers/{premier.id}/verification"]
    avant = {p: compter_requetes(lambda p=p: client.get(p)) for p in pages}
    for _ in range(3):
        dossier_complet(d)
    ecrire.choisir_quartiers(d.acteur, premier, {d.quartier.id: 50, d.autre_quartier.id: 50})
    ecrire.demander_financement(d.acteur, premier, d.commune, 100_000, OrigineCredits.DROIT_COMMUN)
    for i in range(3):
        ecrire.joindre_piece(d.acteur, premier, f"devis{i}.pdf", pdf())
    apres = {p: compter_requetes(lambda p=p: client.get(p)) for p in pages}
    assert {p: n for p, n in apres.items() if n > avant[p] + 1} == {}
    assert max(apres.values()) <= 45


def test_enregistrement_automatique(app, session) -> None:
    d = planter()
    dossier = ecrire.creer_dossier(d.acteur, d.organisme, d.campagne)
    lea = orga.inviter_membre(d.acteur, d.organisme, "lea@exemple.fr").utilisateur
    url = f"/porteur/dossiers/{dossier.id}/reponses/besoin"
    mina, autre = connecte(app, d.signataire), connecte(app, lea)
    premiere = mina.post(url, json={"valeur": "Texte de Mina", "version": 0})
    assert premiere.json["version"] == 1 and "Enregistré à" in premiere.json["message"]
    conflit = autre.post(url, json={"valeur": "Texte de Léa", "version": 0})
    assert conflit.status_code == 409 and conflit.json["autre"] == "Texte de Mina"
    gardee = autre.post(url, json={"valeur": "Texte de Léa", "version": 1})
    assert gardee.json["version"] == 2
    expiree = app.test_client().post(url, json={"valeur": "x", "version": 2})
    assert expiree.status_code == 401 and "reste" in expiree.json["message"]
    nombre = f"/porteur/dossiers/{dossier.id}/reponses/beneficiaires"
    assert "chiffres" in mina.post(nombre, json={"valeur": "²", "version": 0}).json["conseil"]


@pytest.mark.parametrize(
    "corps",
    [
        None,
        [],
        {},
        {"valeur": 3, "version": 0},
        {"valeur": "x"},
        {"valeur": "x", "version": True},
        {"valeur": "x", "version": "0"},
        {"valeur": "x", "version": -1},
        {"valeur": "x", "version": 2**40},
        {"valeur": "x" * 70_000, "version": 0},
    ],
)
def test_enregistrement_illisible(app, session, corps: object) -> None:
    d = planter()
    dossier = ecrire.creer_dossier(d.acteur, d.organisme, d.campagne)
    url = f"/porteur/dossiers/{dossier.id}/reponses/besoin"
    assert connecte(app, d.signataire).post(url, json=corps).status_code == 422
    assert session.get(Reponse, (dossier.id, "besoin")) is None


def test_formulaire_entier_sans_javascript(app, session) -> None:
    d = planter()
    dossier = ecrire.creer_dossier(d.acteur, d.organisme, d.campagne)
    ecrire.enregistrer_reponse(d.acteur, dossier, "public", "Des enfants")
    lea = orga.inviter_membre(d.acteur, d.organisme, "lea@exemple.fr").utilisateur
    client = connecte(app, lea)
    url = f"/porteur/dossiers/{dossier.id}/rubriques/publics"
    envoi = {"public": "Des familles", "version_public": "0", "beneficiaires": "quarante"}
    conflit = client.post(url, data=envoi)
    assert conflit.status_code == 409
    assert "Des enfants" in conflit.text and "Des familles" in conflit.text
    assert _cache(conflit.text, "version_public") == "1"
    suite = client.post(url, data={**envoi, "version_public": "1", "action": "continuer"})
    assert suite.status_code == 303 and suite.location.endswith("/rubriques/principes")
    page = client.get(url)
    assert "quarante" in page.text and "nombre entier" in page.text


def test_transmission_et_double_clic(app, session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    client = connecte(app, d.signataire)
    base = f"/porteur/dossiers/{dossier.id}"
    page = client.get(f"{base}/verification").text
    envoi = {"relu": _cache(page, "relu"), "version": _cache(page, "version"), "accord": "y"}
    sans = client.post(f"{base}/transmettre", data={**envoi, "accord": ""})
    assert sans.status_code == 422 and "Cochez" in sans.text
    perime = client.post(f"{base}/transmettre", data={**envoi, "relu": "0" * 64})
    assert perime.status_code == 409 and "relu" in perime.text
    assert client.post(f"{base}/transmettre", data=envoi).status_code == 303
    rejoue = client.post(f"{base}/transmettre", data=envoi, follow_redirects=True)
    assert "déjà transmis" in rejoue.text
    session.expire_all()
    assert session.query(Depot).count() == 1
    assert session.get(Dossier, dossier.id).numero == "2027-0001"


def test_trop_tard(app, session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    client = connecte(app, d.signataire)
    base = f"/porteur/dossiers/{dossier.id}"
    relu = _cache(client.get(f"{base}/verification").text, "relu")
    cloture = d.campagne.cloture_le
    with horloge_fixee(cloture + timedelta(minutes=15, seconds=1)):
        client = connecte(app, d.signataire)
        tard = client.post(f"{base}/transmettre", data={"relu": relu, "accord": "y"})
    assert tard.status_code == 409
    session.expire_all()
    assert session.query(Depot).count() == 0
    with horloge_fixee(cloture + timedelta(minutes=5)):
        client = connecte(app, d.signataire)
        assert "tolérance" in client.get(f"{base}/verification").text


def test_liste_de_ce_qui_manque(app, session) -> None:
    d = planter()
    dossier = ecrire.creer_dossier(d.acteur, d.organisme, d.campagne)
    page = connecte(app, d.signataire).get(f"/porteur/dossiers/{dossier.id}/verification").text
    liens = [a["href"] for a in BeautifulSoup(page, "html.parser").select(".resume-erreurs a")]
    assert len(liens) > 12
    base = f"/porteur/dossiers/{dossier.id}/rubriques"
    assert f"{base}/presentation#intitule" in liens and f"{base}/budget" in liens


def test_organisme_par_les_pages(app, session) -> None:
    d = planter()
    client = connecte(app, personne("Yann"))
    commun = {"fin_exercice_mois": "12", "rup": "", "impots_commerciaux": "oui"}
    asso = {**commun, "forme": "association"}
    double = client.post(
        "/porteur/organismes/nouveau",
        data={**asso, "nom": "Copie", "siret": "732 829 320 00074"},
    )
    assert double.location.endswith(f"/porteur/organismes/{d.organisme.id}/rejoindre")
    envoi = client.post(f"/porteur/organismes/{d.organisme.id}/rejoindre", data={"message": "Moi"})
    assert envoi.status_code == 303
    mauvais = client.post(
        "/porteur/organismes/nouveau", data={"nom": "", "forme": "", "siret": "123"}
    )
    assert mauvais.status_code == 422 and "14 chiffres" in mauvais.text
    neuf = client.post("/porteur/organismes/nouveau", data={**asso, "nom": "Neuf"})
    assert client.get(neuf.location).status_code == 200
    renvoi = client.post("/porteur/organismes/nouveau", data={**asso, "nom": "Neuf"})
    assert renvoi.location == neuf.location  # sent twice is once
    mina = connecte(app, d.signataire)
    page = f"/porteur/organismes/{d.organisme.id}/modifier"
    version = _cache(mina.get(page).text, "version")
    champs = {**asso, "nom": "Les Amis", "version": version, "sigle": "LA"}
    assert mina.post(page, data=champs).status_code == 303
    perime = mina.post(page, data={**champs, "sigle": "LAdL"})
    assert perime.status_code == 409 and 'value="LAdL"' in perime.text
    assert 'value="LA"' in mina.get(page).text


def test_budget_par_les_pages(app, session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    client = connecte(app, d.signataire)
    url = f"/porteur/dossiers/{dossier.id}/rubriques/budget"
    page = BeautifulSoup(client.get(url).text, "html.parser")
    champs = {
        c["name"]: c.get("value", "") for c in page.select("main input[name]") if c.get("name")
    }
    saisie = next(n for n, v in champs.items() if n.endswith("-saisie") and v == "12 000")
    champs[saisie] = "12 500,50 €"
    assert client.post(url, data={**champs, "action": "recalculer"}).status_code == 303
    texte = client.get(url).text
    assert "Il manque 500,50" in texte.replace("\xa0", " ").replace("\u202f", " ")
    perime = client.post(url, data=champs)
    assert perime.status_code == 409 and "12 500,50" in perime.text
    champs["empreinte"] = _cache(texte, "empreinte")
    champs[saisie] = "1e9"
    client.post(url, data={**champs, "action": "recalculer"})
    texte = client.get(url).text
    assert "pas lisible" in texte and 'value="1e9"' in texte


def test_choix_par_les_pages(app, session) -> None:
    d = planter()
    dossier = ecrire.creer_dossier(d.acteur, d.organisme, d.campagne)
    client = connecte(app, d.signataire)
    base = f"/porteur/dossiers/{dossier.id}/rubriques"

    def envoyer(code: str, **champs: object) -> object:
        empreinte = _cache(client.get(f"{base}/{code}").text, "empreinte")
        return client.post(f"{base}/{code}", data={"empreinte": empreinte, **champs})

    envoyer("orientation", orientation=d.orientation.id, objectifs=[d.objectif.id])
    assert "Quartier Est" not in client.get(f"{base}/quartiers?q=ouest+orly").text
    envoyer("quartiers", ajouter=[d.quartier.id, d.autre_quartier.id])
    trop = envoyer("quartiers", **{f"part_{d.quartier.id}": "101"})
    assert trop.status_code == 422 and 'value="101"' in trop.text
    envoyer("quartiers", **{f"part_{d.quartier.id}": "60 %"}, retirer=[d.autre_quartier.id])
    assert "Lire à Quartier Est" in client.get(f"{base}/besoins").text
    envoyer("besoins", objectifs=[d.objectif_local.id])
    envoyer("indicateurs", proposer=[d.indicateur.id])
    faute = envoyer("financeurs", **{f"aide-{d.etat.id}-credits_specifiques": "1200.505"})
    assert faute.status_code == 422 and 'value="1200.505"' in faute.text
    envoyer("financeurs", **{f"aide-{d.etat.id}-credits_specifiques": "1 200,50 €"})
    session.expire_all()
    relu = session.get(Dossier, dossier.id)
    assert [(q.quartier_id, q.part) for q in relu.quartiers] == [(d.quartier.id, 60)]
    assert [o.id for o in relu.objectifs_locaux] == [d.objectif_local.id]
    assert [i.libelle for i in relu.indicateurs] == ["Enfants suivis à Quartier Est"]
    assert [f.montant_demande for f in relu.financements] == [120_050]
    assert relu.theme_id is not None


def test_pieces_refusees_et_stockage_en_panne(app, session, monkeypatch) -> None:
    d = planter()
    dossier = dossier_complet(d)
    client = connecte(app, d.signataire)
    url = f"/porteur/dossiers/{dossier.id}/rubriques/pieces"

    def envoyer(octets: bytes, nom: str = "piece.pdf") -> object:
        return client.post(url, data={"fichier": (io.BytesIO(octets), nom)})

    for octets, mot in ((b"", "vide"), (b"MZ\0\0", "type accepté"), (pdf("secret"), "passe")):
        refus = envoyer(octets, '<img src=x onerror=1>".pdf')
        assert refus.status_code == 422 and mot in refus.text and "<img src=x" not in refus.text
    assert client.post(url, data={}).status_code == 422

    def plein(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("obstore.put", plein)
    assert envoyer(pdf()).status_code == 503
    assert session.query(Fichier).count() == 0


def test_complements_par_les_pages(app, session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    deposer.transmettre(d.acteur, dossier)
    dossier.etat = EtatDossier.A_COMPLETER
    client = connecte(app, d.signataire)
    base = f"/porteur/dossiers/{dossier.id}"
    page = client.get(f"{base}/verification").text
    vide = client.post(f"{base}/transmettre", data={"relu": _cache(page, "relu"), "accord": "y"})
    assert vide.status_code == 422
    envoi = {"relu": _cache(vide.text, "relu"), "accord": "y", "reponse": "Voici le devis."}
    assert client.post(f"{base}/transmettre", data=envoi).status_code == 303
    session.expire_all()
    assert session.query(Depot).count() == 2
    message = client.post(f"{base}/messages", data={"texte": "<i>Bonjour</i>"})
    assert message.status_code == 303 and "<i>Bonjour" not in client.get(f"{base}/suivi").text


def test_commencer_depuis_un_objectif(app, session) -> None:
    d = planter()
    client = connecte(app, d.signataire)
    adresse = f"/porteur/dossiers/nouveau?quartier={d.quartier.id}&objectif={d.objectif_local.id}"
    page = client.get(adresse).text
    envoi = {
        "organisme": d.organisme.id,
        "campagne": d.campagne.id,
        "type_dossier": "action",
        "precedent": "0",
        "quartier": _cache(page, "quartier"),
        "objectif_local": _cache(page, "objectif_local"),
    }
    cree = client.post(adresse, data=envoi)
    numero = int(cree.location.rsplit("/", 1)[1])
    session.expire_all()
    dossier = session.get(Dossier, numero)
    assert [q.quartier_id for q in dossier.quartiers] == [d.quartier.id]
    assert [o.id for o in dossier.objectifs_locaux] == [d.objectif_local.id]
    faux = client.post(
        adresse, data={**envoi, "quartier": "99999", "type_dossier": "adulte_relais"}
    )
    assert faux.status_code == 303
    assert client.post(adresse, data={**envoi, "organisme": "9999"}).status_code == 422
    assert client.post(adresse, data={**envoi, "type_dossier": "micro_projet"}).status_code == 422


def test_deux_envois_au_meme_instant(app, session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    base = f"/porteur/dossiers/{dossier.id}"
    clients = [connecte(app, d.signataire) for _ in range(3)]
    relu = _cache(clients[0].get(f"{base}/verification").text, "relu")
    session.commit()
    envoi = {"relu": relu, "accord": "y"}

    def envoyer(client: FlaskClient) -> int:
        return Context().run(lambda: client.post(f"{base}/transmettre", data=envoi).status_code)

    with ThreadPoolExecutor(3) as fils:
        codes = sorted(fils.map(envoyer, clients))
    assert codes[0] == 303 and set(codes) <= {303, 409}
    session.expire_all()
    assert session.query(Depot).count() == 1
    assert session.get(Dossier, dossier.id).numero == "2027-0001"
