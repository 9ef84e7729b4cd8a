"""One action from its first line to its validated bilan, through the screens only.

Five people, each with a browser of her own: a signatory, an instructor, the coordination and two
officers of finance. The database is read at the end; until then only what a page shows counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from aap.domaine.horloge import a_paris, aujourdhui, maintenant
from aap.models import (
    Bilan,
    Convention,
    Dossier,
    Financement,
    RoleHabilitation,
    TypeCampagne,
    TypeConvention,
    Versement,
)
from aap.services.grille import creer_grille_par_defaut
from aap.services.journal import verifier_journal
from aap.taches.ouvrier import vider
from tests import fabriques as f
from tests.outils_connexion import MOT_DE_PASSE, donner_mot_de_passe
from tests.outils_porteur import PROJET, pdf, planter
from workflows.bilan import EtatBilan
from workflows.convention import EtatConvention
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement
from workflows.versement import EtatVersement

R = RoleHabilitation
NOM = "Les Lanternes du quartier"
AIDE = "30 000"  # above 23 000 €: the law wants a convention
PIECE = {"name": "projet.pdf", "mimeType": "application/pdf", "buffer": pdf()}


@dataclass
class Acces:
    """Who signs in, and the enveloppe the committee draws on."""

    campagne: str
    enveloppe: str
    porteuse: str
    signataire: str
    instructrice: str
    coordination: str
    finance: tuple[str, str]


@dataclass
class Ecran:
    """One person before her browser."""

    page: Page
    axe: Callable[..., None]

    def entrer(self, courriel: str) -> Ecran:
        self.page.goto("/connexion")
        self.page.locator("main input[name=courriel]").fill(courriel)
        self.page.locator("main input[name=mot_de_passe]").fill(MOT_DE_PASSE)
        self.bouton("Se connecter")
        expect(self.page).not_to_have_url(re.compile("/connexion"))
        return self

    def aller(self, adresse: str, *, lire: bool = False) -> None:
        reponse = self.page.goto(adresse)
        assert reponse is not None and reponse.status == 200, adresse
        if lire:
            self.axe(self.page)

    def champ(self, nom: str) -> Locator:
        return self.page.locator(f"main [name='{nom}']")

    def saisir(self, **valeurs: str) -> None:
        for nom, valeur in valeurs.items():
            cible = self.champ(nom).first
            genre = cible.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
            if genre == "select":
                cible.select_option(valeur)
            elif genre in ("radio", "checkbox"):
                self.page.locator(f"main [name='{nom}'][value='{valeur}']").check()
            else:
                cible.fill(valeur)

    def bouton(self, nom: str | re.Pattern[str]) -> None:
        """Press a button, or follow a link that looks like one, and wait for the next page."""
        texte = re.compile(re.escape(nom)) if isinstance(nom, str) else nom
        main = self.page.locator("main")
        cible = main.get_by_role("button", name=texte).or_(main.get_by_role("link", name=texte))
        avant = self.page.url
        cible.first.click()
        if nom == "Enregistrer et continuer":  # the page first waits for what is being saved
            self.page.wait_for_url(lambda adresse: adresse != avant)
        self.page.wait_for_load_state()

    def voir(self, texte: str | re.Pattern[str]) -> None:
        expect(self.page.locator("main")).to_contain_text(texte)

    def telecharger(self, nom: str) -> bytes:
        with self.page.expect_download() as attente:
            self.page.locator("main").get_by_role("link", name=re.compile(nom)).first.click()
        return attente.value.path().read_bytes()


@pytest.fixture
def acces(app: Any, session: Any) -> Acces:
    d = planter()
    an = aujourdhui().year
    d.campagne.exercice, d.campagne.type = an, TypeCampagne.FIL_DE_L_EAU
    d.campagne.nom = f"Appel au fil de l’eau {an}"
    coordination = f.agent(R.COORDINATEUR, d.contrat, nom="Coordonne")
    instructrice = f.agent(R.INSTRUCTEUR, d.contrat, d.etat, "Instruit")
    finance = [f.agent(R.FINANCE, d.contrat, d.etat, nom) for nom in ("Propose", "Valide")]
    d.campagne.grille = creer_grille_par_defaut(f.acteur(coordination), d.contrat)
    enveloppe = f.enveloppe(d.campagne, d.etat, 100_000_00)
    f.agent(R.COPIL, d.contrat, nom="Siège")
    porteuse = f.utilisateur("Aïcha", "Lanterne")
    for qui in (porteuse, d.signataire, instructrice, coordination, *finance):
        donner_mot_de_passe(qui)
    retour = Acces(
        d.campagne.nom,
        str(enveloppe.id),
        porteuse.courriel,
        d.signataire.courriel,
        instructrice.courriel,
        coordination.courriel,
        (finance[0].courriel, finance[1].courriel),
    )
    session.commit()
    return retour


@pytest.fixture
def personne(ouvrir_page: Callable[..., Page], verifier_axe: Callable[..., None]):
    """``personne(courriel)``: a signed-in person; her console must stay silent to the end."""
    fautes: list[str] = []

    def ouvrir(courriel: str, **options: Any) -> Ecran:
        onglet = ouvrir_page(**options)
        onglet.on("pageerror", lambda e: fautes.append(str(e)))
        onglet.on("console", lambda m: fautes.append(m.text) if m.type == "error" else None)
        return Ecran(onglet, verifier_axe).entrer(courriel)

    yield ouvrir
    assert not fautes, "erreurs dans la console :\n" + "\n".join(fautes)


def numero(page: Page, objet: str) -> str:
    trouve = re.search(rf"/{objet}/(\d+)", page.url)
    assert trouve is not None, page.url
    return trouve[1]


def inscrire_organisme(p: Ecran) -> None:
    p.aller("/porteur/organismes/nouveau", lire=True)
    p.saisir(
        nom=NOM,
        forme="association",
        siret="55203253400646",
    )
    p.bouton("Enregistrer")
    orga = f"/porteur/organismes/{numero(p.page, 'organismes')}"
    p.aller(f"{orga}/modifier/personnes", lire=True)
    p.saisir(representant_nom="Aïcha Lanterne", representant_fonction="Présidente")
    p.bouton("Enregistrer")
    p.aller(f"{orga}/engagement", lire=True)
    p.page.locator("main [name=accord]").check()
    p.bouton("Signer au nom de l’organisme")
    p.aller(f"{orga}/documents", lire=True)
    p.saisir(iban=f.IBAN)
    p.bouton(re.compile("RIB$"))
    p.voir("0189")


def remplir_questions(p: Ecran, base: str) -> None:
    """Every page of questions, by the names of its own fields."""
    an = str(aujourdhui().year)
    valeurs = {**PROJET, "date_debut": f"{an}-02-01", "date_fin": f"{an}-11-30"}
    p.aller(base, lire=True)
    liens = p.page.locator("main a[href*='/rubriques/']").evaluate_all(
        "liens => [...new Set(liens.map(a => a.getAttribute('href').split('#')[0]))]"
    )
    vus: set[str] = set()
    for lien in liens:
        p.aller(lien)
        noms = p.page.locator("main form [name]").evaluate_all("es => es.map(e => e.name)")
        ici = {n: v for n, v in valeurs.items() if n in noms}
        if not ici:
            continue
        for nom, valeur in ici.items():
            genre = p.champ(nom).first.get_attribute("type")
            date = nom.startswith("date_") and genre != "date"
            p.saisir(**{nom: "/".join(reversed(valeur.split("-"))) if date else valeur})
        p.axe(p.page)
        p.bouton("Enregistrer et continuer")
        vus |= set(ici)
    assert vus == set(valeurs), set(valeurs) - vus


def remplir_contrat(p: Ecran, base: str) -> None:
    """What ties the action to the contrat: orientation, quartiers, local objectives."""
    p.aller(f"{base}/rubriques/orientation")
    p.page.get_by_label("Réussite éducative").check()
    p.bouton("Afficher les objectifs")
    p.page.get_by_label("Aider à apprendre").check()
    p.bouton("Enregistrer et continuer")
    p.aller(f"{base}/rubriques/quartiers")
    p.page.get_by_label("Quartier Est").first.check()
    p.bouton(re.compile("Enregistrer$|Ajouter"))
    p.page.get_by_label("Part du public à Quartier Est").fill("100")
    p.bouton("Enregistrer et continuer")
    p.aller(f"{base}/rubriques/besoins")
    p.page.get_by_label("Lire à Quartier Est").check()
    p.axe(p.page)
    p.bouton("Enregistrer et continuer")


def remplir_chiffres(p: Ecran, base: str) -> None:
    p.aller(f"{base}/rubriques/indicateurs")
    p.saisir(
        **{
            "lignes-0-libelle": "Enfants suivis",
            "lignes-0-cible": "40",
            "lignes-0-mode_mesure": "Feuilles de présence",
        }
    )
    p.bouton("Enregistrer et continuer")
    p.aller(f"{base}/rubriques/financeurs")
    p.page.get_by_label(re.compile("État, crédits spécifiques")).fill(AIDE)
    p.bouton("Enregistrer et continuer")
    p.aller(f"{base}/rubriques/budget", lire=True)
    p.page.get_by_label("Rémunération des personnels, montant en euros").fill("40 000")
    p.page.locator("summary", has_text="75 – Autres produits").click()
    p.page.get_by_label(re.compile("Cotisations.*, montant en euros")).fill("10 000")
    p.bouton("Recalculer")
    expect(p.page.locator("[data-phrase]")).to_contain_text("équilibré à 40")
    p.bouton("Enregistrer et continuer")
    p.aller(f"{base}/rubriques/pieces")
    p.page.locator("main [name=fichier]").set_input_files([PIECE])
    p.saisir(libelle="Le projet détaillé")
    p.bouton("Joindre le document")
    p.voir("projet")


def deposer(p: Ecran, acces: Acces) -> str:
    """Write and transmit; returns the number of the dossier."""
    inscrire_organisme(p)
    p.aller("/porteur/dossiers/nouveau", lire=True)
    p.page.get_by_label(acces.campagne).check()
    p.page.get_by_label("Action", exact=True).check()
    p.bouton("Créer le brouillon")
    dossier = numero(p.page, "dossiers")
    base = f"/porteur/dossiers/{dossier}"
    remplir_questions(p, base)
    remplir_contrat(p, base)
    remplir_chiffres(p, base)
    p.aller(f"{base}/verification", lire=True)
    p.champ("accord").check()
    p.bouton("Signer et transmettre")
    vider()  # the worker composes the acknowledgement
    p.aller(f"{base}/suivi", lire=True)
    assert p.telecharger("Accusé de réception").startswith(b"%PDF")
    return dossier


def confirmer(p: Ecran, acte: str, **valeurs: str) -> None:
    """Press an act, fill what its page asks, confirm."""
    p.bouton(acte)
    if valeurs:
        p.saisir(**valeurs)
    confirmation = p.page.locator("main form").get_by_role("button", name=acte)
    if "/actes/" in p.page.url or confirmation.count():
        confirmation.first.click()
        p.page.wait_for_load_state()


def instruire(p: Ecran, dossier: str) -> None:
    """Admissible, taken, scored, advised, closed."""
    base = f"/instruction/dossiers/{dossier}"
    p.aller(base, lire=True)
    p.bouton("Déclarer recevable")
    p.bouton("Prendre en charge")
    p.aller(f"{base}/evaluation", lire=True)
    notes = p.page.locator("main input[type=radio][name^='note-'][value='3']")
    for i in range(notes.count()):
        notes.nth(i).check()
    p.bouton("Relire et envoyer")
    p.bouton(re.compile("^Envoyer"))
    p.aller(base)
    p.bouton("Rendre l’avis")
    p.axe(p.page)
    p.saisir(valeur="favorable", montant_propose="29 000", commentaire="Projet solide.")
    p.bouton("Enregistrer l’avis")
    p.aller(base)
    p.bouton("Clore l’instruction")


def tenir_seance(p: Ecran, acces: Acces, dossier: str) -> str:
    """From the convocation to the minutes; returns the number of the session."""
    p.aller("/copil/", lire=True)
    p.bouton("Préparer une séance")
    p.saisir(titre="Comité d’essai", lieu="Préfecture", quorum="1")
    p.champ("prevue_le").first.fill(a_paris(maintenant()).strftime("%Y-%m-%dT%H:%M"))
    p.bouton("Enregistrer")
    seance = numero(p.page, "seances")
    base = f"/copil/seances/{seance}"
    p.aller(f"{base}/membres", lire=True)
    p.champ("membre").select_option(index=1)
    p.bouton("Ajouter")
    p.aller(f"{base}/ordre-du-jour", lire=True)
    p.champ("dossier").first.check()
    p.bouton("Inscrire les dossiers cochés")
    p.aller(f"{base}/membres")
    p.champ("present").first.check()
    p.bouton("Enregistrer les présences")
    p.aller(base, lire=True)
    p.bouton("Ouvrir la séance")
    p.aller(f"{base}/dossiers/{dossier}", lire=True)
    p.page.get_by_label(re.compile("^Montant retenu")).fill("28 000")
    p.page.get_by_label(re.compile("^Enveloppe de")).select_option(acces.enveloppe)
    with p.page.expect_response(re.compile("/montants$")):
        p.bouton("Enregistrer les montants")
    p.aller(f"{base}/dossiers/{dossier}")
    expect(p.page.get_by_label(re.compile("^Montant retenu"))).to_have_value(re.compile("28"))
    p.saisir(sens="programmer")
    p.bouton("Enregistrer la décision")
    p.aller(f"{base}/clore")
    p.bouton("Clore la séance")
    p.aller(f"{base}/proces-verbal", lire=True)
    p.saisir(president="Camille Coordonne")
    p.bouton("Arrêter le procès-verbal")
    return seance


def publier(p: Ecran, seance: str) -> None:
    p.aller(f"/copil/seances/{seance}/publication", lire=True)
    p.saisir(nombre="1")
    p.bouton("Publier 1 décision")
    p.voir("Tout est publié")


def engager(p: Ecran, porteuse: Ecran) -> str:
    """Vote, notification, convention signed by both; returns its number."""
    p.aller("/finance/votes", lire=True)
    p.champ("lignes").first.check()
    p.saisir(acte_type="arrete", acte_numero="2026-94-12")
    p.champ("acte_date").fill(date_de(p.champ("acte_date")))
    p.bouton("Voir l’aperçu")
    p.bouton("Enregistrer ce vote")
    p.aller("/finance/notifications", lire=True)
    p.bouton("Notifier les lignes cochées")
    p.aller("/finance/actes-a-preparer", lire=True)
    p.page.locator("main a[href*='/preparer'], main a[href*='/acte']").first.click()
    p.axe(p.page)
    p.bouton("Créer le projet d’acte")
    convention = numero(p.page, "conventions")
    adresse = f"/finance/conventions/{convention}"
    p.aller(adresse, lire=True)
    confirmer(p, "Envoyer à la signature du porteur")
    porteuse.aller(f"/porteur/conventions/{convention}", lire=True)
    porteuse.champ("accord").check()
    porteuse.bouton("Signer la convention")
    p.aller(adresse)
    confirmer(p, "Signer pour le financeur", accord="y")
    p.aller(adresse)
    confirmer(p, "Mettre en vigueur")
    return convention


def date_de(champ: Locator) -> str:
    """Today, as this field wants it."""
    jour = aujourdhui()
    return jour.isoformat() if champ.get_attribute("type") == "date" else f"{jour:%d/%m/%Y}"


def payer(propose: Ecran, valide: Ecran, convention: str) -> None:
    """Every payment of the convention: proposed by one, validated by another, paid."""
    propose.aller(f"/finance/conventions/{convention}")
    liens = propose.page.locator("main a[href*='/finance/versements/']").evaluate_all(
        "liens => [...new Set(liens.map(a => a.getAttribute('href').match(/.versements.\\d+/)[0]))]"
    )
    assert liens
    for rang, lien in enumerate(liens, 1):
        adresse = "/finance" + lien
        propose.aller(adresse, lire=rang == 1)
        confirmer(propose, "Proposer le versement")
        valide.aller(adresse)
        confirmer(valide, "Valider le versement")
        propose.aller(adresse)
        confirmer(propose, "Mandater", numero_mandat=f"M-{rang}")
        propose.aller(adresse)
        propose.bouton("Constater le paiement")
        propose.champ("paye_le").fill(date_de(propose.champ("paye_le")))
        propose.bouton("Constater le paiement")


def rendre_bilan(p: Ecran, dossier: str) -> str:
    p.aller(f"/porteur/dossiers/{dossier}/suivi")
    p.page.locator("main a[href*='/bilans/']").first.click()
    p.page.wait_for_load_state()
    bilan = numero(p.page, "bilans")
    p.axe(p.page)
    for texte in p.page.locator("#recit textarea, #comptes .champ textarea").all():
        texte.fill("Fait avec les habitants.")
    p.saisir(beneficiaires_reels="45", beneficiaires_qpv="40")
    for ligne in p.page.locator("main input[data-prevu]").all():
        ligne.fill(str(int(ligne.get_attribute("data-prevu") or 0) // 100))
    for explication in p.page.locator("main textarea[name^='explication-']").all():
        explication.fill("Selon ce qui a été accordé.")
    for mesure in p.page.locator("main input[name^='mesure-']").all():
        mesure.fill("45")
    p.bouton("Vérifier et déposer")
    expect(p.champ("accord")).to_be_visible()
    p.axe(p.page)
    p.champ("accord").check()
    p.bouton("Signer et déposer le bilan")
    p.page.wait_for_url(re.compile(r"/(bilans|dossiers)/\d+(/suivi)?$"))
    return bilan


def verifier_fin(session: Any, numero_dossier: int) -> None:
    """What the base says once everybody has done her part."""
    session.rollback()
    dossier = session.get(Dossier, numero_dossier)
    [ligne] = session.scalars(select(Financement))
    assert ligne.montant_arbitre == ligne.montant_vote == 28_000_00
    assert ligne.etat is EtatFinancement.CLOS and dossier.etat is EtatDossier.CLOS
    convention = session.scalars(select(Convention)).one()
    assert convention.type is TypeConvention.ANNUELLE
    assert convention.etat is EtatConvention.EN_VIGUEUR
    versements = session.scalars(select(Versement)).all()
    assert {v.etat for v in versements} == {EtatVersement.PAYE}
    assert sum(v.montant for v in versements) == 28_000_00
    assert session.scalars(select(Bilan)).one().etat is EtatBilan.VALIDE
    lues, rupture = verifier_journal()
    assert rupture is None and lues > 20


def test_de_la_premiere_ligne_au_bilan(acces: Acces, session: Any, personne) -> None:
    porteuse = personne(acces.porteuse)
    dossier = deposer(porteuse, acces)
    instruire(personne(acces.instructrice), dossier)
    coordination = personne(acces.coordination)
    seance = tenir_seance(coordination, acces, dossier)
    porteuse.aller(f"/porteur/dossiers/{dossier}/suivi")
    expect(porteuse.page.locator("main")).not_to_contain_text("28 000")
    publier(coordination, seance)
    porteuse.aller(f"/porteur/dossiers/{dossier}/suivi", lire=True)
    porteuse.voir("28 000")
    propose, valide = (personne(courriel) for courriel in acces.finance)
    convention = engager(propose, porteuse)
    payer(propose, valide, convention)
    bilan = rendre_bilan(porteuse, dossier)
    propose.aller(f"/finance/bilans/{bilan}", lire=True)
    confirmer(propose, "Valider le bilan")
    verifier_fin(session, int(dossier))


def test_sans_script(acces: Acces, session: Any, personne) -> None:
    """Write, add up and check before signing, with a browser that runs no script."""
    p = personne(acces.signataire, java_script_enabled=False)
    p.aller("/porteur/dossiers/nouveau")
    p.page.get_by_label(acces.campagne).check()
    p.page.get_by_label("Action", exact=True).check()
    p.bouton("Créer le brouillon")
    dossier = numero(p.page, "dossiers")
    base = f"/porteur/dossiers/{dossier}"
    p.aller(f"{base}/rubriques/presentation")
    p.champ("intitule").fill(PROJET["intitule"])
    p.champ("objectifs").fill(PROJET["objectifs"])
    p.bouton("Enregistrer et continuer")
    p.aller(f"{base}/rubriques/presentation")
    expect(p.champ("objectifs")).to_have_value(PROJET["objectifs"])
    p.aller(f"{base}/rubriques/budget")
    p.page.locator("summary", has_text="61 – Services").click()
    p.page.get_by_label("Assurance, montant en euros").fill("150,50")
    p.bouton("Recalculer")
    p.voir("Il manque 150,50")
    p.bouton("Enregistrer et continuer")
    p.aller(f"{base}/verification")
    p.voir("budget")
    expect(p.page.get_by_role("button", name="Signer et transmettre")).to_have_count(0)
    session.rollback()
    assert session.get(Dossier, int(dossier)).etat is EtatDossier.BROUILLON
