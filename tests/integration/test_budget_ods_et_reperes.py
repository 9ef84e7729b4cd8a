"""A budget from LibreOffice (ODS), and last year's voted and realised figures beside each line."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from xml.sax.saxutils import escape

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from aap.domaine.horloge import maintenant
from aap.models import Bilan, Decision, Dossier, LigneBilan, Seance, SensDecision
from aap.models.dossier import CoteBudget
from aap.services import dossier as ecrire
from tests import fabriques as f
from tests.outils_porteur import campagne_de, connecte, dossier_complet, planter
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

ODS = "application/vnd.oasis.opendocument.spreadsheet"
ESPACES = " ".join(
    f'xmlns:{nom}="urn:oasis:names:tc:opendocument:xmlns:{nom}:1.0"'
    for nom in ("office", "table", "text", "manifest")
)


def _cellule(valeur: Any) -> str:
    """One cell as LibreOffice writes it: numbers typed, text in a paragraph, « = » computed."""
    if valeur == "":
        return "<table:table-cell/>"
    if isinstance(valeur, tuple):
        formule, resultat = valeur
        return (
            f'<table:table-cell table:formula="of:{formule}" office:value-type="float" '
            f'office:value="{resultat}"><text:p>{resultat}</text:p></table:table-cell>'
        )
    if isinstance(valeur, int | float):
        return (
            f'<table:table-cell office:value-type="float" office:value="{valeur}">'
            f"<text:p>{valeur}</text:p></table:table-cell>"
        )
    return (
        '<table:table-cell office:value-type="string">'
        f"<text:p>{escape(valeur)}</text:p></table:table-cell>"
    )


def ods(lignes: list[list[Any]], feuille: str = "Budget") -> bytes:
    """A real ODS file: type first and stored, manifest, one sheet."""
    rangees = "".join(
        f"<table:table-row>{''.join(_cellule(v) for v in rangee)}</table:table-row>"
        for rangee in lignes
    )
    contenu = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {ESPACES} '
        f'office:version="1.3"><office:body><office:spreadsheet>'
        f'<table:table table:name="{feuille}">'
        f"{rangees}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifeste = (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest {ESPACES}>'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    flux = io.BytesIO()
    with zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), ODS)
        archive.writestr("content.xml", contenu)
        archive.writestr("META-INF/manifest.xml", manifeste)
    return flux.getvalue()


def _net(texte: str) -> str:
    return texte.replace("\xa0", " ").replace("\u202f", " ")


@pytest.fixture
def atelier(app: Flask, session: Any) -> Any:
    d = planter()
    dossier = dossier_complet(d)
    return d, dossier, connecte(app, d.signataire), f"/porteur/dossiers/{dossier.id}/rubriques"


def _envoyer(client: Any, base: str, octets: bytes) -> Any:
    envoi = {"fichier": (io.BytesIO(octets), "budget.ods")}
    return client.post(f"{base}/budget/tableur", data=envoi)


def test_un_classeur_ods_remplace_le_budget(atelier: Any, session: Any) -> None:
    _, dossier, client, base = atelier
    octets = ods(
        [
            ["Compte", "Intitulé", "Montant"],
            [604, "Goûters & jeux", 1200.5],
            ["641", "Animateurs", "3 000 €"],
            ["616", "Assurance", ("=SUM([.C2];[.C2])", 2401)],
            ["74", "Ville de Grigny", 500, "", "Acquis", "Droit commun"],
            ["756", "Cotisations", 100],
            ["", "TOTAL", 7201.5],
        ]
    )
    apercu = _envoyer(client, base, octets)
    assert apercu.status_code == 200, apercu.text
    assert "Feuille Budget, cellule C2" in _net(apercu.text)
    page = BeautifulSoup(apercu.text, "html.parser")
    champs = {c["name"]: c.get("value", "") for c in page.select("main form input[name]")}
    client.post(f"{base}/budget", data={**champs, "action": "importer"})
    session.expire_all()
    lus = {
        x.compte: (x.montant, x.libelle)
        for x in session.get(Dossier, dossier.id).lignes
        if x.financement_id is None
    }
    assert lus["604"] == (120_050, "Goûters & jeux") and lus["641"] == (300_000, "Animateurs")
    assert lus["616"][0] == 240_100, "a formula counts for its result"
    assert lus["74commune"] == (50_000, "Ville de Grigny") and lus["756"][0] == 10_000


def test_les_fautes_d_un_ods_sont_nommees_par_feuille_et_cellule(atelier: Any) -> None:
    _, _, client, base = atelier
    refus = _envoyer(
        client,
        base,
        ods(
            [["Compte", "Intitulé", "Montant"], ["604", "Goûters", "12,5O0"], ["641", "Paie", -3]],
            "Mon projet",
        ),
    )
    texte = _net(refus.text)
    assert refus.status_code == 422 and "Rien n’a été changé" in texte
    assert "Feuille Mon projet, cellule C2 : « 12,5O0 » n’est pas un montant." in texte
    assert "cellule C3 : le montant −3 € est négatif" in texte


def test_un_faux_ods_est_refuse(atelier: Any) -> None:
    _, _, client, base = atelier
    vide = ods([])
    tronque = ods([["604", "Achats", 40]])[:200]
    for octets in (tronque, b"PK\x03\x04" + b"\0" * 50, vide):
        reponse = _envoyer(client, base, octets)
        assert reponse.status_code == 422 and "main" in reponse.text


def _an_dernier(d: Any, session: Any, *, publiee: bool) -> Dossier:
    """Last year: 8 000 € asked of the State, 6 000 € granted, a bilan; and its renewal."""
    ancien = dossier_complet(d)
    ancien.etat, ancien.depose_le = EtatDossier.PROGRAMME, ancien.campagne.ouverture_le
    [aide] = ancien.financements
    enveloppe = f.enveloppe(d.campagne, d.etat, 10_000_000)
    aide.enveloppe, aide.montant_arbitre = enveloppe, 600_000
    aide.etat = EtatFinancement.ARBITRE
    if publiee:
        aide.montant_vote, aide.etat = 600_000, EtatFinancement.VOTE
    session.add(
        Decision(
            seance=Seance(campagne=d.campagne, titre="Comité", prevue_le=maintenant()),
            dossier=ancien,
            sens=SensDecision.PROGRAMMER,
            montants={str(aide.id): 600_000},
            saisie_par_id=d.signataire.id,
            publiee_le=ancien.campagne.ouverture_le if publiee else None,
        )
    )
    session.add(
        Bilan(
            dossier=ancien,
            exercice=2027,
            echeance=ancien.campagne.ouverture_le.date(),
            lignes=[
                LigneBilan(
                    cote=CoteBudget.CHARGE, compte="641", prevu=1_200_000, realise=1_150_000
                ),
                LigneBilan(
                    cote=CoteBudget.PRODUIT,
                    compte="74etat",
                    libelle=d.etat.nom,
                    prevu=800_000,
                    realise=600_000,
                ),
            ],
        )
    )
    suivante = campagne_de(d.contrat, "aap-2028", exercice=2028, nom="Appel 2028")
    neuf = ecrire.creer_dossier(d.acteur, d.organisme, suivante, precedent=ancien)
    ecrire.demander_financement(d.acteur, neuf, d.etat, 700_000)
    session.commit()
    return neuf


@pytest.mark.parametrize("publiee", [True, False])
def test_vote_et_realise_de_l_an_passe(app: Flask, session: Any, publiee: bool) -> None:
    """What was voted is shown once published, never before; what was spent comes of the bilan."""
    d = planter()
    neuf = _an_dernier(d, session, publiee=publiee)
    page = connecte(app, d.signataire).get(f"/porteur/dossiers/{neuf.id}/rubriques/budget")
    reperes = [_net(x.text) for x in BeautifulSoup(page.text, "html.parser").select(".repere")]
    assert "En 2027 : prévu 12 000 €, réalisé 11 500 €" in reperes
    voulu = "En 2027 : prévu 8 000 €, voté 6 000 €, réalisé 6 000 €"
    assert (voulu in reperes) == publiee
    assert publiee or not any("voté" in r for r in reperes)
