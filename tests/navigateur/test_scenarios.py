"""The board of a scenario in a real browser: typing, undo, two people, a phone, axe."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from aap.extensions import db
from aap.models import OrigineScenario, Scenario, Utilisateur
from aap.permissions import ANONYME
from aap.services.scenario import creer_scenario, lignes_scenario
from aap.services.session import ouvrir_session
from tests.outils_copil import DecorCopil, ajouter_dossier, planter_copil


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    decor = planter_copil()
    for n in range(4, 8):
        ajouter_dossier(decor, n)
    db.session.commit()
    return decor


@pytest.fixture
def scenario(decor: DecorCopil) -> Scenario:
    cree = creer_scenario(decor.acteur, decor.campagne, "Essai", OrigineScenario.AVIS)
    db.session.commit()
    return cree


def montants(scenario: Scenario) -> dict[int, int]:
    db.session.expire_all()
    lus = {m.financement_id: m.montant for m in lignes_scenario(scenario) if m.montant}
    db.session.commit()
    return lus


@pytest.fixture
def entrer(app: Flask, serveur: str, ouvrir_page: Callable[..., Page]) -> Callable[..., Page]:
    """``entrer(person, width)``: a page of her own, signed in."""

    def ouvrir(qui: Utilisateur, largeur: int = 1280) -> Page:
        page = ouvrir_page(viewport={"width": largeur, "height": 800})
        cle = ouvrir_session(ANONYME, qui)
        db.session.commit()
        serialiseur = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        valeur = serialiseur.dumps({"_user_id": cle, "_fresh": True})
        nom = app.config["SESSION_COOKIE_NAME"]
        page.context.add_cookies([{"name": nom, "value": valeur, "url": serveur}])
        return page

    return ouvrir


def case(page: Page, decor: DecorCopil, n: int) -> Locator:
    """The State's cell of the n-th row."""
    enveloppe = decor.env_etat.id
    db.session.commit()  # reading has begun a transaction: the browser would wait for its end
    return page.locator(f"input[data-enveloppe='{enveloppe}']").nth(n)


def ligne_de(cellule: Locator) -> int:
    return int(cellule.get_attribute("data-ligne") or 0)


def test_saisir_annuler_refaire_coller(
    entrer: Callable[..., Page], decor: DecorCopil, scenario: Scenario
) -> None:
    page = entrer(decor.coordo)
    page.goto(f"/copil/scenarios/{scenario.id}")
    premiere, seconde = case(page, decor, 0), case(page, decor, 1)
    a, b = ligne_de(premiere), ligne_de(seconde)
    avant = montants(scenario)
    premiere.fill("1 000")
    premiere.press("Enter")
    expect(page.locator("p[data-etat]")).to_have_text("Enregistré.")
    assert montants(scenario)[a] == 100_000
    total = sum(avant.values()) - avant[a] + 100_000
    attendu = re.compile(rf"^{total // 100 // 1000}\s{total // 100 % 1000:03d}\s€$")
    expect(page.locator("[data-t=donne]")).to_have_text(attendu)
    page.keyboard.press("Control+z")
    expect(premiere).to_have_value(re.compile(r"^4\s000$"))
    page.keyboard.press("Control+y")
    expect(premiere).to_have_value(re.compile(r"^1\s000$"))
    premiere.focus()
    page.evaluate(
        """() => {
          const bloc = new DataTransfer();
          bloc.setData("text/plain", "1 100\\n1 200,50\\n");
          document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", {clipboardData: bloc, bubbles: true, cancelable: true}));
        }"""
    )
    expect(premiere).to_have_value(re.compile(r"^1\s100$"))
    expect(seconde).to_have_value(re.compile(r"^1\s200,50$"))
    expect(page.locator("p[data-etat]")).to_have_text("Enregistré.")
    apres = montants(scenario)
    assert (apres[a], apres[b]) == (110_000, 120_050)


def test_deux_personnes_se_voient_et_choisissent(
    entrer: Callable[..., Page], decor: DecorCopil, scenario: Scenario
) -> None:
    une, autre = entrer(decor.coordo), entrer(decor.coordo)
    for page in (une, autre):
        page.goto(f"/copil/scenarios/{scenario.id}")
    ici, la = case(une, decor, 0), case(autre, decor, 0)
    ici.fill("1 000")
    ici.press("Enter")
    expect(la).to_have_value(re.compile(r"^1\s000$"), timeout=6000)
    # The second person types while the network hides what the first one writes.
    autre.route("**/changements*", lambda route: route.abort())
    ici.fill("2 000")
    ici.press("Enter")
    expect(une.locator("p[data-etat]")).to_have_text("Enregistré.")
    la.fill("3 000")
    autre.unroute("**/changements*")
    la.press("Enter")
    panneau = autre.locator("[data-conflits]")
    expect(panneau).to_contain_text(re.compile(r"écrire 2\s000\s€ là où vous avez saisi 3\s000\s€"))
    panneau.get_by_role("button", name=re.compile(r"Mettre 3\s000")).click()
    expect(ici).to_have_value(re.compile(r"^3\s000$"), timeout=6000)
    assert montants(scenario)[ligne_de(ici)] == 300_000


def test_depasser_la_demande_demande_pourquoi(
    entrer: Callable[..., Page], decor: DecorCopil, scenario: Scenario
) -> None:
    page = entrer(decor.coordo)
    page.goto(f"/copil/scenarios/{scenario.id}")
    premiere = case(page, decor, 0)
    premiere.fill("5 500")
    premiere.press("Enter")
    panneau = page.locator("[data-conflits]")
    expect(panneau).to_contain_text("dépasse la demande")
    panneau.get_by_role("textbox").fill("Deux groupes au lieu d’un.")
    panneau.get_by_role("button", name="Enregistrer avec ce motif").click()
    expect(page.locator("p[data-etat]")).to_have_text("Enregistré.")
    assert montants(scenario)[ligne_de(premiere)] == 550_000


@pytest.mark.lent
@pytest.mark.parametrize("largeur", [360, 1280])
def test_pages_accessibles(
    entrer: Callable[..., Page],
    verifier_axe: Callable[..., None],
    decor: DecorCopil,
    scenario: Scenario,
    largeur: int,
) -> None:
    autre = creer_scenario(decor.acteur, decor.campagne, "Autre", OrigineScenario.VIDE)
    c, ids = decor.campagne.id, (scenario.id, autre.id)
    db.session.commit()
    page = entrer(decor.coordo, largeur)
    for adresse in (
        f"/copil/campagnes/{c}/scenarios",
        f"/copil/campagnes/{c}/scenarios/nouveau",
        f"/copil/campagnes/{c}/scenarios/comparer?s={ids[0]}&s={ids[1]}",
        f"/copil/campagnes/{c}/proposition",
        f"/copil/scenarios/{ids[0]}",
        f"/copil/scenarios/{ids[0]}/copier",
        f"/copil/scenarios/{ids[0]}/figer",
        f"/copil/scenarios/{ids[0]}/retenir",
        f"/copil/scenarios/{ids[0]}/supprimer",
        f"/copil/scenarios/{ids[0]}/modifier",
    ):
        assert page.goto(adresse).status == 200, adresse  # type: ignore[union-attr]
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        verifier_axe(page)
        debord = page.evaluate(
            "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
        )
        assert debord <= 0, adresse
