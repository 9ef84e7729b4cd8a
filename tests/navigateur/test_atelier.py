"""The workbench in a browser: keyboard, tick boxes, accessible at two widths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from aap.extensions import db
from aap.models import Dossier
from tests import outils_instruction as o
from tests.navigateur.test_instruction import _entrer, _voir
from workflows.dossier import EtatDossier


@pytest.mark.lent
def test_pages_de_l_atelier(app, session, serveur: str, page: Page, verifier_axe: Callable) -> None:
    decor = o.planter()
    o.dossiers_en_plus(decor, 30)
    for d in db.session.scalars(select(Dossier).where(Dossier.id != decor.dossier.id)):
        d.etat = EtatDossier.DEPOSE
    _entrer(page, app, serveur, decor.coordination)
    ids = f"ids={decor.dossier.id}&ids={decor.dossier.id + 1}"
    for nom, adresse in (
        ("atelier-liste", "/instruction/?q=action&col=organisme&col=financeurs&col=instructeur"),
        ("atelier-dossier", f"/instruction/dossiers/{decor.dossier.id}?sel=tri%3Dmontant"),
        ("atelier-apercu", f"/instruction/lots/nouveau?acte=demander_complements&{ids}"),
        ("atelier-cotech", "/instruction/cotech"),
        ("atelier-affecter", f"/instruction/lots/nouveau?acte=affecter&{ids}"),
    ):
        _voir(page, verifier_axe, nom, adresse)


def test_clavier(app, session, serveur: str, page: Page, verifier_axe: Callable) -> None:
    decor = o.planter()
    o.dossiers_en_plus(decor, 30)
    _entrer(page, app, serveur, decor.instructrice)
    page.goto("/instruction/?tri=intitule&sens=asc")

    def touche(nom: str) -> None:
        page.wait_for_load_state("load")  # the script is deferred
        page.keyboard.press(nom)

    touche("j")
    expect(page.locator("a[data-ouvrir]").first).to_be_focused()
    touche("ArrowDown")
    expect(page.locator("a[data-ouvrir]").nth(1)).to_be_focused()
    touche("x")
    expect(page.locator("[data-cochees]")).to_have_text("1 dossier coché")
    touche("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    verifier_axe(page)
    touche("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    touche("o")
    page.wait_for_url("**/instruction/dossiers/*")
    titre = page.locator("h1").inner_text()
    touche("j")
    expect(page.locator("h1")).not_to_have_text(titre)
    touche("k")
    expect(page.locator("h1")).to_have_text(titre)
    touche("a")
    page.wait_for_url("**/avis?*")
    page.go_back()
    touche("u")
    page.wait_for_url("**/instruction/?*")
    page.get_by_label("Action, organisme ou numéro").press_sequentially("jojo")
    expect(page.get_by_label("Action, organisme ou numéro")).to_have_value("jojo")
    page.locator("h1").click()
    touche("?")
    page.get_by_label("Utiliser les raccourcis").uncheck()
    touche("Escape")
    page.reload()
    touche("j")
    expect(page.locator("a[data-ouvrir]").first).not_to_be_focused()


def test_deux_navigateurs_se_voient(
    app, session, serveur: str, page: Page, ouvrir_page: Callable[..., Page]
) -> None:
    decor = o.planter()
    adresse = f"/instruction/dossiers/{decor.dossier.id}"
    nom = decor.instructrice.nom_complet
    _entrer(page, app, serveur, decor.instructrice)
    with page.expect_response("**/presence"):
        page.goto(adresse)
    autre = ouvrir_page()
    _entrer(autre, app, serveur, decor.collegue)
    autre.goto(adresse)
    expect(autre.locator("[data-presence]")).to_contain_text(f"{nom} a aussi ce dossier ouvert")
