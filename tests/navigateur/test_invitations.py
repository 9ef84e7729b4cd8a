"""Sharing out and invitations in a real browser: accessible, no sideways scrolling, autosave."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Affectation, Depot
from aap.services.invitation import cle_de
from aap.services.repartition import appliquer, demander_repartition
from aap.taches.registre import executer, preparer
from tests import outils_instruction as o
from tests.integration.test_invitations import CONTENU, demander
from tests.navigateur.test_instruction import _entrer, _voir


@pytest.mark.lent
def test_pages_de_l_invitation(app, session, serveur: str, page: Page, verifier_axe) -> None:
    decor = o.planter()
    db.session.add(
        Depot(
            dossier=decor.dossier,
            numero_depot=2,
            contenu=CONTENU,
            sha256="c" * 64,
            depose_le=maintenant(),
            depose_par_id=decor.porteur.id,
        )
    )
    db.session.commit()
    invitation = demander(decor)
    chemin, numero = f"/avis/invitation/{cle_de(invitation)}", invitation.demande_avis_id
    db.session.commit()  # the lock of SQLite is the browser's now
    _voir(page, verifier_axe, "invitation-accueil", chemin)
    page.get_by_label("Non, aucun lien").check()
    page.get_by_role("button", name="Continuer").click()
    _voir(page, verifier_axe, "invitation-dossier", chemin)
    page.get_by_label("Favorable", exact=True).check()
    page.get_by_label("Pourquoi").fill("Les habitants le demandent.")
    expect(page.locator("#brouillon")).to_contain_text("Brouillon gardé")
    page.reload()
    expect(page.get_by_label("Pourquoi")).to_have_value("Les habitants le demandent.")
    page.get_by_role("button", name="Envoyer mon avis").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre avis est reçu")
    _voir(page, verifier_axe, "invitation-recu", chemin)
    _voir(page, verifier_axe, "invitation-inconnue", "/avis/invitation/autre")
    _entrer(page, app, serveur, decor.instructrice)
    suivi = f"/instruction/invitations/{numero}"
    _voir(page, verifier_axe, "invitation-suivi", suivi)
    neuve = f"/instruction/dossiers/{decor.dossier.id}/invitation"
    _voir(page, verifier_axe, "invitation-demande", neuve)


@pytest.mark.lent
def test_pages_de_la_repartition(app, session, serveur: str, page: Page, verifier_axe) -> None:
    decor = o.planter()
    o.dossiers_en_plus(decor, 8)
    db.session.commit()
    acteur = o.acteur(decor.coordination)
    repartition = demander_repartition(acteur, decor.campagne, False)
    db.session.commit()
    cle = {"repartition_id": repartition.id}
    _entrer(page, app, serveur, decor.coordination)
    base = f"/coordination/campagnes/{decor.campagne.id}/repartition"
    _voir(page, verifier_axe, "repartition", base)
    preparer("calculer_repartition", cle)
    executer("calculer_repartition", cle)
    db.session.commit()
    _voir(page, verifier_axe, "proposition", f"/coordination/repartitions/{repartition.id}")
    appliquer(acteur, repartition)
    for _ in range(4):
        executer("traiter_repartition", cle)
    db.session.commit()
    affectation = db.session.scalars(select(Affectation)).first()
    assert affectation is not None
    _voir(page, verifier_axe, "passer", f"/coordination/affectations/{affectation.id}/passer")
    _voir(page, verifier_axe, "absences", "/compte/absences")
