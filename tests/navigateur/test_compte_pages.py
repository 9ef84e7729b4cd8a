"""Accounts and administration in a real browser: no axe violation, no overflow, full journeys."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session

from aap.domaine.horloge import aujourdhui
from aap.models import (
    Commune,
    Contrat,
    Courriel,
    EtatTache,
    Orientation,
    Quartier,
    RoleHabilitation,
    Utilisateur,
)
from aap.services.courriel import deposer_courriel
from aap.services.taches import enfiler
from tests import fabriques
from tests.outils_connexion import MOT_DE_PASSE, donner_mot_de_passe

S = scoped_session[Session]
Role = RoleHabilitation
LARGEURS = (360, 1280)


def entrer(page: Page, courriel: str, mot_de_passe: str = MOT_DE_PASSE) -> None:
    page.goto("/connexion")
    page.get_by_label("Adresse électronique").fill(courriel)
    page.get_by_label("Mot de passe").fill(mot_de_passe)
    page.get_by_role("button", name="Se connecter").click()


@pytest.fixture
def ada(session: S) -> Utilisateur:
    """An administrator in a house with a little of everything; committed."""
    contrat = fabriques.contrat()
    session.add_all(
        [
            Commune(contrat_id=contrat.id, code="orly", nom="Orly"),
            Quartier(contrat_id=contrat.id, code="tours", nom="Les Tours", type="qpv"),
            Orientation(contrat_id=contrat.id, code="1", ordre=1, titre="Vivre mieux ensemble"),
        ]
    )
    prefecture = fabriques.financeur(contrat)
    ada = donner_mot_de_passe(fabriques.utilisateur("Ada", "Technique", "ada@exemple.fr"))
    fabriques.habiliter(ada, Role.ADMINISTRATEUR, None)
    paul = donner_mot_de_passe(fabriques.utilisateur("Paul", "Instruit", "paul@exemple.fr"))
    fabriques.habiliter(paul, Role.INSTRUCTEUR, contrat, prefecture)
    lea = fabriques.agent(Role.INSTRUCTEUR, contrat, prefecture, "Suppléant")
    recue = fabriques.habiliter(lea, Role.COPIL, contrat)
    recue.delegue_par_id, recue.au = paul.id, aujourdhui()
    deposer_courriel(paul, "compte_deja_inscrit", retenu=True)
    tache = enfiler("menage", {})
    assert tache is not None
    tache.etat, tache.erreur = EtatTache.ECHOUEE, "OSError : plus de place"
    session.commit()
    return ada


def regarder(page: Page, chemin: str, verifier_axe: Callable[..., None]) -> None:
    """Both widths: no violation, nothing wider than the screen; pictures if asked for."""
    for largeur in LARGEURS:
        page.set_viewport_size({"width": largeur, "height": 800})
        reponse = page.goto(chemin)
        assert reponse is not None and reponse.status in (200, 410), chemin
        verifier_axe(page)
        deborde = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert deborde <= 0, f"{chemin} déborde de {deborde} px à {largeur} px"
        dossier = os.environ.get("AAP_IMAGES")
        if dossier:
            nom = re.sub(r"\W+", "-", chemin).strip("-") or "accueil"
            page.screenshot(path=Path(dossier) / f"{nom}-{largeur}.png", full_page=True)


@pytest.mark.lent
def test_pages_publiques(page: Page, session: S, verifier_axe: Callable[..., None]) -> None:
    session.commit()
    for chemin in (
        "/connexion",
        "/inscription",
        "/mot-de-passe-oublie",
        "/confirmer",
        "/confirmer/cle-morte",
        "/courriel-envoye/inscription",
        "/accessibilite",
        "/mentions-legales",
    ):
        regarder(page, chemin, verifier_axe)


@pytest.mark.lent
def test_pages_du_compte(
    page: Page, ada: Utilisateur, session: S, verifier_axe: Callable[..., None]
) -> None:
    paul = session.scalar(select(Utilisateur).where(Utilisateur.prenom == "Paul"))
    droit = paul.habilitations[0].id
    session.rollback()
    entrer(page, "paul@exemple.fr")
    for chemin in (
        "/compte",
        "/compte/modifier",
        "/compte/mot-de-passe",
        "/compte/sessions",
        f"/compte/droits/{droit}/deleguer",
    ):
        regarder(page, chemin, verifier_axe)


@pytest.mark.lent
def test_pages_de_l_administration(
    page: Page, ada: Utilisateur, session: S, verifier_axe: Callable[..., None]
) -> None:
    contrat = session.scalar(select(Contrat.id))
    paul = session.scalar(select(Utilisateur).where(Utilisateur.prenom == "Paul"))
    droit = paul.habilitations[0]
    fiche = f"/administration/personnes/{paul.id}"
    chemins = (
        "/administration/",
        "/administration/personnes",
        "/administration/personnes/nouvelle",
        fiche,
        f"{fiche}/desactiver",
        f"{fiche}/habiliter",
        f"{fiche}/habiliter?role=instructeur&contrat={contrat}",
        "/administration/habilitations",
        f"/administration/habilitations/{droit.id}/retirer",
        "/administration/financeurs",
        f"/administration/financeurs/{droit.financeur_id}/modifier",
        "/administration/territoire",
        "/administration/courriels",
        f"/administration/courriels/{session.scalar(select(Courriel.id))}",
        "/administration/taches",
    )
    session.rollback()
    entrer(page, "ada@exemple.fr")
    expect(page.get_by_role("heading", name="Administration", level=1)).to_be_visible()
    for chemin in chemins:
        regarder(page, chemin, verifier_axe)


def test_ouvrir_un_compte(page: Page, session: S) -> None:
    """From « créer un compte » to one's own page, with the mail in between."""
    session.commit()
    page.goto("/inscription")
    page.get_by_label("Prénom").fill("Nadia")
    page.get_by_label("Nom", exact=False).nth(1).fill("Lefort")
    page.get_by_label("Adresse électronique").fill("nadia@exemple.fr")
    page.get_by_label("Mot de passe").fill("azertyuiop12")
    page.get_by_role("button", name="Créer mon compte").click()
    expect(page.get_by_role("alert")).to_contain_text("trop facile à deviner")
    expect(page.get_by_label("Prénom")).to_have_value("Nadia")
    page.get_by_label("Mot de passe").fill(MOT_DE_PASSE)
    page.get_by_role("button", name="Créer mon compte").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Consultez votre messagerie")
    texte = session.scalar(select(Courriel.texte))
    session.rollback()
    page.goto(re.search(r"/confirmer/\S+", texte).group(0))
    page.get_by_label("Le mot de passe choisi").fill(MOT_DE_PASSE)
    page.get_by_role("button", name="Confirmer et me connecter").click()
    expect(page.get_by_text("votre compte est ouvert")).to_be_visible()
    page.locator("summary", has_text="Nadia Lefort").click()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_text("Vous êtes déconnecté.")).to_be_visible()
