"""A renewal in a real browser, counted in interactions and in time (acceptance of the dépôt)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Depot
from aap.services import depot as deposer
from tests.navigateur.test_porteur import entrer, montrer
from tests.outils_porteur import campagne_de, dossier_complet, planter
from workflows.campagne import EtatCampagne
from workflows.dossier import EtatDossier

INTERACTIONS_MAX = 25
SECONDES_MAX = 180


class Compteur:
    """A page whose every click, choice and typed field is counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.total, self.debut = page, 0, time.monotonic()

    def cliquer(self, role: str, nom: str) -> None:
        self.total += 1
        self.page.get_by_role(role, name=nom).first.click()

    def ecrire(self, nom: str, texte: str) -> None:
        self.total += 1
        self.page.get_by_label(nom).first.fill(texte)

    def cocher(self, nom: str) -> None:
        self.total += 1
        self.page.get_by_label(nom).first.check()

    @property
    def secondes(self) -> float:
        return time.monotonic() - self.debut


@pytest.fixture
def ancien(app: Flask, session, page: Page, serveur: str) -> int:
    """Last year's dossier, finished, and this year's open call."""
    d = planter()
    dossier = dossier_complet(d)
    deposer.transmettre(d.acteur, dossier)
    dossier.etat = EtatDossier.CLOS
    d.campagne.etat = EtatCampagne.CLOSE
    d.campagne.cloture_le = maintenant() - timedelta(days=1)
    campagne_de(d.contrat, "aap-2028", nom="Appel à projets 2028", exercice=2028)
    identifiant = dossier.id
    entrer(app, page.context, serveur, d.signataire)
    return identifiant


def test_reconduction(ancien: int, page: Page, verifier_axe: Callable[..., None]) -> None:
    page.goto(f"/porteur/dossiers/{ancien}")
    c = Compteur(page)
    c.cliquer("link", "Reprendre ce dossier dans un nouvel appel")
    c.cliquer("button", "Créer le brouillon")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reprendre le dossier de 2027")
    expect(page.locator("#date_debut")).to_have_value("01/02/2028")
    montrer(page, "reprise")
    verifier_axe(page)
    c.ecrire("État, crédits spécifiques", "8 000")
    c.cocher(_premier_choix(page, "aides_publiques"))
    c.cocher(_premier_choix(page, "exactitude"))
    c.cliquer("button", "Enregistrer et vérifier")
    expect(page.get_by_text("Le dossier est complet")).to_be_visible()
    montrer(page, "verification")
    verifier_axe(page)
    c.cocher("J’ai relu le dossier et je le signe")
    c.cliquer("button", "Signer et transmettre")
    expect(page.get_by_text("transmis sous le numéro")).to_be_visible()
    assert c.total <= INTERACTIONS_MAX, f"{c.total} interactions"
    assert c.secondes <= SECONDES_MAX, f"{c.secondes:.0f} s"
    db.session.rollback()
    assert db.session.query(Depot).count() == 2


def _premier_choix(page: Page, question: str) -> str:
    return page.locator(f"label[for^={question}]").first.inner_text()
