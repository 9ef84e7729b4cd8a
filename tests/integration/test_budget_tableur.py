"""The budget by its pages: typed, imported, pasted; last year's figures; hostile files."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import xlsxwriter
from bs4 import BeautifulSoup
from flask import Flask

from aap.models import Bilan, Dossier, LigneBilan, OrigineCredits
from aap.models.dossier import CoteBudget
from aap.services import dossier as ecrire
from tests.outils_porteur import connecte, dossier_complet, planter


def _net(texte: str) -> str:
    return texte.replace("\xa0", " ").replace("\u202f", " ")


def _classeur(lignes: list[list[Any]], nom: str = "Budget", formule: str = "") -> bytes:
    flux = io.BytesIO()
    with xlsxwriter.Workbook(flux, {"in_memory": True}) as classeur:
        feuille = classeur.add_worksheet(nom)
        for rang, rangee in enumerate(lignes):
            feuille.write_row(rang, 0, rangee)
        if formule:
            feuille.write_formula(len(lignes), 2, formule, None, 99)
    return flux.getvalue()


@pytest.fixture
def atelier(app: Flask, session):
    d = planter()
    dossier = dossier_complet(d)
    return d, dossier, connecte(app, d.signataire), f"/porteur/dossiers/{dossier.id}/rubriques"


def _envoyer(client, base: str, octets: bytes, nom: str = "budget.xlsx", **champs: str):
    return client.post(
        f"{base}/budget/tableur", data={"fichier": (io.BytesIO(octets), nom), **champs}
    )


def _champs(texte: str) -> dict[str, str]:
    page = BeautifulSoup(texte, "html.parser")
    return {c["name"]: c.get("value", "") for c in page.select("main form input[name]")}


def test_page_repliee_et_dite_en_mots(atelier) -> None:
    _, dossier, client, base = atelier
    page = BeautifulSoup(client.get(f"{base}/budget").text, "html.parser")
    groupes = {g.select_one(".groupe-titre").text: g for g in page.select("details[data-groupe]")}
    assert "open" in groupes["64 – Charges de personnel"].attrs
    assert "open" in groupes["74 – Subventions d’exploitation"].attrs
    assert "open" not in groupes["61 – Services extérieurs"].attrs
    assert "open" not in groupes["65 à 69 – Autres charges"].attrs
    assert "74etat" not in page.select_one("main").text
    assert [b.text for b in page.select(".bloc-budget h2")][:2] == ["Charges", "Produits"]
    constats = {c["data-constat"]: _net(c.text) for c in page.select("[data-constat]")}
    assert "équilibré" in constats["equilibre"] and "des produits" in constats["public"]
    assert dossier.lignes


def test_modele_aller_et_retour(atelier, session) -> None:
    d, dossier, client, base = atelier
    ecrire.demander_financement(d.acteur, dossier, d.commune, 100_000, OrigineCredits.DROIT_COMMUN)
    session.commit()
    # A label that only repeats the account's own is not kept.
    avant = sorted((x.compte, x.montant) for x in dossier.lignes)
    modele = client.get(f"{base}/budget/modele.xlsx")
    assert modele.status_code == 200 and modele.data.startswith(b"PK")
    apercu = _envoyer(client, base, modele.data)
    assert apercu.status_code == 200, apercu.text
    assert "demandé dans cet appel, inchangé" in apercu.text
    champs = _champs(apercu.text)
    assert client.post(f"{base}/budget", data={**champs, "action": "importer"}).status_code == 303
    session.expire_all()
    relu = session.get(Dossier, dossier.id)
    assert sorted((x.compte, x.montant) for x in relu.lignes) == avant


def test_import_remplace_et_range(atelier, session) -> None:
    _, dossier, client, base = atelier
    octets = _classeur(
        [
            ["Compte", "Intitulé", "Montant"],
            ["604", "Goûters", 1200.5],
            [641, "Rémunération des personnels", "3 000 €"],
            ["74", "Ville de Grigny", 500, "", "Acquis", "Droit commun"],
            ["864", "Personnel bénévole", 800],
            ["", "TOTAL", 5500.5],
        ]
    )
    avant = sorted((x.compte, x.montant) for x in dossier.lignes)
    apercu = _envoyer(client, base, octets)
    assert apercu.status_code == 200 and "Feuille Budget, cellule C2" in apercu.text
    session.expire_all()
    assert sorted((x.compte, x.montant) for x in session.get(Dossier, dossier.id).lignes) == avant
    client.post(f"{base}/budget", data={**_champs(apercu.text), "action": "importer"})
    session.expire_all()
    lignes = {x.compte: x for x in session.get(Dossier, dossier.id).lignes if not x.financement_id}
    assert set(lignes) == {"604", "641", "74commune", "864"}
    ville = lignes["74commune"]
    assert (ville.montant, ville.libelle) == (50_000, "Ville de Grigny")
    assert (ville.etat_produit.value, ville.origine.value) == ("acquis", "droit_commun")
    assert (lignes["604"].montant, lignes["604"].libelle) == (120_050, "Goûters")
    assert any(x.financement_id for x in session.get(Dossier, dossier.id).lignes)


def test_erreurs_nommees_par_cellule(atelier, session) -> None:
    _, _, client, base = atelier
    octets = _classeur(
        [
            ["Compte", "Intitulé", "Montant"],
            ["604", "Goûters", "12,5O0"],
            ["602", "Inconnu", 5],
            ["641", "Salaires", -3],
            ["", "Sorties", 40],
            ["645", "Charges sociales", True],
        ]
    )
    refus = _envoyer(client, base, octets)
    texte = _net(refus.text)
    assert refus.status_code == 422 and "Rien n’a été changé" in texte
    assert "Feuille Budget, cellule C2 : « 12,5O0 » n’est pas un montant." in texte
    assert (
        "cellule C3 : le compte 602" in texte
        and "cellule C4 : le montant −3 € est négatif" in texte
    )
    assert "cellule C5 : « Sorties » n’a pas de numéro de compte" in texte
    assert "cellule C6 :" in texte and "Mettre ces lignes" not in texte


def test_formules_lues_par_valeur(atelier) -> None:
    _, _, client, base = atelier
    octets = _classeur([["Compte", "Intitulé", "Montant"], ["604", "Achats", 40]])
    assert "40" in _envoyer(client, base, octets).text
    avec = io.BytesIO()
    with xlsxwriter.Workbook(avec, {"in_memory": True}) as classeur:
        feuille = classeur.add_worksheet("Mon budget")
        feuille.write_row(0, 0, ["604", "Achats"])
        feuille.write_formula(0, 2, "=40+2", None, 42)
    assert "42" in _envoyer(client, base, avec.getvalue()).text


def _archive(membres: dict[str, bytes]) -> bytes:
    flux = io.BytesIO()
    with zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in membres.items():
            archive.writestr(nom, contenu)
    return flux.getvalue()


def _lointaine() -> bytes:
    """Two cells at the ends of a sheet: read without care, 17 thousand million cells."""
    flux = io.BytesIO()
    with xlsxwriter.Workbook(flux, {"in_memory": True}) as classeur:
        feuille = classeur.add_worksheet()
        feuille.write(0, 0, "604")
        feuille.write(1_048_575, 16_383, 5)
    return flux.getvalue()


@pytest.mark.parametrize(
    ("fabrique", "mot"),
    [
        (lambda: b"", "fichier"),
        (lambda: b"bonjour", "pas un tableur"),
        (lambda: b"PK\x03\x04abime", "abîmé"),
        (lambda: b"x" * (2 * 1024 * 1024 + 1), "2 Mo au plus"),
        (lambda: _archive({"word/document.xml": b"<a/>"}), "pas un tableur"),
        (lambda: _archive({"xl/workbook.xml": b"<a/>"}), "abîmé"),
        (lambda: _archive({"xl/workbook.xml": b"0" * 40_000_000}), "beaucoup plus qu’un budget"),
        (lambda: _archive({f"xl/{i}.xml": b"" for i in range(400)}), "beaucoup plus qu’un budget"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "pas un tableur"),
        (_lointaine, "beaucoup plus qu’un budget"),
        (lambda: _classeur([["Bonjour", 3]]), "Aucun compte du budget"),
        (lambda: _classeur([["604", "Goûters"]]), "aucun montant"),
        (lambda: _classeur([["604", "Goûters", 1]] * 550), "dépasse"),
    ],
)
def test_fichiers_refuses(atelier, fabrique, mot: str) -> None:
    _, _, client, base = atelier
    refus = _envoyer(client, base, fabrique(), "=1+1<b>.xlsx")
    assert refus.status_code == 422, refus.text[:500]
    assert mot in _net(refus.text)


def test_bloc_colle_sans_script(atelier) -> None:
    _, _, client, base = atelier
    refus = client.post(f"{base}/budget/tableur", data={"bloc": "12\n13"})
    assert refus.status_code == 422 and "numéro de compte" in refus.text
    assert client.post(f"{base}/budget/tableur", data={}).status_code == 422
    apercu = client.post(f"{base}/budget/tableur", data={"bloc": "604\tGoûters\t1 200,50"})
    assert apercu.status_code == 200 and "1 200,50" in _net(apercu.text)


def test_coller_en_json(atelier) -> None:
    _, _, client, base = atelier
    lu = client.post(f"{base}/budget/coller", json={"texte": "604\tGoûters\t12,50\n641\t\tx1"}).json
    assert [(x["rang"], x["montant"]) for x in lu["lignes"]] == [("charge:604", "12,50")]
    assert client.post(f"{base}/budget/coller", json={"texte": "1 200\n\n3"}).json["suite"] == [
        "1\u202f200",
        None,
        "3",
    ]
    for mauvais in ({}, [], {"texte": 3}, {"texte": "x" * 30_000}):
        assert client.post(f"{base}/budget/coller", json=mauvais).status_code == 422
    assert client.post(f"{base}/budget/coller", data="<").status_code == 422


def test_origine_et_regle_gardees(atelier, session) -> None:
    d, dossier, client, base = atelier
    champs = _champs(client.get(f"{base}/budget").text)
    prefixe = next(n.removesuffix("compte") for n, v in champs.items() if v == "74region")
    champs |= {
        f"{prefixe}saisie": "1 000",
        f"{prefixe}libelle": "Région",
        f"{prefixe}etat": "acquis",
        f"{prefixe}origine": "droit_commun",
        "regle_indirectes": "Deux salles sur dix.",
    }
    assert client.post(f"{base}/budget", data={**champs, "action": "recalculer"}).status_code == 303
    session.expire_all()
    relu = session.get(Dossier, dossier.id)
    region = next(x for x in relu.lignes if x.compte == "74region")
    assert (region.etat_produit.value, region.origine.value) == ("acquis", "droit_commun")
    assert {r.champ: r.valeur for r in relu.reponses}["regle_indirectes"] == "Deux salles sur dix."
    suite = ecrire.creer_dossier(d.acteur, relu.organisme, relu.campagne, precedent=relu)
    assert next(x for x in suite.lignes if x.compte == "74region").origine is region.origine


def test_reperes_de_l_an_dernier(atelier, session) -> None:
    d, dossier, client, _ = atelier
    suite = ecrire.creer_dossier(d.acteur, d.organisme, d.campagne, precedent=dossier)
    bilan = Bilan(dossier=dossier, exercice=2027, echeance=dossier.campagne.ouverture_le.date())
    bilan.lignes = [
        LigneBilan(cote=CoteBudget.CHARGE, compte="641", prevu=1_200_000, realise=1_100_000)
    ]
    session.add(bilan)
    session.commit()
    page = client.get(f"/porteur/dossiers/{suite.id}/rubriques/budget")
    reperes = [_net(x.text) for x in BeautifulSoup(page.text, "html.parser").select(".repere")]
    assert f"En {dossier.campagne.exercice} : prévu 12 000 €, réalisé 11 000 €" in reperes
    session.expire_all()
    assert session.get(Dossier, suite.id).lignes
