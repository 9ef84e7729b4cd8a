"""Uploads in a browser: progress, network loss, cancel, the button pressed too early, no script."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pikepdf
import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from aap.extensions import db
from aap.models import Fichier, PieceDossier, PieceOrganisme, Televersement
from aap.services import dossier as ecrire
from aap.services.televersement import MORCEAU
from aap.taches.ouvrier import vider
from forms.organisme import RUBRIQUES
from tests.integration.test_annuaire import SIRET, reponse
from tests.integration.test_fichiers import photo
from tests.navigateur.test_porteur import entrer, montrer
from tests.outils_fichiers import annuaire
from tests.outils_porteur import pdf, planter


@pytest.fixture
def decor(app: Flask, session, page: Page, serveur: str):
    d = planter()
    entrer(app, page.context, serveur, d.signataire)
    return d


@pytest.fixture
def dossier(decor, session) -> int:
    """Id of a draft; no transaction stays open."""
    numero = ecrire.creer_dossier(decor.acteur, decor.organisme, decor.campagne).id
    session.commit()
    return numero


@pytest.fixture(scope="session")
def gros_pdf(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Several pieces long."""
    chemin = tmp_path_factory.mktemp("pieces") / "programme de l’été.pdf"
    with pikepdf.new() as d:
        d.add_blank_page()
        d.Root["/Reste"] = d.make_stream(os.urandom(5 * MORCEAU))
        d.save(chemin)
    return str(chemin)


def page_pieces(dossier: int) -> str:
    return f"/porteur/dossiers/{dossier}/rubriques/pieces"


def choisir(page: Page, chemin: str) -> None:
    page.get_by_label("Document (obligatoire)", exact=True).set_input_files(chemin)


def arrive(page: Page) -> None:
    """The whole file is on the server (a busy machine takes its time)."""
    expect(page.locator("[data-phrase]")).to_contain_text("est arrivé", timeout=30_000)


def compter(session, modele: type) -> int:
    session.rollback()
    nombre = session.scalar(db.select(db.func.count()).select_from(modele))
    session.rollback()
    return int(nombre)


def test_envoi_par_morceaux(
    dossier, session, page: Page, gros_pdf: str, verifier_axe: Callable[..., None]
) -> None:
    page.goto(page_pieces(dossier))
    expect(page.get_by_text("20\u00a0Mo au plus")).to_be_visible()  # said before the choice
    choisir(page, gros_pdf)
    arrive(page)
    verifier_axe(page)
    montrer(page, "piece-arrivee")
    page.get_by_label("Ce que contient le document").fill("Programme")
    page.get_by_role("button", name="Joindre le document").click()
    expect(page.locator(".coffre h3")).to_have_text("Programme")
    assert compter(session, PieceDossier) == 1
    vider()
    assert compter(session, Televersement) == 0
    page.reload()
    expect(page.locator(".coffre-image img")).to_have_js_property("complete", True)
    assert page.evaluate("document.querySelector('.coffre-image img').naturalWidth") > 100
    montrer(page, "piece-jointe")
    verifier_axe(page)


def test_reseau_coupe_puis_revenu(dossier, session, page: Page, gros_pdf: str) -> None:
    """Two pieces arrive, the network falls; once back, only what is missing is sent."""
    page.goto(page_pieces(dossier))
    envoyes: list[str] = []

    def couper(route: Route) -> None:
        envoyes.append(route.request.url)
        if 2 <= len(envoyes) <= 4:
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route("**/morceaux/*", couper)
    choisir(page, gros_pdf)
    expect(page.locator("[data-phrase]")).to_contain_text("reprendra tout seul", timeout=15_000)
    arrive(page)
    rangs = [int(u.rpartition("/")[2]) for u in envoyes]
    assert rangs.count(0) == 1 and rangs.count(1) == 4  # three refused, one accepted
    page.get_by_role("button", name="Joindre le document").click()
    expect(page.locator(".coffre h3")).to_have_count(1)


def test_onglet_ferme_puis_meme_fichier(dossier, session, page: Page, gros_pdf: str) -> None:
    """The pieces that had arrived are not sent again, and the file is there once."""
    page.goto(page_pieces(dossier))
    page.route(re.compile(r"/morceaux/[3-9]"), lambda route: route.abort())
    choisir(page, gros_pdf)
    expect(page.locator("[data-phrase]")).to_contain_text("reprendra tout seul", timeout=15_000)
    page.unroute(re.compile(r"/morceaux/[3-9]"))
    page.goto("/porteur/")
    page.goto(page_pieces(dossier))
    envoyes: list[str] = []
    page.on("request", lambda r: envoyes.append(r.url) if "/morceaux/" in r.url else None)
    choisir(page, gros_pdf)
    arrive(page)
    assert min(int(u.rpartition("/")[2]) for u in envoyes) == 3
    for _ in range(2):
        with page.expect_navigation():
            page.get_by_role("button", name="Joindre le document").click()
        expect(page.locator(".coffre h3")).to_have_count(1)
        choisir(page, gros_pdf)
        arrive(page)
    assert compter(session, Fichier) == 1


def test_bouton_presse_trop_tot(dossier, session, page: Page, gros_pdf: str) -> None:
    page.goto(page_pieces(dossier))

    def lentement(route: Route) -> None:
        page.wait_for_timeout(120)
        route.continue_()

    page.route("**/morceaux/*", lentement)
    choisir(page, gros_pdf)
    page.get_by_role("button", name="Joindre le document").click()
    expect(page.locator(".coffre h3")).to_have_count(1)
    assert compter(session, PieceDossier) == 1


