"""The budget in a browser: live totals, keyboard, paste and undo, import; both widths, axe."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
import xlsxwriter
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from aap.models import LigneBudget
from tests.navigateur.test_porteur import entrer, montrer
from tests.outils_porteur import dossier_complet, planter

LARGEURS = (360, 1280)
BLOC = (
    "604\tGoûters\t1 200,50\n641\tAnimatrice\t3 000\n604\tSorties\t99\n"
    "645\tCharges sociales\t12,5O0\n74\tVille de Grigny\t500\tAcquis\tDroit commun"
)


@pytest.fixture
def budget(app: Flask, session, page: Page, serveur: str) -> str:
    d = planter()
    entrer(app, page.context, serveur, d.signataire)
    numero = dossier_complet(d).id
    session.commit()
    return f"/porteur/dossiers/{numero}/rubriques/budget"


def _montant(page: Page, nom: str) -> Locator:
    return page.get_by_label(f"{nom}, montant en euros").first


def _coller(champ: Locator, texte: str) -> None:
    """A paste event, as the browser sends it after Ctrl+V."""
    champ.focus()
    champ.evaluate(
        """(c, texte) => {
          const donnees = new DataTransfer();
          donnees.setData("text/plain", texte);
          const options = {clipboardData: donnees, bubbles: true, cancelable: true};
          c.dispatchEvent(new ClipboardEvent("paste", options));
        }""",
        texte,
    )


@pytest.mark.parametrize("largeur", LARGEURS)
def test_totaux_et_phrases_en_direct(budget: str, page: Page, verifier_axe, largeur: int) -> None:
    page.set_viewport_size({"width": largeur, "height": 900})
    page.goto(budget)
    gauche, droite = (page.locator(".bloc-budget").nth(i).bounding_box() for i in (0, 1))
    assert gauche and droite
    assert (droite["x"] > gauche["x"] + 100) == (largeur > 1000)
    page.locator("summary", has_text="60 – Achats").click()
    _montant(page, "Autres fournitures").fill("1 250")
    phrase = page.locator("[data-phrase]")
    expect(phrase).to_contain_text("Il manque 1\u202f250\u00a0€ de produits")
    expect(page.locator('[data-total="g-charge-60"]')).to_have_text("1\u202f250\u00a0€")
    _montant(page, "Autres fournitures").fill("12,5O0")
    expect(phrase).to_contain_text("n’est pas lisible")
    _montant(page, "Autres fournitures").blur()
    expect(page.locator("[data-erreur]:visible")).to_have_count(1)
    verifier_axe(page)
    _montant(page, "Autres fournitures").fill("")
    page.locator("summary", has_text="86 – Emplois").click()
    _montant(page, "Personnel bénévole").fill("800")
    expect(page.locator('[data-constat="nature"]')).to_contain_text("800\u00a0€ au compte 87")
    expect(phrase).to_contain_text("équilibré")
    montrer(page, "budget-direct")


@pytest.mark.parametrize("largeur", LARGEURS)
def test_clavier(budget: str, page: Page, largeur: int) -> None:
    page.set_viewport_size({"width": largeur, "height": 900})
    page.goto(budget)
    page.locator("summary", has_text="60 – Achats").click()
    un, deux = (
        _montant(page, "Prestations de services"),
        _montant(page, "Achats matières et fournitures"),
    )
    un.fill("12")
    un.press("ArrowDown")
    expect(deux).to_be_focused()
    deux.press("ArrowUp")
    expect(un).to_be_focused()
    un.press("Enter")
    expect(deux).to_be_focused()
    deux.press("Shift+Enter")
    expect(un).to_be_focused()
    assert page.url.endswith(budget)
    un.press("ArrowRight")
    ailleurs = page.evaluate(
        "document.activeElement.closest('.bloc-budget h2, .bloc-budget')"
        ".querySelector('h2').textContent"
    )
    assert ailleurs == ("Produits" if largeur > 1000 else "Charges")


@pytest.mark.parametrize("largeur", LARGEURS)
def test_coller_un_bloc(
    budget: str, session, page: Page, verifier_axe: Callable[..., None], largeur: int
) -> None:
    page.set_viewport_size({"width": largeur, "height": 900})
    page.goto(budget)
    personnel = _montant(page, "Rémunération des personnels")
    avant = personnel.input_value()
    _coller(personnel, BLOC)
    recit = page.locator("[data-collage]")
    expect(recit).to_contain_text("4 montants sont collés")
    expect(recit).to_contain_text("« 12,5O0 » n’est pas un montant")
    expect(personnel).to_have_value("3\u202f000")
    gouters = page.locator('[data-rang="charge:604"] input[data-montant]')
    expect(gouters).to_have_count(2)
    expect(gouters.nth(1)).to_have_value("99")
    ville = page.locator('[data-rang="produit:74commune"]')
    expect(ville.get_by_label("Nom du financeur")).to_have_value("Ville de Grigny")
    expect(ville.get_by_label("État de l’aide")).to_have_value("acquis")
    verifier_axe(page)
    montrer(page, "budget-colle")
    page.get_by_role("button", name="Annuler ce collage").click()
    expect(personnel).to_have_value(avant)
    expect(gouters).to_have_count(1)
    expect(page.locator("[data-phrase]")).to_contain_text("équilibré")
    _coller(personnel, BLOC)
    expect(recit).to_contain_text("4 montants")
    page.get_by_role("button", name="Recalculer").click()
    expect(page.locator("[data-phrase]")).to_contain_text("dépassent les charges")
    session.rollback()
    lues = {(x.compte, x.libelle, x.montant) for x in session.query(LigneBudget)}
    assert {("604", "Goûters", 120_050), ("604", "Sorties", 9_900)} <= lues


def test_coller_une_colonne_et_ajouter_un_financeur(budget: str, page: Page) -> None:
    page.goto(budget)
    page.locator("summary", has_text="60 – Achats").click()
    _coller(_montant(page, "Prestations de services"), "1 200\n\n3,50 €\n")
    expect(page.locator("[data-collage]")).to_contain_text("2 montants sont collés")
    expect(_montant(page, "Prestations de services")).to_have_value("1\u202f200")
    expect(_montant(page, "Achats matières et fournitures")).to_have_value("")
    expect(_montant(page, "Autres fournitures")).to_have_value("3,50")
    region = _montant(page, "Conseils régionaux")
    region.fill("500")
    page.get_by_role("button", name="Ajouter un financeur au compte Conseils régionaux").click()
    expect(page.locator('[data-rang="produit:74region"]')).to_have_count(2)
    neuve = page.locator('[data-rang="produit:74region"]').nth(1)
    expect(neuve.get_by_label("Nom du financeur")).to_be_focused()


def test_coller_sans_reseau_ne_change_rien(budget: str, page: Page) -> None:
    page.goto(budget)
    personnel = _montant(page, "Rémunération des personnels")
    avant = personnel.input_value()
    page.context.set_offline(True)
    _coller(personnel, BLOC)
    expect(page.locator("[data-collage]")).to_contain_text("rien n’a été collé")
    expect(personnel).to_have_value(avant)
    page.context.set_offline(False)


def _fichier(montant: object) -> dict[str, object]:
    flux = io.BytesIO()
    with xlsxwriter.Workbook(flux, {"in_memory": True}) as classeur:
        feuille = classeur.add_worksheet("Budget")
        feuille.write_row(0, 0, ["Compte", "Intitulé", "Montant"])
        feuille.write_row(1, 0, ["604", "Goûters", montant])
    type_mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "budget.xlsx", "mimeType": type_mime, "buffer": flux.getvalue()}


def test_import_d_un_tableur(budget: str, page: Page, verifier_axe: Callable[..., None]) -> None:
    page.goto(budget)
    page.get_by_role("link", name="Remplir le budget dans un tableur").click()
    expect(page.locator("h1")).to_have_text("Le budget dans un tableur")
    page.wait_for_load_state("networkidle")
    montrer(page, "budget-tableur")
    verifier_axe(page)
    with page.expect_download() as attente:
        page.get_by_role("link", name="Télécharger le modèle").click()
    assert attente.value.suggested_filename.endswith(".xlsx")
    page.get_by_label("Fichier du budget").set_input_files([_fichier("12,5O0")])
    page.get_by_role("button", name="Lire ce tableau").click()
    expect(page.get_by_role("alert")).to_contain_text("cellule C2")
    verifier_axe(page)
    page.get_by_label("Fichier du budget").set_input_files([_fichier(450)])
    page.get_by_role("button", name="Lire ce tableau").click()
    expect(page.locator("h1")).to_have_text("Ce qui a été compris")
    page.wait_for_load_state("networkidle")
    montrer(page, "budget-apercu")
    verifier_axe(page)
    page.get_by_role("button", name="Mettre ces lignes dans mon budget").click()
    expect(page.get_by_text("Les lignes du tableau sont dans votre budget.")).to_be_visible()
    expect(_montant(page, "Prestations de services")).to_have_value("450")


def test_sans_script(app: Flask, budget: str, page: Page, ouvrir_page) -> None:
    """The same page as a plain form: details open by themselves, a row is added by the server."""
    cookies = page.context.cookies()
    nu = ouvrir_page(java_script_enabled=False)
    nu.context.add_cookies(cookies)
    nu.goto(budget)
    nu.locator("summary", has_text="61 – Services").click()
    _montant(nu, "Locations").fill("1 250")
    nu.get_by_label("Ajouter une ligne au compte").select_option("charge:613")
    nu.get_by_role("button", name="Ajouter cette ligne").click()
    expect(nu.locator("[data-phrase]")).to_contain_text("Il manque 1\u202f250\u00a0€ de produits")
    expect(nu.get_by_label("Locations, montant en euros")).to_have_count(2)
