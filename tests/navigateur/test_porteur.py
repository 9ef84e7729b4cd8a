"""The porteur in a browser: writing, saving, losing the network, signing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from aap.extensions import db
from aap.models import Utilisateur
from aap.permissions import ANONYME
from aap.services import depot as deposer
from aap.services import dossier as ecrire
from aap.services.session import ouvrir_session
from tests.outils_porteur import dossier_complet, planter

PHOTOS = os.environ.get("AAP_PHOTOS")
LARGEURS = (360, 1280)


def entrer(app: Flask, contexte: BrowserContext, adresse: str, utilisateur: Utilisateur) -> None:
    """Put in the browser the cookie of an open session."""
    cle = ouvrir_session(ANONYME, utilisateur)
    db.session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = cle
        cookie["_fresh"] = True
    valeur = client.get_cookie("aap")
    assert valeur is not None
    contexte.add_cookies([{"name": "aap", "value": valeur.value, "url": adresse}])


QUI_DEBORDE = """[...document.querySelectorAll('body *')]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > window.innerWidth)
  .map(e => `${e.tagName}.${e.className} ${e.getBoundingClientRect().right}`)"""


def montrer(page: Page, nom: str) -> None:
    """Look at a page at both widths; keep pictures when AAP_PHOTOS names a folder."""
    for largeur in LARGEURS:
        page.set_viewport_size({"width": largeur, "height": 900})
        # The first layout after a change of size may be read before the page's scripts have
        # followed: a true overflow is still there a moment later.
        for _ in range(20):
            debord = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if debord <= 0:
                break
            page.wait_for_timeout(100)
        assert debord <= 0, (
            f"{nom} déborde de {debord} px à {largeur} px : {page.evaluate(QUI_DEBORDE)}"
        )
        if PHOTOS:
            page.screenshot(path=Path(PHOTOS) / f"{nom}-{largeur}.png", full_page=True)


@pytest.fixture
def decor(app: Flask, session, page: Page, serveur: str):
    d = planter()
    entrer(app, page.context, serveur, d.signataire)
    return d


@pytest.mark.lent
def test_pages_lisibles_et_accessibles(
    decor, session, page: Page, verifier_axe: Callable[..., None]
) -> None:
    vide = ecrire.creer_dossier(decor.acteur, decor.organisme, decor.campagne)
    dossier = dossier_complet(decor, cer=False)
    base, orga = f"/porteur/dossiers/{dossier.id}", f"/porteur/organismes/{decor.organisme.id}"
    sans_rien = vide.id
    session.commit()
    pages = {
        "accueil": "/porteur/",
        "organisme": orga,
        "identite": f"{orga}/modifier",
        "membres": f"{orga}/membres",
        "engagement": f"{orga}/engagement",
        "documents": f"{orga}/documents",
        "nouveau": "/porteur/dossiers/nouveau",
        "taches": base,
        "manques": f"/porteur/dossiers/{sans_rien}/verification",
        "verifier": f"{base}/verification",
    }
    for code in (
        "presentation",
        "publics",
        "orientation",
        "quartiers",
        "besoins",
        "indicateurs",
        "financeurs",
        "budget",
        "pieces",
    ):
        pages[code] = f"{base}/rubriques/{code}"
    for nom, adresse in pages.items():
        page.goto(adresse)
        expect(page.locator("h1")).to_have_count(1)
        montrer(page, nom)
        verifier_axe(page)


def test_suivi_lisible(decor, session, page: Page, verifier_axe: Callable[..., None]) -> None:
    dossier = dossier_complet(decor)
    deposer.transmettre(decor.acteur, dossier)
    numero = dossier.id
    session.commit()
    page.goto(f"/porteur/dossiers/{numero}")
    page.get_by_label("Votre message").fill("Bonjour, une question.")
    page.get_by_role("button", name="Envoyer le message").click()
    expect(page.locator(".fil-messages")).to_contain_text("une question")
    montrer(page, "suivi")
    verifier_axe(page)


def test_totaux_du_budget_en_direct(decor, session, page: Page) -> None:
    dossier = dossier_complet(decor)
    numero = dossier.id
    session.commit()
    page.goto(f"/porteur/dossiers/{numero}/rubriques/budget")
    expect(page.locator("[data-phrase]")).to_contain_text("équilibré à 12")
    page.locator("summary", has_text="61 – Services").click()
    page.get_by_label("Assurance, montant en euros").fill("150,50")
    expect(page.locator('[data-total="charges"]')).to_contain_text("150,50")
    expect(page.locator("[data-phrase]")).to_contain_text("Il manque 150,50")
    page.get_by_role("button", name="Recalculer").click()
    expect(page.locator("[data-phrase]")).to_contain_text("Il manque 150,50")


SOUS_LA_BARRE = """() => {
  const a = document.activeElement, r = a.getBoundingClientRect();
  const x = r.left + Math.min(r.width / 2, 40), y = r.top + Math.min(r.height / 2, 15);
  const dessus = document.elementFromPoint(x, y);
  const barre = document.querySelector('.barre-actions');
  return a.isConnected && a !== document.body && !barre.contains(a) && barre.contains(dessus);
}"""


@pytest.mark.parametrize("rubrique", ["budget", "financeurs"])
def test_ce_que_le_clavier_atteint_reste_visible(decor, session, page: Page, rubrique: str) -> None:
    """WCAG 2.4.11: the bar of buttons at the bottom never hides the field that has the focus."""
    dossier = dossier_complet(decor, cer=False).id
    session.commit()
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/porteur/dossiers/{dossier}/rubriques/{rubrique}")
    assert page.locator(".barre-actions").evaluate("e => getComputedStyle(e).position") == "sticky"
    for _ in range(60):
        page.keyboard.press("Tab")
        assert not page.evaluate(SOUS_LA_BARRE), page.evaluate("document.activeElement.outerHTML")