def test_annuler(dossier, session, page: Page, gros_pdf: str) -> None:
    page.goto(page_pieces(dossier))
    page.route(re.compile(r"/morceaux/[2-9]"), lambda route: route.abort())
    choisir(page, gros_pdf)
    expect(page.locator("[data-phrase]")).to_contain_text("reprendra")
    with page.expect_response("**/abandon") as reponse:
        page.get_by_role("button", name="Annuler l’envoi").click()
    assert reponse.value.ok
    expect(page.locator("[data-suivi]")).to_be_hidden()
    assert compter(session, Televersement) == 0
    page.get_by_role("button", name="Joindre le document").click()
    expect(page.get_by_text("Choisissez un document sur votre appareil.").first).to_be_visible()


def test_refus_en_mots(
    dossier, page: Page, tmp_path, regler: Callable[..., None], verifier_axe: Callable[..., None]
) -> None:
    regler(taille_piece_mo=1)
    page.goto(page_pieces(dossier))
    lourd, faux = tmp_path / "lourd.pdf", tmp_path / "faux.pdf"
    lourd.write_bytes(b"%PDF" + b"0" * 1_100_000)
    faux.write_bytes(b"MZ" + b"0" * 300)
    choisir(page, str(lourd))
    expect(page.locator("[data-phrase]")).to_contain_text("la limite est de 1")
    verifier_axe(page)
    choisir(page, str(faux))
    arrive(page)
    page.get_by_role("button", name="Joindre le document").click()
    expect(page.locator("[id='fichier-err']")).to_contain_text("n’est pas d’un type accepté")
    verifier_axe(page)


def test_coffre_sans_script(
    app: Flask, session, ouvrir_page: Callable[..., Page], serveur: str, tmp_path
) -> None:
    """Plain form: a photo turned upright; a forgotten answer does not lose the file."""
    d = planter()
    numero = d.organisme.id
    onglet = ouvrir_page(java_script_enabled=False)
    entrer(app, onglet.context, serveur, d.signataire)
    image = tmp_path / "IMG_2034.jpg"
    image.write_bytes(photo(taille=(1600, 1200)))
    onglet.goto(f"/porteur/organismes/{numero}/documents")
    onglet.get_by_label("Document (obligatoire)", exact=True).set_input_files(str(image))
    onglet.get_by_role("button", name="Déposer le document").click()
    expect(onglet.get_by_text("est déjà arrivé")).to_be_visible()
    onglet.get_by_label("Nature du document").select_option("statuts")
    onglet.get_by_role("button", name="Déposer le document").click()
    expect(onglet.get_by_text("Le document est rangé.")).to_be_visible()
    piece = session.scalar(db.select(PieceOrganisme))
    assert piece.fichier.type_mime == "image/jpeg" and piece.fichier.nom == "img-2034.jpg"


def test_coffre_a_regarder(
    decor, session, page: Page, tmp_path, verifier_axe: Callable[..., None]
) -> None:
    numero = decor.organisme.id
    session.commit()
    page.goto(f"/porteur/organismes/{numero}/documents?type=statuts#deposer")
    montrer(page, "coffre-vide")
    verifier_axe(page)
    statuts = tmp_path / "Statuts signés 2027.pdf"
    statuts.write_bytes(pdf())
    choisir(page, str(statuts))
    arrive(page)
    page.get_by_role("button", name="Déposer le document").click()
    expect(page.get_by_text("Le document est rangé.")).to_be_visible()
    vider()
    page.reload()
    montrer(page, "coffre-rempli")
    verifier_axe(page)
    page.get_by_role("button", name="Déposer le document").click()
    montrer(page, "coffre-refus")
    verifier_axe(page)


def test_fiche_de_l_organisme_a_regarder(
    decor, session, page: Page, regler: Callable[..., None], verifier_axe: Callable[..., None]
) -> None:
    """Every page of the record, at both widths, refused states included."""
    numero = decor.organisme.id
    session.commit()
    base = f"/porteur/organismes/{numero}"
    codes = [r.code for r in RUBRIQUES]
    for nom, adresse in {
        "fiche": base,
        "budget-organisme": f"{base}/budget",
        **{f"fiche-{code}": f"{base}/modifier/{code}" for code in codes},
    }.items():
        page.goto(adresse)
        montrer(page, nom)
        verifier_axe(page)
    with annuaire() as stub:
        regler(annuaire=stub.adresse)
        stub.corps = reponse()
        page.goto("/porteur/organismes/nouveau")
        page.get_by_label("Numéro SIRET ou RNA").fill("12")
        page.get_by_role("button", name="Chercher").click()
        expect(page.locator("#numero-err")).to_be_visible()
        verifier_axe(page)
        page.get_by_label("Numéro SIRET ou RNA").fill(SIRET)
        page.get_by_role("button", name="Chercher").click()
        expect(page.get_by_label("Nom de l’organisme")).to_have_value("LES JARDINS DU LAC")
        montrer(page, "annuaire-trouve")
        verifier_axe(page)
        stub.corps = reponse(siege={"siret": "73282932000074", "code_postal": "94310"})
        page.goto(f"{base}/modifier?annuaire=oui")
        expect(page.get_by_role("cell", name="JDL")).to_be_visible()
        montrer(page, "annuaire-ecarts")
        verifier_axe(page)


def test_budget_de_l_organisme(decor, session, page: Page) -> None:
    """Totals follow the typing."""
    numero = decor.organisme.id
    session.commit()
    page.goto(f"/porteur/organismes/{numero}/budget")
    champs = page.locator("[data-montant=charges]")
    champs.nth(0).fill("1 200")
    champs.nth(1).fill("300,50")
    expect(page.locator("[data-total=charges]")).to_contain_text("500,50")
    page.get_by_role("button", name="Enregistrer le budget").click()
    expect(page.get_by_text("est enregistré.")).to_be_visible()
    expect(page.locator("[data-montant=charges]").nth(0)).to_have_value("1 200")
