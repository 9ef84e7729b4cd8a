"""Nothing typed is lost: network cut, server stopped, session ended, tab closed, two writers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from aap.extensions import db
from aap.models import Dossier, Reponse, SessionConnexion, Utilisateur
from aap.services import dossier as ecrire
from aap.services import organisme as orga
from aap.services.hachage import hacher_mot_de_passe
from tests.navigateur.test_porteur import entrer, montrer
from tests.outils_porteur import Decor, planter

PASSE = "figuier-passerelle-2030"
expect.set_options(timeout=20_000)
LONG = "Ça commence à l’été\u00a0: « lire » & écrire <b>ensemble</b>. " * 20


class Scene:
    """A draft whose section « presentation » is being written by Mina."""

    def __init__(self, app: Flask, session, serveur: str) -> None:
        self.app, self.session, self.serveur = app, session, serveur
        self.decor: Decor = planter()
        self.decor.signataire.mot_de_passe = hacher_mot_de_passe(PASSE)
        lea = orga.inviter_membre(self.decor.acteur, self.decor.organisme, "lea@exemple.fr")
        self.lea: Utilisateur = lea.utilisateur
        self.lea.confirme_le = self.decor.signataire.confirme_le
        self.lea.prenom, self.lea.nom = "Léa", "Martin"
        self.lea.mot_de_passe = hacher_mot_de_passe(PASSE)
        self.mina = self.decor.signataire
        self.courriel_mina, self.courriel_lea = self.mina.courriel, self.lea.courriel
        dossier = ecrire.creer_dossier(self.decor.acteur, self.decor.organisme, self.decor.campagne)
        self.dossier_id = dossier.id
        self.adresse = f"/porteur/dossiers/{dossier.id}/rubriques/presentation"
        session.commit()

    def entrer(self, page: Page, qui: Utilisateur | None = None) -> Page:
        entrer(self.app, page.context, self.serveur, qui or self.mina)
        page.goto(self.adresse)
        return page

    def garde(self, champ: str = "objectifs") -> str:
        """What the database holds."""
        self.session.expire_all()
        reponse = self.session.get(Reponse, (self.dossier_id, champ))
        valeur = reponse.valeur if reponse else ""
        self.session.commit()
        return valeur

    def finir_sessions(self) -> None:
        self.session.execute(db.delete(SessionConnexion))
        self.session.commit()


def champ(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Objectifs de l’action")


def etat(page: Page) -> Locator:
    return page.locator("[data-champ=objectifs] [data-etat]")


def bandeau(page: Page) -> Locator:
    return page.locator(".bandeau-copie")


def copies(page: Page) -> int:
    """Local copies in this browser, whoever wrote them."""
    return page.evaluate(
        """() => new Promise((fin) => {
          const d = indexedDB.open("aap-brouillons", 1);
          d.onsuccess = () => {
            const q = d.result.transaction("copies").objectStore("copies").count();
            q.onsuccess = () => { d.result.close(); fin(q.result); };
          };
        })"""
    )


@pytest.fixture
def scene(app: Flask, session, serveur: str) -> Scene:
    return Scene(app, session, serveur)


def test_enregistre_en_ecrivant_puis_oublie_la_copie(scene: Scene, page: Page) -> None:
    scene.entrer(page)
    champ(page).press_sequentially("Lire davantage", delay=5)
    expect(etat(page)).to_contain_text("Enregistré à")
    assert scene.garde() == "Lire davantage"
    assert copies(page) == 0


def test_reseau_coupe_puis_rendu(
    scene: Scene, page: Page, verifier_axe: Callable[..., None]
) -> None:
    scene.entrer(page)
    page.context.set_offline(True)
    champ(page).fill(LONG)
    expect(bandeau(page)).to_contain_text("Hors connexion")
    expect(bandeau(page)).to_contain_text("gardées sur cet appareil")
    assert scene.garde() == "" and copies(page) == 1
    montrer(page, "hors-connexion")
    verifier_axe(page)
    page.context.set_offline(False)
    expect(bandeau(page)).to_be_hidden()
    expect(etat(page)).to_contain_text("Enregistré à")
    assert scene.garde() == LONG.strip()
    assert copies(page) == 0


def test_le_bouton_n_envoie_pas_dans_le_vide(scene: Scene, page: Page) -> None:
    scene.entrer(page)
    page.context.set_offline(True)
    champ(page).fill(LONG)
    page.get_by_role("button", name="Enregistrer et continuer").click()
    expect(bandeau(page)).to_be_visible()
    assert page.url.endswith("/presentation") and champ(page).input_value() == LONG
    page.context.set_offline(False)
    expect(bandeau(page)).to_be_hidden()
    page.get_by_role("button", name="Enregistrer et continuer").click()
    page.wait_for_url("**/rubriques/orientation")
    assert scene.garde() == LONG.strip()


def test_onglet_ferme_hors_connexion(scene: Scene, page: Page) -> None:
    scene.entrer(page)
    page.context.set_offline(True)
    champ(page).press_sequentially("Écrit dans le train", delay=2)
    contexte = page.context
    page.close()
    contexte.set_offline(False)
    neuve = contexte.new_page()
    neuve.goto(scene.adresse)
    expect(champ(neuve)).to_have_value("Écrit dans le train")
    expect(etat(neuve)).to_contain_text("Enregistré à")
    assert scene.garde() == "Écrit dans le train"
    assert copies(neuve) == 0


def test_onglet_ferme_juste_apres_la_frappe(scene: Scene, page: Page) -> None:
    scene.entrer(page)
    champ(page).press_sequentially("Derniers mots", delay=2)
    contexte = page.context
    page.close()
    neuve = contexte.new_page()
    neuve.goto(scene.adresse)
    expect(champ(neuve)).to_have_value("Derniers mots")
    expect(neuve.locator("body")).to_be_visible()
    neuve.wait_for_timeout(1500)
    assert scene.garde() == "Derniers mots"


def test_session_finie_puis_connexion_sur_place(
    scene: Scene, page: Page, verifier_axe: Callable[..., None]
) -> None:
    scene.entrer(page)
    scene.finir_sessions()
    champ(page).fill("Avant la fin de session.")
    expect(bandeau(page)).to_contain_text("Votre session est terminée")
    champ(page).press_sequentially(" Et après.", delay=2)
    page.get_by_role("button", name="Se reconnecter ici").click()
    dialogue = page.get_by_role("dialog")
    expect(dialogue).to_be_visible()
    montrer(page, "reconnexion")
    verifier_axe(page)
    dialogue.get_by_label("Adresse électronique").fill(scene.courriel_mina)
    dialogue.get_by_label("Mot de passe").fill("faux")
    dialogue.get_by_role("button", name="Se reconnecter").click()
    expect(dialogue.get_by_role("alert")).to_contain_text("ne correspondent à aucun compte")
    verifier_axe(page)
    dialogue.get_by_label("Mot de passe").fill(PASSE)
    dialogue.get_by_role("button", name="Se reconnecter").click()
    expect(dialogue).to_be_hidden()
    expect(etat(page)).to_contain_text("Enregistré à")
    assert scene.garde() == "Avant la fin de session. Et après."
    page.get_by_role("button", name="Enregistrer et continuer").click()
    page.wait_for_url("**/rubriques/orientation")


def test_une_autre_personne_ne_prend_pas_la_suite(scene: Scene, page: Page) -> None:
    scene.entrer(page)
    scene.finir_sessions()
    champ(page).fill("Texte de Mina")
    page.get_by_role("button", name="Se reconnecter ici").click()
    dialogue = page.get_by_role("dialog")
    dialogue.get_by_label("Adresse électronique").fill(scene.courriel_lea)
    dialogue.get_by_label("Mot de passe").fill(PASSE)
    dialogue.get_by_role("button", name="Se reconnecter").click()
    expect(dialogue.get_by_role("alert")).to_contain_text("pas celui qui écrivait")
    assert scene.garde() == "" and copies(page) == 1
    scene.entrer(page, scene.lea)  # she signs in for good, in the same browser
    expect(champ(page)).to_have_value("")
    page.wait_for_timeout(1500)
    assert scene.garde() == "" and copies(page) == 1
    scene.entrer(page, scene.mina)
    expect(champ(page)).to_have_value("Texte de Mina")
    expect(etat(page)).to_contain_text("Enregistré à")
    assert scene.garde() == "Texte de Mina"


def test_autre_compte_ouvert_dans_un_autre_onglet(scene: Scene, page: Page) -> None:
    scene.entrer(page)
    autre = page.context.new_page()
    scene.entrer(autre, scene.lea)
    champ(page).fill("Texte de Mina")
    expect(bandeau(page)).to_contain_text("Une autre personne s’est connectée")
    assert scene.garde() == "" and copies(page) == 1


def test_deux_onglets_de_la_meme_personne(scene: Scene, page: Page) -> None:
    scene.entrer(page)
    second = page.context.new_page()
    second.goto(scene.adresse)
    champ(page).fill("Texte du premier onglet")
    expect(etat(page)).to_contain_text("Enregistré à")
    champ(second).fill("Texte du second onglet")
    conflit = second.locator(".conflit")
    expect(conflit).to_contain_text("Texte du premier onglet")
    expect(conflit).to_contain_text("Texte du second onglet")
    assert scene.garde() == "Texte du premier onglet"
    second.get_by_role("button", name="Réunir les deux").click()
    expect(etat(second)).to_contain_text("Enregistré à")
    assert scene.garde() == "Texte du second onglet\n\nTexte du premier onglet"


def test_deux_membres(
    scene: Scene, ouvrir_page: Callable[..., Page], verifier_axe: Callable[..., None]
) -> None:
    mina, lea = scene.entrer(ouvrir_page()), scene.entrer(ouvrir_page(), scene.lea)
    champ(mina).fill("Texte de Mina")
    expect(etat(mina)).to_contain_text("Enregistré à")
    champ(lea).fill("Texte de Léa")
    conflit = lea.locator(".conflit")
    expect(conflit).to_contain_text("Texte de Mina Exemple, à")
    expect(conflit).to_contain_text("Votre texte")
    montrer(lea, "conflit")
    verifier_axe(lea)
    lea.get_by_role("button", name="Enregistrer et continuer").click()
    expect(conflit.get_by_role("button").first).to_be_focused()
    assert scene.garde() == "Texte de Mina"
    lea.reload()  # the choice is still to be made after a reload
    expect(conflit).to_contain_text("Texte de Mina Exemple, à")
    expect(champ(lea)).to_have_value("Texte de Léa")
    lea.get_by_role("button", name="Prendre l’autre texte").click()
    expect(champ(lea)).to_have_value("Texte de Mina")
    champ(lea).fill("Texte de Mina et de Léa")
    expect(etat(lea)).to_contain_text("Enregistré à")
    assert scene.garde() == "Texte de Mina et de Léa"


def test_reponse_du_serveur_perdue(scene: Scene, page: Page) -> None:
    """The server has saved, the answer never came: her own text is not a conflict."""
    scene.entrer(page)

    def perdre(route) -> None:
        route.fetch()
        route.abort()

    page.route("**/reponses/**", perdre)
    champ(page).fill("Un")
    expect(bandeau(page)).to_be_visible()
    assert scene.garde() == "Un"
    page.unroute("**/reponses/**")
    champ(page).fill("Un, deux")
    expect(etat(page)).to_contain_text("Enregistré à")
    expect(page.locator(".conflit")).to_have_count(0)
    assert scene.garde() == "Un, deux"


def test_sans_script_les_deux_textes(scene: Scene, ouvrir_page: Callable[..., Page]) -> None:
    lea = scene.entrer(ouvrir_page(java_script_enabled=False), scene.lea)
    ecrire.enregistrer_reponse(
        scene.decor.acteur,
        scene.session.get_one(Dossier, scene.dossier_id),
        "objectifs",
        "Texte de Mina",
    )
    scene.session.commit()
    champ(lea).fill("Texte de Léa")
    lea.get_by_role("button", name="Enregistrer et continuer").click()
    conflit = lea.locator(".conflit")
    expect(conflit).to_contain_text("Texte de Léa")
    expect(conflit).to_contain_text("Texte de Mina Exemple, à")
    lea.get_by_label("Les deux, l’un après l’autre").check()
    lea.get_by_role("button", name="Enregistrer et continuer").click()
    lea.wait_for_url("**/rubriques/orientation")
    assert scene.garde() == "Texte de Léa\n\nTexte de Mina"


def test_deconnexion_avertit_puis_efface(
    scene: Scene, page: Page, verifier_axe: Callable[..., None]
) -> None:
    scene.entrer(page)
    page.route("**/reponses/**", lambda route: route.abort())
    champ(page).fill("Pas encore enregistré")
    expect(bandeau(page)).to_be_visible()
    menu, sortir = (
        page.locator(".acces details").last,
        page.get_by_role("button", name="Se déconnecter"),
    )
    menu.locator("summary").click()
    sortir.first.click()
    dialogue = page.get_by_role("dialog")
    expect(dialogue).to_contain_text("Un texte n’est gardé que sur cet appareil")
    montrer(page, "deconnexion")
    verifier_axe(page)
    dialogue.get_by_role("button", name="Rester connecté").click()
    assert copies(page) == 1
    menu.locator("summary").click()
    sortir.first.click()
    dialogue.get_by_role("button", name="Se déconnecter et effacer").click()
    page.wait_for_url("**/connexion")
    assert copies(page) == 0


def test_deconnexion_sans_rien_a_perdre(scene: Scene, page: Page) -> None:
    scene.entrer(page)
    page.locator(".acces details summary").last.click()
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/connexion")


def test_copie_restee_rappelee_ailleurs(
    scene: Scene, page: Page, verifier_axe: Callable[..., None]
) -> None:
    contexte = page.context
    scene.entrer(page)
    contexte.set_offline(True)
    champ(page).fill("Écrit dans le train")
    page.close()
    contexte.set_offline(False)
    neuve = contexte.new_page()
    neuve.goto("/porteur/")
    rappel = neuve.locator(".bandeau-rappel")
    expect(rappel).to_contain_text("ne sont pas encore enregistrées")
    montrer(neuve, "rappel")
    verifier_axe(neuve)
    rappel.get_by_role("link").click()
    expect(champ(neuve)).to_have_value("Écrit dans le train")
    expect(etat(neuve)).to_contain_text("Enregistré à")
    neuve.goto("/porteur/")
    neuve.wait_for_timeout(500)
    expect(rappel).to_have_count(0)
