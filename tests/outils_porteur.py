"""A small contrat, a call, a porteur and her complete dossier, for the tests of the porteur."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pikepdf
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import (
    Campagne,
    Commune,
    Contrat,
    CoteBudget,
    Dossier,
    Fiche,
    Financeur,
    FormeJuridique,
    IndicateurEvaluation,
    IndicateurQuartier,
    ObjectifLocal,
    ObjectifOperationnel,
    ObjectifStrategique,
    Organisme,
    Orientation,
    Quartier,
    SectionTheme,
    Theme,
    TypeCampagne,
    TypeDossier,
    TypeFinanceur,
    Utilisateur,
)
from aap.permissions import ANONYME, Acteur, charger_acteur
from aap.services import dossier as ecrire
from aap.services.organisme import DonneesOrganisme, creer_organisme, signer_cer
from aap.services.session import ouvrir_session
from workflows.campagne import EtatCampagne

SIRET = "73282932000074"
PROJET = {
    "intitule": "Aide aux devoirs au quartier Est",
    "objectifs": "Quarante enfants reprennent confiance.",
    "renouvellement": "premiere",
    "besoin": "Les familles le demandent depuis deux ans.",
    "description": "Deux séances par semaine, à la maison de quartier.",
    "public": "Enfants de 6 à 11 ans.",
    "beneficiaires": "40",
    "part_qpv": "90",
    "participation": "Les parents préparent les séances.",
    "egalite": "Autant de filles que de garçons.",
    "moyens_humains": "Deux animateurs et huit bénévoles.",
    "lieux": "Maison de quartier Est.",
    "aides_publiques": "sous_seuil",
    "exactitude": "oui",
}


@dataclass
class Decor:
    """What the tests start from; ids stay valid across requests."""

    contrat: Contrat
    campagne: Campagne
    orientation: Orientation
    objectif: ObjectifOperationnel
    quartier: Quartier
    autre_quartier: Quartier
    objectif_local: ObjectifLocal
    indicateur: IndicateurEvaluation
    etat: Financeur
    commune: Financeur
    signataire: Utilisateur
    acteur: Acteur
    organisme: Organisme


def personne(prenom: str, nom: str = "Exemple") -> Utilisateur:
    u = Utilisateur(
        courriel=f"{prenom.lower()}.{nom.lower()}@exemple.fr",
        prenom=prenom,
        nom=nom,
        confirme_le=maintenant(),
    )
    db.session.add(u)
    db.session.flush()
    return u


def _contrat() -> Contrat:
    contrat = Contrat(code="essai", nom="Contrat d’essai", debut=2024, fin=2030)
    db.session.add(contrat)
    db.session.flush()
    return contrat


def _quartier(contrat: Contrat, commune: Commune, nom: str, theme: Theme) -> Quartier:
    quartier = Quartier(
        contrat=contrat,
        code=nom.lower().replace(" ", "-"),
        nom=nom,
        departement=commune.departement,
        communes=[commune],
        recherche=f"{nom} {commune.nom}".lower(),
    )
    fiche = Fiche(
        contrat_id=contrat.id, code=quartier.code, type="quartier", titre=nom, quartiers=[quartier]
    )
    db.session.add_all([quartier, fiche])
    db.session.flush()
    section = SectionTheme(fiche=fiche, theme=theme)
    db.session.add(section)
    db.session.add_all(
        [
            ObjectifLocal(
                section=section, niveau="operationnel", groupe=1, ordre=1, texte=f"Lire à {nom}"
            ),
            IndicateurEvaluation(section=section, ordre=1, texte=f"Enfants suivis à {nom}"),
            IndicateurQuartier(
                fiche=fiche, code="taux_pauvrete", valeur_milliemes=41_500, unite="%", annee=2021
            ),
        ]
    )
    db.session.flush()
    return quartier


def campagne_de(contrat: Contrat, code: str = "aap-2027", **champs: object) -> Campagne:
    """An open call that closes in ten days."""
    valeurs = {
        "nom": "Appel à projets 2027",
        "type": TypeCampagne.AAP_ANNUEL,
        "exercice": 2027,
        "etat": EtatCampagne.OUVERTE,
        "ouverture_le": maintenant() - timedelta(days=10),
        "cloture_le": maintenant() + timedelta(days=10),
        "grace_minutes": 15,
        "service": "Service politique de la ville",
        "contact": "ville@exemple.fr",
        **champs,
    }
    campagne = Campagne(contrat=contrat, code=code, **valeurs)
    db.session.add(campagne)
    db.session.flush()
    return campagne


def planter(nom: str = "Les Amis du livre") -> Decor:
    """Everything, flushed."""
    contrat = _contrat()
    commune = Commune(contrat=contrat, code="orlyville", nom="Orlyville", departement="94")
    theme = Theme(contrat=contrat, code="education", titre="Éducation")
    orientation = Orientation(contrat=contrat, code="3", ordre=3, titre="Réussite éducative")
    strategique = ObjectifStrategique(orientation=orientation, code="3.1", ordre=1, titre="École")
    objectif = ObjectifOperationnel(
        objectif_strategique=strategique, code="3.1.1", ordre=1, titre="Aider à apprendre"
    )
    theme.orientations.append(orientation)
    db.session.add_all([commune, theme, objectif])
    db.session.flush()
    quartier = _quartier(contrat, commune, "Quartier Est", theme)
    autre = _quartier(contrat, commune, "Quartier Ouest", theme)
    etat = Financeur(contrat=contrat, code="etat", nom="État", type=TypeFinanceur.ETAT)
    ville = Financeur(
        contrat=contrat, code="ville", nom="Orlyville", type=TypeFinanceur.COMMUNE, commune=commune
    )
    db.session.add_all([etat, ville])
    signataire = personne("Mina")
    acteur = charger_acteur(signataire)
    organisme = creer_organisme(
        acteur,
        DonneesOrganisme(
            nom=nom,
            forme=FormeJuridique.ASSOCIATION,
            siret=SIRET,
            representant_nom="Mina Exemple",
            representant_fonction="Présidente",
        ),
    )
    section = quartier.fiches[0].sections[0]
    return Decor(
        contrat=contrat,
        campagne=campagne_de(contrat),
        orientation=orientation,
        objectif=objectif,
        quartier=quartier,
        autre_quartier=autre,
        objectif_local=section.objectifs[0],
        indicateur=section.indicateurs_evaluation[0],
        etat=etat,
        commune=ville,
        signataire=signataire,
        acteur=acteur,
        organisme=organisme,
    )


def dossier_complet(decor: Decor, *, cer: bool = True) -> Dossier:
    """A draft with nothing missing: 12 000 € of charges, 8 000 € asked of the State."""
    d, acteur = decor, decor.acteur
    if cer:
        signer_cer(acteur, d.organisme)
    dossier = ecrire.creer_dossier(acteur, d.organisme, d.campagne, TypeDossier.ACTION)
    exercice = d.campagne.exercice
    dates = {"date_debut": f"01/02/{exercice}", "date_fin": f"30/11/{exercice}"}
    for champ, valeur in {**PROJET, **dates}.items():
        ecrire.enregistrer_reponse(acteur, dossier, champ, valeur)
    ecrire.choisir_objectifs(acteur, dossier, d.orientation.id, [d.objectif.id])
    ecrire.choisir_quartiers(acteur, dossier, {d.quartier.id: 100})
    ecrire.choisir_objectifs_locaux(acteur, dossier, [d.objectif_local.id])
    ecrire.fixer_indicateurs(
        acteur, dossier, [ecrire.IndicateurSaisi("Enfants suivis", "40", "Feuilles de présence")]
    )
    ecrire.demander_financement(acteur, dossier, d.etat, 800_000)
    ecrire.enregistrer_budget(
        acteur,
        dossier,
        [
            ecrire.LigneSaisie(CoteBudget.CHARGE, "641", "Animateurs", "12 000"),
            ecrire.LigneSaisie(CoteBudget.PRODUIT, "756", "Cotisations", "4 000"),
        ],
    )
    db.session.flush()
    return dossier


def connecte(app: Flask, utilisateur: Utilisateur) -> FlaskClient:
    """A client signed in as this person (commits what the test has flushed)."""
    cle = ouvrir_session(ANONYME, utilisateur)
    db.session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = cle
        cookie["_fresh"] = True
    return client


def compter_requetes(faire: Callable[[], object]) -> int:
    """SQL statements run by ``faire``."""
    total = 0

    def noter(*_args: object) -> None:
        nonlocal total
        total += 1

    event.listen(db.engine, "before_cursor_execute", noter)
    try:
        faire()
    finally:
        event.remove(db.engine, "before_cursor_execute", noter)
    return total


def pdf(texte: str = "") -> bytes:
    """A real PDF of one empty page (a password protects it when ``texte`` is « secret »)."""
    return _pdf_protege() if texte == "secret" else _enregistrer(pikepdf.new())


def _enregistrer(document: pikepdf.Pdf, **options: object) -> bytes:
    tampon = io.BytesIO()
    document.add_blank_page()
    document.save(tampon, **options)
    return tampon.getvalue()


def _pdf_protege() -> bytes:
    return _enregistrer(pikepdf.new(), encryption=pikepdf.Encryption(owner="secret", user="secret"))


def archive(*noms: str) -> bytes:
    """An Office document made of these members."""
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w") as document:
        for nom in ("[Content_Types].xml", "_rels/.rels", *noms):
            document.writestr(nom, "<x/>")
    return tampon.getvalue()
