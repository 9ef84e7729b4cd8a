"""Sections saved as a whole and the bilan: typed, cut, closed, written by two people at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from aap.models import Bilan, Dossier, Utilisateur
from aap.services import dossier as ecrire
from aap.services import organisme as orga
from tests.integration.test_brouillon_pages import monde_bilan  # noqa: F401 (fixture)
from tests.navigateur.test_brouillon import bandeau, copies
from tests.navigateur.test_porteur import entrer, montrer
from tests.outils_porteur import Decor, dossier_complet, planter
from tests.parcours.test_argent import Monde

expect.set_options(timeout=20_000)


class Rubriques:
    """A complete dossier, its two members."""

    def __init__(self, app: Flask, session: Any, serveur: str) -> None:
        self.app, self.session, self.serveur = app, session, serveur
        self.decor: Decor = planter()
        self.lea = orga.inviter_membre(
            self.decor.acteur, self.decor.organisme, "lea@exemple.fr"
        ).utilisateur
        self.lea.confirme_le = self.decor.signataire.confirme_le
        self.dossier_id = dossier_complet(self.decor).id
        self.etat_id = self.decor.etat.id
        session.commit()

    def ouvrir(self, page: Page, code: str, qui: Utilisateur | None = None) -> Page:
        entrer(self.app, page.context, self.serveur, qui or self.decor.signataire)
        page.goto(f"/porteur/dossiers/{self.dossier_id}/rubriques/{code}")
        return page

    def lire(self, faire: Callable[[Dossier], Any]) -> Any:
        self.session.expire_all()
        valeur = faire(self.session.get_one(Dossier, self.dossier_id))
        self.session.commit()
        return valeur


@pytest.fixture
def rubriques(app: Flask, session: Any, serveur: str) -> Rubriques:
    return Rubriques(app, session, serveur)


def etat(page: Page) -> Locator:
    return page.locator(".etat-page")


def indicateurs(d: Dossier) -> list[tuple[str, str]]:
    return [(i.libelle, i.cible) for i in sorted(d.indicateurs, key=lambda i: i.id)]


def test_indicateurs_gardes_en_ecrivant(rubriques: Rubriques, page: Page) -> None:
    rubriques.ouvrir(page, "indicateurs")
    page.locator("[name=lignes-1-libelle]").press_sequentially("Familles venues", delay=3)
    expect(etat(page)).to_contain_text("Enregistré à")
    assert rubriques.lire(indicateurs) == [("Enfants suivis", "40"), ("Familles venues", "")]
    page.locator("[name=lignes-1-cible]").fill("25")
    expect.soft(etat(page)).to_contain_text("Enregistré à")
    page.get_by_role("button", name="Enregistrer et continuer").click()
    page.wait_for_url("**/rubriques/financeurs")
    assert rubriques.lire(indicateurs)[1] == ("Familles venues", "25")
    assert copies(page) == 0


def test_chaque_page_garde_sa_frappe_hors_connexion(rubriques: Rubriques, page: Page) -> None:
    """Cut, typed, closed, opened again: every kind of section gets its text back and saves it."""
    champs = {
        "indicateurs": ("[name=lignes-1-libelle]", "Familles venues"),
        "financeurs": (f"[name='aide-{rubriques.etat_id}-droit_commun']", "1 234"),
        "budget": ("input[name$='-saisie']:visible >> nth=0", "150,50"),
        "quartiers": ("input[name^=part_]", "80"),
    }
    contexte = page.context
    for code, (cible, texte) in champs.items():
        onglet = contexte.new_page()
        rubriques.ouvrir(onglet, code)
        contexte.set_offline(True)
        onglet.locator(cible).fill(texte)
        expect(bandeau(onglet)).to_contain_text("Hors connexion")
        onglet.close()
        contexte.set_offline(False)
        neuf = contexte.new_page()
        rubriques.ouvrir(neuf, code)
        expect(neuf.locator(cible)).to_have_value(texte)
        expect(etat(neuf)).to_contain_text("Enregistré à")
        assert copies(neuf) == 0
        neuf.reload()
        relu = neuf.locator(cible).input_value()
        assert "".join(relu.split()) == "".join(texte.split())
        neuf.close()


def test_deux_membres_sur_une_page(
    rubriques: Rubriques,
    ouvrir_page: Callable[..., Page],
    verifier_axe: Callable[..., None],
) -> None:
    mina = rubriques.ouvrir(ouvrir_page(), "indicateurs")
    lea = rubriques.ouvrir(ouvrir_page(), "indicateurs", rubriques.lea)
    mina.locator("[name=lignes-0-cible]").fill("50")
    mina.locator("[name=lignes-0-mode_mesure]").fill("Cahier d’appel")
    expect(etat(mina)).to_contain_text("Enregistré à")
    lea.locator("[name=lignes-0-cible]").fill("60")
    conflit = lea.locator(".conflit")
    expect(conflit).to_contain_text("60")
    expect(conflit).to_contain_text("50")
    # What only Mina wrote has come by itself.
    expect(lea.locator("[name=lignes-0-mode_mesure]")).to_have_value("Cahier d’appel")
    montrer(lea, "conflit-page")
    verifier_axe(lea)
    assert rubriques.lire(indicateurs)[0][1] == "50"
    lea.get_by_role("button", name="Garder mon texte").click()
    expect(etat(lea)).to_contain_text("Enregistré à")
    assert rubriques.lire(indicateurs) == [("Enfants suivis", "60")]
    assert copies(lea) == 0


def test_ligne_ajoutee_par_l_autre(rubriques: Rubriques, ouvrir_page: Callable[..., Page]) -> None:
    lea = rubriques.ouvrir(ouvrir_page(), "indicateurs", rubriques.lea)
    ecrire.fixer_indicateurs(
        rubriques.decor.acteur,
        rubriques.session.get_one(Dossier, rubriques.dossier_id),
        [
            ecrire.IndicateurSaisi("Enfants suivis", "40", "Feuilles de présence"),
            ecrire.IndicateurSaisi("Nouveau", "1", ""),
        ],
    )
    rubriques.session.commit()
    lea.locator("[name=lignes-0-cible]").fill("70")
    expect(etat(lea)).to_contain_text("Des lignes ont été ajoutées")
    lea.get_by_role("button", name="Afficher la page à jour").click()
    expect(lea.locator("[name=lignes-0-cible]")).to_have_value("70")
    expect(etat(lea)).to_contain_text("Enregistré à")
    assert rubriques.lire(indicateurs) == [("Enfants suivis", "70"), ("Nouveau", "1")]


def test_montant_illisible_garde_jusqu_a_correction(rubriques: Rubriques, page: Page) -> None:
    rubriques.ouvrir(page, "financeurs")
    cible = page.locator(f"[name='aide-{rubriques.etat_id}-droit_commun']")
    cible.fill("mille euros")
    expect(etat(page)).to_contain_text("à corriger")
    assert copies(page) == 1
    page.get_by_role("button", name="Enregistrer et continuer").click()
    expect(page.locator("#resume-erreurs")).to_be_visible()
    expect(cible).to_have_value("mille euros")
    page.reload()
    expect(cible).to_have_value("mille euros")
    cible.fill("1 000")
    expect(etat(page)).to_contain_text("Enregistré à")
    assert copies(page) == 0


@pytest.fixture
def bilan_ouvert(
    app: Flask,
    session: Any,
    serveur: str,
    monde_bilan: Monde,  # noqa: F811
) -> Iterator[Callable[[Page], Page]]:
    bilan_id = session.scalars(select(Bilan.id)).one()
    sam = session.get_one(Utilisateur, monde_bilan.sam.utilisateur_id)

    def ouvrir(page: Page) -> Page:
        entrer(app, page.context, serveur, sam)
        page.goto(f"/porteur/bilans/{bilan_id}")
        return page

    yield ouvrir


def test_bilan_en_ecrivant(
    bilan_ouvert: Callable[[Page], Page],
    session: Any,
    page: Page,
    verifier_axe: Callable[..., None],
) -> None:
    bilan_ouvert(page)
    page.locator("#publics").fill("Des voisins")
    expect(etat(page)).to_contain_text("Enregistré à")
    second = page.context.new_page()
    bilan_ouvert(second)
    page.locator("#publics").fill("Des voisins et des enfants")
    expect(etat(page)).to_contain_text("Enregistré à")
    page.wait_for_timeout(2500)
    second.locator("#publics").fill("Des familles")
    expect(second.locator(".conflit")).to_contain_text("Des voisins et des enfants")
    montrer(second, "conflit-bilan")
    verifier_axe(second)
    second.get_by_role("button", name="Réunir les deux").click()
    expect(second.locator(".conflit")).to_have_count(0)
    expect(etat(second)).to_contain_text("Enregistré à")
    second.wait_for_timeout(2500)
    session.expire_all()
    textes = session.scalars(select(Bilan)).one().textes
    session.commit()
    assert textes["publics"] == "Des familles\n\nDes voisins et des enfants"


def test_bilan_ferme_hors_connexion(bilan_ouvert: Callable[[Page], Page], page: Page) -> None:
    contexte = page.context
    bilan_ouvert(page)
    contexte.set_offline(True)
    page.locator("#mise_en_oeuvre").press_sequentially("Deux ateliers", delay=2)
    page.locator("textarea[name^=explication-] >> nth=0").fill("Moins de séances")
    page.close()
    contexte.set_offline(False)
    neuf = contexte.new_page()
    bilan_ouvert(neuf)
    expect(neuf.locator("#mise_en_oeuvre")).to_have_value("Deux ateliers")
    expect(neuf.locator("textarea[name^=explication-] >> nth=0")).to_have_value("Moins de séances")
    expect(etat(neuf)).to_contain_text("Enregistré à")
    assert copies(neuf) == 0
