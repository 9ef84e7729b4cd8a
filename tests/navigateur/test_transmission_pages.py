"""The pages of the signature at two widths: changes in words, versions, mandate, sandbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from playwright.sync_api import Page, expect

from aap.domaine.horloge import aujourdhui
from aap.models import RoleHabilitation, RoleMembre
from aap.permissions import charger_acteur
from aap.services import depot as deposer
from aap.services import dossier as ecrire
from aap.services.organisme import inviter_membre
from aap.services.recevabilite import demander_complements
from tests import fabriques
from tests.navigateur.test_porteur import entrer, montrer
from tests.outils_porteur import dossier_complet, personne, planter


def test_signer_de_nouveau(
    app: Flask, session, page: Page, serveur: str, verifier_axe: Callable[..., None]
) -> None:
    d = planter()
    d.campagne.bac_a_sable = True
    dossier = dossier_complet(d)
    deposer.transmettre(d.acteur, dossier)
    qui = personne("Ines")
    fabriques.habiliter(qui, RoleHabilitation.INSTRUCTEUR, d.contrat, d.etat)
    demander_complements(
        charger_acteur(qui),
        dossier,
        "Il manque le devis.",
        ["Le devis du minibus"],
        aujourdhui() + timedelta(days=9),
    )
    ecrire.enregistrer_reponse(d.acteur, dossier, "lieux", "Maison de quartier Ouest.")
    membre = inviter_membre(d.acteur, d.organisme, "yann@exemple.fr", RoleMembre.REDACTEUR)
    base, orga, membre_id = f"/porteur/dossiers/{dossier.id}", d.organisme.id, membre.id
    entrer(app, page.context, serveur, d.signataire)
    page.goto(f"{base}/verification")
    expect(page.get_by_text("Vous ne signez que ces changements")).to_be_visible()
    montrer(page, "complements")
    verifier_axe(page)
    page.get_by_role("button", name="Signer et transmettre").click()
    expect(page.locator("#resume-erreurs")).to_be_visible()
    verifier_axe(page)
    page.get_by_label("Le devis du minibus").fill("Il est joint.")
    page.get_by_label("J’ai relu ces changements").check()
    page.get_by_role("button", name="Signer et transmettre").click()
    expect(page.get_by_text("transmis sous le numéro")).to_be_visible()
    for suite in ("versions", "contenu", "suivi"):
        page.goto(f"{base}/{suite}")
        montrer(page, suite)
        verifier_axe(page)
    for adresse in (f"/porteur/membres/{membre_id}/mandat", f"/porteur/organismes/{orga}/membres"):
        page.goto(adresse)
        montrer(page, adresse.rpartition("/")[2])
        verifier_axe(page)
