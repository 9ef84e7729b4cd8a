"""Grids, needs of the quartiers and landmarks of a dossier in a real browser."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from playwright.sync_api import Page, expect

from aap.extensions import db
from aap.services.critere import supprimer_critere
from aap.services.grille import nouvelle_version
from aap.services.note_interne import ecrire_note
from tests import fabriques as f
from tests import outils_instruction as o
from tests.navigateur.test_campagne import entrer, voir
from tests.outils_coordination import monter


def test_editeur_de_grille(
    app: Flask, session: object, serveur: str, page: Page, verifier_axe: Callable[..., None]
) -> None:
    c = monter()
    grille = c.campagne.grille
    assert grille is not None
    autre = nouvelle_version(c.acteur, grille)
    supprimer_critere(c.acteur, autre.criteres[-1])
    grille.criteres[-1].reserve_a = ["commune"]
    racine = f"/coordination/grilles/{grille.id}"
    db.session.commit()
    entrer(app, page.context, serveur, c.coordination)
    for nom, adresse in (
        ("grilles", "/coordination/grilles"),
        ("importer", "/coordination/grilles/importer"),
        ("grille", racine),
        ("critere", f"{racine}/criteres/budget"),
        ("comparer", f"{racine}/comparer?avec={autre.id}"),
        ("apercu", f"{racine}/apercu?pour=etat"),
        ("suppression", f"{racine}/criteres/budget/suppression"),
    ):
        voir(page, verifier_axe, nom, adresse)


def test_le_total_des_poids_suit_la_frappe(
    app: Flask, session: object, serveur: str, page: Page
) -> None:
    c = monter()
    grille = c.campagne.grille
    assert grille is not None
    racine = f"/coordination/grilles/{grille.id}"
    db.session.commit()
    entrer(app, page.context, serveur, c.coordination)
    page.goto(f"{racine}/poids")
    total = page.locator("[data-total-poids]")
    expect(total).to_contain_text("100 sur 100")
    premier = page.locator("input[data-poids]").first
    premier.fill("25")
    expect(total).to_contain_text("5 de trop")
    premier.fill("vingt")
    expect(total).to_contain_text("nombre entier")
    premier.fill("12")
    expect(total).to_contain_text("il reste 8 à répartir")
    page.get_by_role("button", name="Enregistrer les poids").click()
    expect(page.locator("#resume-erreurs")).to_contain_text("elle fait 92")
    expect(page.locator("input[data-poids]").first).to_have_value("12")


def test_reperes_et_besoins(
    app: Flask, session: object, serveur: str, page: Page, verifier_axe: Callable[..., None]
) -> None:
    decor = o.planter()
    ecrire_note(f.acteur(decor.instructrice), decor.dossier, "Vu avec le délégué du préfet.")
    voisin = f.dossier(decor.campagne, decor.organisme, intitule="Autre action")
    o.deposer(voisin, decor.porteur)
    dossier, contrat = f"/instruction/dossiers/{decor.dossier.id}", decor.contrat.code
    quartier = decor.est.code
    db.session.commit()
    entrer(app, page.context, serveur, decor.instructrice)
    voir(page, verifier_axe, "reperes", f"{dossier}/reperes")
    voir(page, verifier_axe, "besoins", f"/contrats/{contrat}/besoins?quartier={quartier}")
    page.goto(dossier)
    comparaisons = page.locator("#comparaisons")
    expect(comparaisons).to_contain_text("1 autre dossier pour le même exercice")
    verifier_axe(page)
