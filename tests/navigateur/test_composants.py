"""The catalogue of macros in a real browser: accessibility, widths, small scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

ADRESSE = "/composants"
LARGEURS = (320, 360, 768, 1280)  # 320 is 1280 at 400 % (WCAG 1.4.10)


def ouvrir(page: Page) -> None:
    reponse = page.goto(ADRESSE)
    assert reponse is not None and reponse.status == 200


@pytest.mark.parametrize("largeur", LARGEURS)
def test_accessible_et_sans_debordement(
    page: Page, verifier_axe: Callable[..., None], largeur: int
) -> None:
    page.set_viewport_size({"width": largeur, "height": 800})
    ouvrir(page)
    verifier_axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= largeur


@pytest.mark.parametrize(
    "couleurs", [{"forced_colors": "active"}, {"reduced_motion": "reduce"}, {"media": "print"}]
)
def test_autres_affichages(
    page: Page, verifier_axe: Callable[..., None], couleurs: dict[str, str]
) -> None:
    page.emulate_media(**couleurs)  # type: ignore[arg-type]
    ouvrir(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    verifier_axe(page)


def test_lisible_sans_script(ouvrir_page: Callable[..., Page]) -> None:
    page = ouvrir_page(java_script_enabled=False, viewport={"width": 360, "height": 800})
    ouvrir(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Composants de l’interface")
    expect(page.get_by_label("Montant demandé").first).to_be_visible()


def test_champ_en_erreur_est_relie(page: Page) -> None:
    ouvrir(page)
    champ = page.locator("#refuse-montant")
    expect(champ).to_have_attribute("aria-invalid", "true")
    expect(champ).to_have_attribute("inputmode", "decimal")
    expect(champ).to_have_accessible_description(
        "Erreur : Le montant s’arrête aux centimes : écrivez par exemple 1200,50."
    )
    lien = page.get_by_role("alert").get_by_role("link").first
    lien.click()
    expect(page.locator("#budget-charges-60")).to_be_focused()


def test_totaux_et_compteur(page: Page) -> None:
    ouvrir(page)
    page.fill("#budget-produits-74", "10 700,50 €")
    expect(page.locator('[data-total="produits"]')).to_have_text("11 150,50 €")
    expect(page.locator('[data-total="produits - charges"]')).to_have_text("100 €")
    page.fill("#budget-charges-60", "1e3")
    expect(page.locator('[data-total="charges"]')).to_have_text("–")
    page.fill("#resume", "é👋")
    expect(page.locator("[data-compteur-de=resume]")).to_have_text(
        "Il reste 1 498 caractères sur 1 500."
    )


def test_envoi_une_seule_fois(page: Page) -> None:
    ouvrir(page)
    envois: list[str] = []

    def recevoir(route: Route) -> None:
        envois.append(route.request.url)
        route.fulfill(status=204)  # the page stays, as during a slow answer

    page.route(lambda adresse: adresse.endswith(ADRESSE), recevoir)
    bouton = page.locator("#confirmation button")
    bouton.click()
    expect(bouton).to_have_text("Envoi en cours…")
    bouton.click(force=True)
    page.wait_for_timeout(200)
    assert len(envois) == 1
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow'))")
    expect(bouton).to_have_text("Retirer la demande")


def test_menus_tiennent_dans_un_telephone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    ouvrir(page)
    for menu in page.locator("details[data-deroulant]:visible").all():
        menu.locator("summary").click()
        volet = menu.locator(".deroulant-volet").bounding_box()
        assert volet is not None and volet["x"] >= 0 and volet["x"] + volet["width"] <= 360
        page.keyboard.press("Escape")
        expect(menu).not_to_have_attribute("open", "")
        expect(menu.locator("summary")).to_be_focused()


def test_evitement_et_clavier(page: Page) -> None:
    ouvrir(page)
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    page.get_by_role("link", name="Aller au contenu").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
