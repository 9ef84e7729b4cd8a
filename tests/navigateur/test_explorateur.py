"""The public explorer in a real browser: accessible, readable on a telephone, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from aap.extensions import db
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.services.referentiel import charger_contrat

CODE = "gosb-2024-2030"
RACINE = f"/contrats/{CODE}"
ADRESSES = {
    "accueil": "/",
    "contrat": f"{RACINE}/",
    "recherche": f"{RACINE}/?q=emploi",
    "orientation": f"{RACINE}/orientations/O1",
    "quartiers": f"{RACINE}/quartiers",
    "quartier": f"{RACINE}/quartiers/polognes-plateau-saint-martin",
    "quartier-sans-chiffre": f"{RACINE}/quartiers/commune-de-paris-8-mai-1945",
    "commune": f"{RACINE}/communes/vitry-sur-seine",
    "financeurs": f"{RACINE}/financeurs",
}


@pytest.fixture(autouse=True)
def contrat_charge(app: Flask) -> None:
    with app.app_context():
        charger_contrat(lire_contrat(DONNEES / CODE))
        db.session.commit()


def aller(page: Page, adresse: str) -> None:
    reponse = page.goto(adresse)
    assert reponse is not None and reponse.status == 200, adresse


def tabuler_jusqu_a(page: Page, selecteur: str, au_plus: int = 60) -> int:
    """Number of Tab presses needed to reach the element; fails when the keyboard cannot."""
    for rang in range(1, au_plus + 1):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selecteur):
            return rang
    pytest.fail(f"{selecteur} n’est pas atteint au clavier")


@pytest.mark.lent
@pytest.mark.parametrize("largeur", [360, 1280])
def test_accessible_et_sans_debordement(
    page: Page, verifier_axe: Callable[..., None], largeur: int
) -> None:
    page.set_viewport_size({"width": largeur, "height": 800})
    for adresse in ADRESSES.values():
        aller(page, adresse)
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        verifier_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= largeur, adresse


def test_du_contrat_au_quartier_au_clavier(page: Page) -> None:
    """Search, read the results and open one without a mouse."""
    aller(page, ADRESSES["contrat"])
    tabuler_jusqu_a(page, "#q")
    page.keyboard.type("lhay")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("Résultats pour"))).to_be_visible()
    tabuler_jusqu_a(page, "ul.resultats a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Haÿ")


def test_replis_au_clavier(page: Page) -> None:
    aller(page, ADRESSES["quartier-sans-chiffre"])
    repli = page.locator("main details", has_text="valeurs imprimées écartées")
    expect(repli).not_to_have_attribute("open", "")
    repli.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(repli).to_have_attribute("open", "")
    expect(repli.locator("s").first).to_be_visible()


def test_filtrer_les_quartiers(page: Page) -> None:
    aller(page, ADRESSES["quartiers"])
    page.get_by_label("Commune").select_option(label="Vitry-sur-Seine")
    page.get_by_role("button", name="Filtrer").click()
    expect(page).to_have_url(re.compile("commune=vitry-sur-seine"))
    expect(page.locator("tbody th")).to_have_count(4)
    page.get_by_role("link", name="Colonel Fabien").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Colonel Fabien")


def test_tableau_lisible_sur_un_telephone(page: Page) -> None:
    """Each figure keeps its indicator, its year and its rank beside it."""
    page.set_viewport_size({"width": 360, "height": 700})
    aller(page, ADRESSES["quartier"])
    # The table that compares the two fiches comes first; the one with the rank is below.
    lignes = page.locator("tbody tr", has_text="Taux de chômage")
    ligne = lignes.filter(has_text="quartiers connus").first
    expect(ligne).to_contain_text("19,")
    boite = ligne.bounding_box()
    assert boite is not None and boite["x"] >= 0 and boite["x"] + boite["width"] <= 360


def test_lisible_sans_script(ouvrir_page: Callable[..., Page]) -> None:
    page = ouvrir_page(java_script_enabled=False, viewport={"width": 360, "height": 800})
    aller(page, ADRESSES["recherche"])
    expect(page.locator("ul.resultats a").first).to_be_visible()
    page.locator("ul.resultats a").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
