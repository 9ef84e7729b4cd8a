"""Whole deposits by the pages, to the récépissé: several years, then one year of a CPO."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from aap.domaine.questionnaire import Genre, Question, questions_pour, sections_pour
from aap.extensions import db
from aap.models import Depot, Dossier, TypeDossier
from aap.services.organisme import signer_cer
from aap.taches.depot import produire_recepisse
from tests.integration.test_types import _cpo
from tests.outils_porteur import PROJET, Decor, connecte, planter
from workflows.dossier import EtatDossier

EXERCICE = 2027


class Navigation:
    """A porteur who only knows the pages: reads a form, changes fields, sends it."""

    def __init__(self, client: FlaskClient, dossier_id: int) -> None:
        self.client = client
        self.base = f"/porteur/dossiers/{dossier_id}"

    def lire(self, chemin: str) -> BeautifulSoup:
        reponse = self.client.get(f"{self.base}{chemin}")
        assert reponse.status_code == 200, chemin
        return BeautifulSoup(reponse.text, "html.parser")

    def champs(self, page: BeautifulSoup) -> dict[str, str]:
        """What a browser would send of the form of a section, untouched."""
        lus: dict[str, str] = {}
        formulaire = page.select_one("main form.carte, main form[method=post]")
        assert formulaire is not None
        for c in formulaire.select("input[name], textarea[name], select[name]"):
            nom = str(c["name"])
            if c.name == "select":
                choisi = c.select_one("option[selected]") or c.select_one("option")
                lus[nom] = str(choisi["value"]) if choisi else ""
            elif c.get("type") not in ("radio", "checkbox") or c.has_attr("checked"):
                lus[nom] = c.text if c.name == "textarea" else str(c.get("value", ""))
        return lus

    def envoyer(self, chemin: str, **modifies: Any) -> BeautifulSoup:
        envoi = {**self.champs(self.lire(chemin)), "action": "rester", **modifies}
        reponse = self.client.post(f"{self.base}{chemin}", data=envoi)
        assert reponse.status_code == 303, (chemin, reponse.text[-1500:])
        return self.lire(chemin)

    def transmettre(self) -> str:
        page = self.lire("/verification")
        assert "Le dossier est complet" in page.text, page.text
        envoi = {
            nom: str(page.find("input", attrs={"name": nom})["value"])  # type: ignore[index]
            for nom in ("relu", "version")
        }
        suite = self.client.post(
            f"{self.base}/transmettre", data={**envoi, "accord": "y"}, follow_redirects=True
        )
        assert suite.status_code == 200
        return suite.text


def _texte(octets: bytes) -> str:
    pages = PdfReader(io.BytesIO(octets)).pages
    return re.sub(r"[\s\u00a0\u202f]+", " ", " ".join(p.extract_text() for p in pages))


def _reponse(question: Question) -> str:
    if question.code in PROJET:
        return PROJET[question.code]
    dates = {"date_debut": f"01/02/{EXERCICE}", "date_fin": f"30/11/{EXERCICE}"}
    if question.genre is Genre.DATE:
        return dates[question.code]
    return {Genre.ENTIER: "3", Genre.DECIMAL: "0,5", Genre.POURCENT: "80"}.get(
        question.genre, question.choix[0][0] if question.choix else f"Texte de {question.code}."
    )


def _commencer(client: FlaskClient, d: Decor) -> int:
    envoi = {
        "organisme": d.organisme.id,
        "campagne": d.campagne.id,
        "type_dossier": TypeDossier.ACTION.value,
        "precedent": 0,
    }
    reponse = client.post("/porteur/dossiers/nouveau", data=envoi)
    assert reponse.status_code == 303
    return int(reponse.location.rsplit("/", 1)[1])


def _viser(nav: Navigation, d: Decor) -> None:
    nav.envoyer("/rubriques/orientation", orientation=d.orientation.id, objectifs=[d.objectif.id])
    nav.envoyer("/rubriques/quartiers", ajouter=[d.quartier.id])
    nav.envoyer("/rubriques/besoins", objectifs=[d.objectif_local.id])
    nav.envoyer("/rubriques/indicateurs", proposer=[d.indicateur.id])
    aide = f"aide-{d.etat.id}-credits_specifiques"
    nav.envoyer("/rubriques/financeurs", **{aide: "8 000"})


def _budget(nav: Navigation) -> None:
    """A line per account, found on the page by its hidden account field."""
    champs = nav.champs(nav.lire("/rubriques/budget"))
    voulus = {"641": "12 000", "756": "4 000"}
    saisies = {
        nom.replace("-compte", "-saisie"): voulus[compte]
        for nom, compte in champs.items()
        if nom.endswith("-compte") and compte in voulus
    }
    assert len(saisies) == 2
    nav.envoyer("/rubriques/budget", **saisies)


def _recu(dossier_id: int) -> tuple[Dossier, Depot]:
    db.session.expire_all()
    dossier = db.session.get(Dossier, dossier_id)
    assert dossier is not None and dossier.etat is EtatDossier.DEPOSE
    [depot] = dossier.depots
    produire_recepisse(depot.id)
    db.session.commit()
    return dossier, depot


@pytest.mark.parametrize("annees", [2, 4])
def test_cpo_par_les_pages_jusqu_au_recepisse(app: Flask, session: Any, annees: int) -> None:
    d = planter()
    signer_cer(d.acteur, d.organisme)
    client = connecte(app, d.signataire)
    dossier_id = _commencer(client, d)
    nav = Navigation(client, dossier_id)
    nav.envoyer("/rubriques/presentation", duree_annees=str(annees))
    _viser(nav, d)
    _budget(nav)
    dossier = session.get(Dossier, dossier_id)
    for section in sections_pour(dossier.profil):
        if not section.speciale:
            reponses = {
                q.code: _reponse(q)
                for q in questions_pour(section, dossier.profil)
                if q.code != "duree_annees"
            }
            nav.envoyer(f"/rubriques/{section.code}", **reponses)
    suivantes = {
        f"annee-{a}-{cote}": str(13_000 + a)
        for a in range(2, annees + 1)
        for cote in ("charge-641", "produit-756")
    }
    nav.envoyer("/rubriques/budget-annees", **suivantes)
    suivi = nav.transmettre()
    assert "2027-0001" in suivi
    dossier, depot = _recu(dossier_id)
    assert depot.contenu["annees"] == annees
    assert {x[0] for x in depot.contenu["budget"]} == set(range(1, annees + 1))
    page = nav.lire("/suivi")
    liens = [str(a["href"]) for a in page.select("a[href*='/fichiers/']")]
    recepisse = _texte(client.get(liens[0]).data)
    assert "2027-0001" in recepisse and "8 000 €" in recepisse and depot.sha256[:20] in recepisse
    pdf = _texte(client.get(f"{nav.base}/dossier.pdf").data)
    assert f"Pluriannuelle : exercices 2027 à {2026 + annees}" in pdf
    for annee in range(2, annees + 1):
        assert f"exercice {2026 + annee}" in pdf and f"13 0{annee:02d} €" in pdf
        assert f"Texte de objectifs_annee_{annee}." in pdf
    assert f", {EXERCICE + annees - 1}." in pdf or f"pour {EXERCICE + 1}." in pdf


def test_tranche_annuelle_par_les_pages(app: Flask, session: Any) -> None:
    """Only the budget of the year and what was done; the PDF still tells the whole action."""
    d = planter()
    cpo, suivante = _cpo(d)
    cpo_reference = cpo.reference
    client = connecte(app, d.signataire)
    envoi = client.post(f"/porteur/dossiers/{cpo.id}/tranche", data={"campagne": suivante.id})
    dossier_id = int(envoi.location.rsplit("/", 1)[1])
    nav = Navigation(client, dossier_id)
    codes = [s.code for s in sections_pour(session.get(Dossier, dossier_id).profil)]
    assert codes == ["tranche", "financeurs", "budget", "pieces", "attestations"]
    liens = {str(a["href"]).rsplit("/", 1)[1] for a in nav.lire("").select(".taches a")}
    assert liens == set(codes)
    nav.envoyer("/rubriques/tranche", bilan_annee_passee="Trente-huit enfants suivis.")
    nav.envoyer("/rubriques/attestations", aides_publiques="sous_seuil", exactitude="oui")
    nav.transmettre()
    dossier, depot = _recu(dossier_id)
    assert dossier.numero == "2028-0001" and depot.contenu["cpo"] == cpo_reference
    assert depot.recepisse_id is not None
    pdf = _texte(client.get(f"{nav.base}/dossier.pdf").data)
    assert "Trente-huit enfants suivis." in pdf and PROJET["description"] in pdf
    assert "641 – Rémunération des personnels 13 000 €" in pdf
    assert f"Suite de la convention pluriannuelle {cpo_reference}" in pdf
