"""The coordination's screens in a real browser: accessible, no sideways scrolling, no script."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import DossierQuartier, Enveloppe, Utilisateur
from aap.permissions import ANONYME
from aap.services.affectation import affecter, declarer_deport
from aap.services.campagne import Priorite, copier_campagne, fixer_priorites
from aap.services.enveloppe import DonneesEnveloppe, creer_enveloppe
from aap.services.session import ouvrir_session
from tests import fabriques as f
from tests.outils_coordination import Coordination, brouillon, monter
from tests.outils_instruction import deposer
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

VUES = os.environ.get("AAP_VUES")  # folder where to leave pictures
LARGEURS = (1280, 360)


def entrer(app: Flask, contexte: BrowserContext, adresse: str, personne: Utilisateur) -> None:
    """Put the cookie of a signed-in person before the first request."""
    cle = ouvrir_session(ANONYME, personne)
    db.session.commit()
    serialiseur = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    nom = app.config["SESSION_COOKIE_NAME"]
    valeur = serialiseur.dumps({"_user_id": cle, "_fresh": True})
    contexte.add_cookies([{"name": nom, "value": valeur, "url": adresse}])


def meubler() -> Coordination:
    """A campaign to come, with a tree of enveloppes and dossiers already there."""
    c = monter()
    c.campagne.ouverture_le = maintenant() + timedelta(days=20)
    c.campagne.cloture_le = maintenant() + timedelta(days=70)
    acteur = c.acteur
    fixer_priorites(acteur, c.campagne, {c.orientations[0].id: Priorite(4, "Rentrée 2026")})
    fille = creer_enveloppe(
        acteur,
        c.campagne,
        DonneesEnveloppe(
            "Réussite éducative",
            40_000_00,
            c.etat.id,
            parent_id=c.enveloppe.id,
            communes=frozenset({c.commune.id}),
            taux_max_pour_mille=505,
        ),
    )
    creer_enveloppe(acteur, c.campagne, DonneesEnveloppe("Fonds d’Orlyville", 0, c.ville.id))
    for i in range(4):
        d = f.dossier(c.campagne, c.organisme, EtatDossier.DEPOSE, f"Ateliers du soir n° {i + 1}")
        d.quartiers = [DossierQuartier(quartier=c.quartier)]
        d.orientation, d.montant_demande = c.orientations[i % 2], 10_000_00
        deposer(d, c.porteur)
        f.financement(
            d,
            c.etat,
            arbitre=8_000_00 if i == 0 else None,
            d_enveloppe=fille if i == 0 else None,
            etat=EtatFinancement.ARBITRE if i == 0 else EtatFinancement.SOLLICITE,
        )
    affecter(acteur, d, c.instructrice, c.etat)
    brouillon(c)
    collegue = f.agent(f.RoleHabilitation.INSTRUCTEUR, c.contrat, c.ville, "Collègue")
    declarer_deport(acteur, collegue, c.organisme, "Membre du bureau")
    return c


def voir(page: Page, verifier_axe: Callable[..., None], nom: str, adresse: str) -> None:
    for largeur in LARGEURS:
        page.set_viewport_size({"width": largeur, "height": 900})
        page.goto(adresse)
        debord = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if VUES:
            page.screenshot(path=Path(VUES) / f"coord-{nom}-{largeur}.png", full_page=True)
        assert debord <= 0, f"{adresse} déborde de {debord} px à {largeur} px"
    verifier_axe(page)


@pytest.mark.lent
def test_pages_accessibles(
    app: Flask, session: object, serveur: str, page: Page, verifier_axe: Callable[..., None]
) -> None:
    c = meubler()
    copie = copier_campagne(c.acteur, c.campagne)
    entrer(app, page.context, serveur, c.coordination)
    base = f"/coordination/campagnes/{c.campagne.id}"
    suivante = f"/coordination/campagnes/{copie.id}"
    for nom, adresse in (
        ("accueil", "/coordination/"),
        ("nouvelle", "/coordination/campagnes/nouvelle"),
        ("campagne", base),
        ("modifier", f"{base}/modifier"),
        ("priorites", f"{base}/priorites"),
        ("regles", f"{base}/regles"),
        ("grille", f"{base}/grille"),
        ("poids", f"/coordination/grilles/{c.campagne.grille_id}/poids"),
        ("critere", f"/coordination/grilles/{c.campagne.grille_id}/criteres/budget"),
        ("enveloppes", f"{base}/enveloppes"),
        ("enveloppe", f"/coordination/enveloppes/{c.enveloppe.id}/modifier"),
        ("montants", f"{suivante}/enveloppes/montants"),
        ("affectation", f"{base}/affectation"),
        ("avancement", f"{base}/avancement"),
        ("hors-delai", f"{base}/hors-delai"),
        ("deports", "/coordination/deports"),
        ("copier", f"{base}/copier"),
    ):
        voir(page, verifier_axe, nom, adresse)


def test_affecter_sans_script(
    app: Flask,
    session: object,
    serveur: str,
    ouvrir_page: Callable[..., Page],
    verifier_axe: Callable[..., None],
) -> None:
    c = meubler()
    page = ouvrir_page(java_script_enabled=False, viewport={"width": 360, "height": 800})
    adresse = f"/coordination/campagnes/{c.campagne.id}/affectation?instructeur=0"
    entrer(app, page.context, serveur, c.coordination)
    page.goto(adresse)
    for case in page.get_by_role("checkbox").all():
        case.check()
    page.get_by_label("Confier les dossiers cochés à").select_option(index=2)
    page.get_by_role("button", name="Voir l’aperçu").click()
    expect(page.get_by_text("3 dossiers seront affectés")).to_be_visible()
    if VUES:
        page.screenshot(path=Path(VUES) / "coord-apercu-360.png", full_page=True)
    page.get_by_role("button", name="Affecter 3 dossiers").click()
    expect(page.get_by_role("status")).to_contain_text("3 dossiers affectés")


def test_enveloppe_trop_grande_sans_script(
    app: Flask, session: object, serveur: str, ouvrir_page: Callable[..., Page]
) -> None:
    """The refusal names the enveloppe and the remainder; what was typed is still there."""
    c = meubler()
    page = ouvrir_page(java_script_enabled=False)
    base, mere = f"/coordination/campagnes/{c.campagne.id}/enveloppes", c.enveloppe.id
    entrer(app, page.context, serveur, c.coordination)
    page.goto(f"{base}/nouvelle?parent={mere}")
    page.get_by_label("Nom de l’enveloppe").fill("Adultes-relais")
    page.get_by_label("Montant (obligatoire)").fill("60 000,01")
    page.get_by_role("button", name="Enregistrer l’enveloppe").click()
    expect(page.get_by_role("alert")).to_contain_text("Crédits de l’État 2027")
    expect(page.get_by_role("alert")).to_contain_text("60 000 €")
    expect(page.get_by_label("Montant (obligatoire)")).to_have_value("60 000,01")
    page.get_by_label("Montant (obligatoire)").fill("60 000")
    page.get_by_role("button", name="Enregistrer l’enveloppe").click()
    expect(page.get_by_role("status")).to_contain_text("L’enveloppe est créée")
    montant = select(Enveloppe.montant).where(Enveloppe.libelle == "Adultes-relais")
    assert db.session.scalar(montant) == 60_000_00
