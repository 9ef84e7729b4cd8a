"""The aim of a dossier in a browser: map, contract reading, indicators, years; axe and widths."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page, expect

from aap.extensions import db
from aap.services import dossier as ecrire
from aap.services.contours import charger_contours
from tests.navigateur.test_porteur import entrer, montrer
from tests.outils_porteur import dossier_complet, planter

CARRE = [[2.40, 48.75], [2.41, 48.75], [2.41, 48.76], [2.40, 48.76], [2.40, 48.75]]


def test_quartiers_au_clavier_et_accessibles(
    app: Flask,
    session,
    page: Page,
    serveur: str,
    tmp_path: Path,
    verifier_axe: Callable[..., None],
) -> None:
    d = planter()
    dossier = dossier_complet(d)
    element = {
        "type": "Feature",
        "properties": {"code": d.autre_quartier.code},
        "geometry": {"type": "Polygon", "coordinates": [CARRE]},
    }
    fichier = tmp_path / "invente.geojson"
    fichier.write_text(json.dumps({"type": "FeatureCollection", "features": [element]}), "utf-8")
    charger_contours(d.contrat, fichier)
    ecrire.enregistrer_reponse(d.acteur, dossier, "duree_annees", "3")
    db.session.commit()
    entrer(app, page.context, serveur, d.signataire)
    base = f"/porteur/dossiers/{dossier.id}/rubriques"
    for code in ("quartiers", "besoins", "orientation", "indicateurs", "annees", "budget-annees"):
        page.goto(f"{base}/{code}")
        montrer(page, f"cible-{code}")
        verifier_axe(page)
    page.goto("/porteur/conventions-pluriannuelles")
    verifier_axe(page)
    page.goto(f"{base}/quartiers")
    page.locator("svg.carte-quartiers a").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name="Quartier Ouest")).to_be_visible()
