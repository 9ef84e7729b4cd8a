"""The company register: found, unknown, closed, slow, broken, off."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from aap.annuaire import chercher
from aap.domaine.erreurs import Indisponible
from aap.domaine.identifiants import afficher_siret
from aap.extensions import db
from aap.models import Organisme
from tests.outils_fichiers import annuaire
from tests.outils_porteur import connecte, planter

SIRET = "55208131766522"
RNA = "W941234567"


def reponse(**changes: Any) -> dict[str, Any]:
    """The documented shape, cut to what matters here."""
    siege = {
        "siret": SIRET,
        "adresse": "12 RUE DES LILAS 94600 CHOISY-LE-ROI",
        "code_postal": "94600",
        "commune": "94022",
        "libelle_commune": "CHOISY-LE-ROI",
        "etat_administratif": "A",
    }
    resultat = {
        "siren": SIRET[:9],
        "nom_complet": "LES JARDINS DU LAC (JDL)",
        "nom_raison_sociale": "LES JARDINS DU LAC",
        "sigle": "JDL",
        "nombre_etablissements": 1,
        "siege": siege,
        "nature_juridique": "9220",
        "date_creation": "1998-03-14",
        "etat_administratif": "A",
        "matching_etablissements": [siege],
        "complements": {"est_association": True, "identifiant_association": RNA},
        **changes,
    }
    return {
        "results": [resultat],
        "total_results": 1,
        "page": 1,
        "per_page": 5,
        "total_pages": 1,
    }


def test_trouve_par_siret_et_par_rna() -> None:
    with annuaire() as stub:
        stub.corps = reponse()
        fiche = chercher(stub.adresse, 2, siret=SIRET)
        assert fiche is not None
        assert (fiche.nom, fiche.sigle, fiche.rna) == ("LES JARDINS DU LAC", "JDL", RNA)
        assert (fiche.adresse, fiche.code_postal) == ("12 RUE DES LILAS", "94600")
        assert (fiche.ville, fiche.date_creation) == ("CHOISY-LE-ROI", date(1998, 3, 14))
        assert (fiche.categorie, fiche.active) == ("9220", True)
        assert chercher(stub.adresse, 2, rna=RNA) == fiche
        assert stub.demandes[0] == f"/search?q={SIRET}&page=1&per_page=5"


def test_un_autre_numero_n_est_pas_pris_pour_le_bon() -> None:
    with annuaire() as stub:
        stub.corps = reponse()
        assert chercher(stub.adresse, 2, siret="73282932000074") is None
        assert chercher(stub.adresse, 2, rna="W940000000") is None
        stub.corps = {"results": []}
        assert chercher(stub.adresse, 2, siret=SIRET) is None


def test_etablissement_ferme() -> None:
    with annuaire() as stub:
        stub.corps = reponse(etat_administratif="C")
        fiche = chercher(stub.adresse, 2, siret=SIRET)
        assert fiche is not None and not fiche.active


@pytest.mark.parametrize(
    ("code", "corps"),
    [
        (500, {"erreur": "panne"}),
        (429, {"erreur": "trop de requêtes"}),
        (302, {}),
        (200, b"<html>maintenance</html>"),
        (200, {"results": "non"}),
        (200, {"results": [12]}),
        (200, [1, 2]),
        (200, b"[" * 100_000),
        (200, b'{"results": ["' + b"x" * 1_500_000 + b'"]}'),
    ],
)
def test_panne_honnete(code: int, corps: Any) -> None:
    with annuaire() as stub:
        stub.code, stub.corps = code, corps
        with pytest.raises(Indisponible, match="ne répond pas"):
            chercher(stub.adresse, 2, siret=SIRET)


def test_lenteur_bornee() -> None:
    with annuaire() as stub:
        stub.corps, stub.attente = reponse(), 3
        depart = time.monotonic()
        with pytest.raises(Indisponible):
            chercher(stub.adresse, 1, siret=SIRET)
        assert time.monotonic() - depart < 2
    with pytest.raises(Indisponible):
        chercher("http://127.0.0.1:9", 1, siret=SIRET)


def test_page_eteinte_par_defaut(app: Flask, session) -> None:
    d = planter()
    client = connecte(app, d.signataire)
    page = client.get("/porteur/organismes/nouveau").text
    assert "annuaire" not in page.lower()
    assert client.get(f"/porteur/organismes/nouveau?numero={SIRET}").status_code == 200


def test_inscrire_depuis_l_annuaire(app: Flask, session, regler: Callable[..., None]) -> None:
    d = planter()
    client = connecte(app, d.signataire)
    with annuaire() as stub:
        regler(annuaire=stub.adresse)
        stub.corps = reponse()
        page = client.get("/porteur/organismes/nouveau?numero=552+081+317+66522").text
        for attendu in (
            "LES JARDINS DU LAC",
            afficher_siret(SIRET),
            RNA,
            "12 RUE DES LILAS",
            "CHOISY-LE-ROI",
        ):
            assert attendu in page
        assert '<option selected value="association">' in page
        stub.corps = {"results": []}
        assert "ne connaît pas" in client.get("/porteur/organismes/nouveau?numero=" + SIRET).text
        stub.code = 503
        refus = client.get("/porteur/organismes/nouveau?numero=" + SIRET)
        assert refus.status_code == 200 and "ne répond pas" in refus.text
        mauvais = client.get("/porteur/organismes/nouveau?numero=bonjour")
        assert mauvais.status_code == 422 and "14 chiffres" in mauvais.text
    assert session.scalar(db.select(db.func.count(Organisme.id))) == 1


def test_comparer_un_organisme_connu(app: Flask, session, regler: Callable[..., None]) -> None:
    """Nothing is written: the differences are shown, the person takes them or not."""
    d = planter()
    d.organisme.siret = SIRET
    d.organisme.sigle = "ADL"
    numero = d.organisme.id
    client = connecte(app, d.signataire)
    with annuaire() as stub:
        regler(annuaire=stub.adresse)
        stub.corps = reponse()
        page = client.get(f"/porteur/organismes/{numero}/modifier?annuaire=oui").text
        assert "LES JARDINS DU LAC" in page and "ADL" in page
    session.expire_all()
    assert session.get(Organisme, numero).sigle == "ADL"
