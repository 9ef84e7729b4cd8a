"""The screens of instruction in a real browser: accessible, no sideways scrolling, autosave."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from aap.extensions import db
from aap.models import DemandeAvis, Evaluation, Message
from aap.permissions import ANONYME
from aap.services.session import ouvrir_session
from tests import outils_instruction as o

VUES = os.environ.get("AAP_VUES")  # folder where to leave pictures


def _entrer(page: Page, app, serveur: str, personne) -> None:
    """Put the cookie of a signed-in person before the first request."""
    cle = ouvrir_session(ANONYME, personne)
    db.session.commit()
    serialiseur = app.session_interface.get_signing_serializer(app)
    page.context.add_cookies(
        [
            {
                "name": app.config["SESSION_COOKIE_NAME"],
                "value": serialiseur.dumps({"_user_id": cle, "_fresh": True}),
                "url": serveur,
            }
        ]
    )


def _voir(page: Page, verifier_axe: Callable[..., None], nom: str, adresse: str) -> None:
    for largeur in (1280, 360):
        page.set_viewport_size({"width": largeur, "height": 900})
        page.goto(adresse)
        assert page.url.endswith(adresse), f"{adresse} : renvoyé vers {page.url}"
        deborde = page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        if VUES:
            page.screenshot(path=Path(VUES) / f"{nom}-{largeur}.png", full_page=True)
        assert not deborde, f"{adresse} déborde à {largeur} px"
        verifier_axe(page)


@pytest.mark.lent
def test_pages_d_instruction(app, session, serveur: str, page: Page, verifier_axe) -> None:
    decor = o.planter()
    o.dossiers_en_plus(decor, 30)
    o.noter(decor, decor.collegue)
    db.session.add(
        Message(
            dossier_id=decor.dossier.id,
            auteur=decor.porteur,
            du_porteur=True,
            texte="Bonjour,\nnotre budget est corrigé.",
        )
    )
    _entrer(page, app, serveur, decor.instructrice)
    base = f"/instruction/dossiers/{decor.dossier.id}"
    ligne = decor.ligne_etat.id
    for nom, adresse in (
        ("liste", "/instruction/?q=action"),
        ("dossier", base),
        ("evaluation", f"{base}/evaluation"),
        ("complements", f"{base}/complements"),
        ("avis-ligne", f"/instruction/financements/{ligne}/avis"),
        ("acte", f"/instruction/financements/{ligne}/actes/declarer_non_recevable"),
    ):
        _voir(page, verifier_axe, nom, adresse)


def test_brouillon_enregistre_tout_seul(
    app, session, serveur: str, page: Page, verifier_axe
) -> None:
    decor = o.planter()
    dossier_id = decor.dossier.id
    critere = next(c.id for c in decor.grille.criteres if c.code == "qualite")
    _entrer(page, app, serveur, decor.instructrice)
    page.goto(f"/instruction/dossiers/{dossier_id}/evaluation")
    for valeur in (3, 4):
        with page.expect_response("**/brouillon") as reponse:
            page.locator(f"#note-{critere}-{valeur}").check()
        assert reponse.value.status == 200
    page.get_by_text("Brouillon enregistré le").wait_for()
    session.rollback()
    notes = {n.critere_id: n.valeur for n in session.query(Evaluation).one().notes}
    assert notes[critere] == 4
    session.rollback()
    page.get_by_role("button", name="Relire et envoyer").click()
    page.get_by_role("heading", name="Envoyer ma notation", level=1).wait_for()
    page.get_by_role("link", name="Notez « Egalite ».").click()
    page.locator(f"#note-{critere}-4:checked").wait_for()


def test_brouillon_refuse_dit_pourquoi(app, session, serveur: str, page: Page) -> None:
    """Saved meanwhile in another window: told, nothing lost on screen, nothing overwritten."""
    decor = o.planter()
    dossier_id = decor.dossier.id
    ids = {c.code: c.id for c in decor.grille.criteres}
    _entrer(page, app, serveur, decor.instructrice)
    page.goto(f"/instruction/dossiers/{dossier_id}/evaluation")
    autre = page.context.new_page()
    autre.goto(f"/instruction/dossiers/{dossier_id}/evaluation")
    autre.locator(f"#note-{ids['qualite']}-1").check()
    autre.get_by_text("Brouillon enregistré le").wait_for()
    page.locator(f"#note-{ids['qualite']}-4").check()
    page.get_by_text("Non enregistré.").wait_for()
    page.locator(f"#note-{ids['qualite']}-4:checked").wait_for()
    notes = {n.critere_id: n.valeur for n in session.query(Evaluation).one().notes}
    assert notes[ids["qualite"]] == 1
    session.rollback()
    for suite in (3, 2):  # the other window goes on, faster than the delay
        autre.locator(f"#note-{ids['egalite']}-{suite}").check()
        autre.locator(f"#commentaire-{ids['egalite']}").press_sequentially("Bien vu ", delay=150)
    autre.wait_for_timeout(2000)
    assert autre.get_by_text("Brouillon enregistré le").count() == 1
    notes = {n.critere_id: n.commentaire for n in session.query(Evaluation).one().notes}
    assert notes[ids["egalite"]] == "Bien vu Bien vu"
    session.rollback()


def test_pages_d_avis(app, session, serveur: str, page: Page, verifier_axe) -> None:
    decor = o.planter()
    personne = o.observatrice(decor)
    demande = DemandeAvis(
        dossier=decor.dossier,
        utilisateur=personne,
        qualite="Conseil citoyen du quartier Est",
        question="L’action est-elle utile aux familles ?",
        demandee_par_id=decor.instructrice.id,
        echeance=o.dans(10),
    )
    db.session.add(demande)
    db.session.flush()
    adresse = f"/avis/{demande.id}"
    _entrer(page, app, serveur, personne)
    _voir(page, verifier_axe, "avis-liste", "/avis/")
    _voir(page, verifier_axe, "avis", adresse)
