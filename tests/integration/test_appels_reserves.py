"""The fonds participatif is offered to the Essonne, explained to the others, hidden to nobody."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup
from flask import Flask

from aap.extensions import db
from aap.models import Contrat, TypeCampagne
from tests.outils_porteur import campagne_de, connecte, planter


def _page(app: Flask, d: Any) -> tuple[str, str]:
    """(text outside the fold, text of the fold)"""
    soup = BeautifulSoup(connecte(app, d.signataire).get("/porteur/").text, "html.parser")
    pli = soup.find("details", class_="appels-ailleurs")
    dedans = " ".join(pli.extract().get_text(" ").split()) if pli else ""
    return " ".join(soup.find("main").get_text(" ").split()), dedans


def test_un_appel_reserve_se_dit(app: Flask, session: Any) -> None:
    d = planter()
    contrat = db.session.scalars(db.select(Contrat)).first()
    assert contrat is not None
    contrat.regles = {"fpcc": {"departements": ["91"]}}
    fpcc = campagne_de(contrat, "fpcc-2027", type=TypeCampagne.FPCC)
    fpcc.nom = "Fonds participatif 2027"
    d.autre_quartier.departement = "91"
    d.organisme.code_postal = "94400"
    db.session.commit()
    dehors, dedans = _page(app, d)
    assert fpcc.nom not in dehors
    assert fpcc.nom in dedans and "dans l’Essonne" in dedans
    assert d.autre_quartier.nom in dedans and d.quartier.nom not in dedans
    assert "Commencer un dossier" in dedans  # an action led there may be proposed
    for code_postal in ("91170", ""):
        d.organisme.code_postal = code_postal
        db.session.commit()
        dehors, dedans = _page(app, d)
        assert fpcc.nom in dehors and "dans l’Essonne" in dehors and not dedans


def test_un_contrat_sans_cette_regle(app: Flask, session: Any) -> None:
    d = planter()
    contrat = db.session.scalars(db.select(Contrat)).first()
    assert contrat is not None
    fpcc = campagne_de(contrat, "fpcc-2027", type=TypeCampagne.FPCC)
    db.session.commit()
    dehors, dedans = _page(app, d)
    assert fpcc.nom in dehors and "Réservé" not in dehors and not dedans
