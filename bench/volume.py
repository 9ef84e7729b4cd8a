"""A big campaign by bulk inserts: what pages read, at 5 000 or 50 000 dossiers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select, text

from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import (
    Campagne,
    Contrat,
    Depot,
    Dossier,
    DossierQuartier,
    Financement,
    Financeur,
    FormeJuridique,
    Membre,
    Organisme,
    Orientation,
    OrigineCredits,
    Quartier,
    Reponse,
    RoleHabilitation,
    RoleMembre,
    TypeCampagne,
    TypeDossier,
    Utilisateur,
)
from aap.models.utilisateur import Habilitation
from aap.permissions.acteur import Acteur, charger_acteur
from aap.services.grille import creer_grille_par_defaut
from aap.services.hachage import hacher_mot_de_passe
from workflows.campagne import EtatCampagne
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

MOT_DE_PASSE = "mesure-au-chronometre-12"
INSTRUCTEUR = "instructeur@mesure.example.org"
PORTEUR = "porteur@mesure.example.org"
LOT = 2000
ETATS = (EtatDossier.DEPOSE, EtatDossier.EN_INSTRUCTION, EtatDossier.INSTRUIT)
TEXTE = "Deux séances par semaine avec les habitants du quartier, dans la salle commune. " * 8


def _personne(courriel: str, nom: str) -> Utilisateur:
    utilisateur = Utilisateur(
        courriel=courriel,
        prenom="Camille",
        nom=nom,
        mot_de_passe=hacher_mot_de_passe(MOT_DE_PASSE),
        confirme_le=datetime.now(UTC),
    )
    db.session.add(utilisateur)
    db.session.flush()
    return utilisateur


def remplir(nombre: int) -> int:
    """Insert a campaign of ``nombre`` dossiers; returns the id of the porteur's draft."""
    hasard = Random(7)
    contrat = db.session.scalars(select(Contrat)).one()
    financeurs = list(db.session.scalars(select(Financeur).order_by(Financeur.id)))
    agent, benevole = _personne(INSTRUCTEUR, "Agent"), _personne(PORTEUR, "Bénévole")
    for role, financeur in (
        (RoleHabilitation.INSTRUCTEUR, financeurs[0]),
        (RoleHabilitation.COORDINATEUR, None),
    ):
        db.session.add(
            Habilitation(
                utilisateur=agent,
                role=role,
                contrat_id=contrat.id,
                financeur_id=financeur.id if financeur else None,
                du=date(2020, 1, 1),
            )
        )
    db.session.flush()
    campagne = _campagne(contrat, charger_acteur(agent))
    organismes = _organismes(max(90, nombre // 25), benevole)
    _dossiers(nombre, campagne, organismes, financeurs, contrat, agent, hasard)
    brouillon = _brouillon(campagne, organismes[0], benevole)
    db.session.commit()
    db.session.execute(text("ANALYZE"))  # what a living server's autovacuum keeps up to date
    db.session.commit()
    return brouillon


def _campagne(contrat: Contrat, coordination: Acteur) -> Campagne:
    instant = datetime.now(UTC)
    campagne = Campagne(
        contrat=contrat,
        code="mesure",
        nom="Campagne de mesure",
        type=TypeCampagne.AAP_ANNUEL,
        exercice=instant.year,
        etat=EtatCampagne.OUVERTE,
        ouverture_le=instant - timedelta(days=60),
        cloture_le=instant + timedelta(days=30),
        prete_le=instant - timedelta(days=61),
        grille=creer_grille_par_defaut(coordination, contrat),
    )
    db.session.add(campagne)
    db.session.flush()
    return campagne


def _organismes(nombre: int, benevole: Utilisateur) -> list[int]:
    lignes = [
        {
            "nom": f"Association de mesure {i:05d}",
            "nom_recherche": f"association de mesure {i:05d}",
            "forme": FormeJuridique.ASSOCIATION,
            "siret": f"{i:014d}",
        }
        for i in range(1, nombre + 1)
    ]
    db.session.execute(insert(Organisme), lignes)
    ids = list(db.session.scalars(select(Organisme.id).order_by(Organisme.id)))
    db.session.add(
        Membre(organisme_id=ids[0], utilisateur_id=benevole.id, role=RoleMembre.SIGNATAIRE)
    )
    db.session.flush()
    return ids


def _dossiers(
    nombre: int,
    campagne: Campagne,
    organismes: list[int],
    financeurs: list[Financeur],
    contrat: Contrat,
    agent: Utilisateur,
    hasard: Random,
) -> None:
    quartiers = list(
        db.session.scalars(select(Quartier.id).where(Quartier.contrat_id == contrat.id))
    )
    orientations = list(
        db.session.scalars(select(Orientation.id).where(Orientation.contrat_id == contrat.id))
    )
    instant = datetime.now(UTC)
    for debut in range(0, nombre, LOT):
        taille = min(LOT, nombre - debut)
        lignes = [
            _ligne(debut + i, campagne, organismes, orientations, agent, instant, hasard)
            for i in range(taille)
        ]
        ids = list(db.session.scalars(insert(Dossier).returning(Dossier.id), lignes))
        _details(ids, quartiers, financeurs, campagne, agent, instant, hasard)
        db.session.commit()


def _ligne(
    rang: int,
    campagne: Campagne,
    organismes: list[int],
    orientations: list[int],
    agent: Utilisateur,
    instant: datetime,
    hasard: Random,
) -> dict[str, Any]:
    intitule = f"Action de mesure numéro {rang:05d} au pied des immeubles"
    return {
        "campagne_id": campagne.id,
        # The first organisation stays small: a porteur has a handful of dossiers.
        "organisme_id": organismes[1 + rang % (len(organismes) - 1)],
        "type": TypeDossier.ACTION,
        "etat": ETATS[rang % len(ETATS)],
        "numero": f"{campagne.exercice}-{rang + 1:05d}",
        "intitule": intitule,
        "intitule_recherche": normaliser(intitule),
        "orientation_id": hasard.choice(orientations),
        "beneficiaires": hasard.randint(10, 400),
        "part_qpv": hasard.randint(50, 100),
        "montant_demande": hasard.randrange(20, 400) * 10000,
        "total_charges": hasard.randrange(500, 900) * 10000,
        "depose_le": instant - timedelta(minutes=rang % 50_000),
        "depose_par_id": agent.id,
    }


def _details(
    ids: list[int],
    quartiers: list[int],
    financeurs: list[Financeur],
    campagne: Campagne,
    agent: Utilisateur,
    instant: datetime,
    hasard: Random,
) -> None:
    db.session.execute(
        insert(DossierQuartier),
        [{"dossier_id": i, "quartier_id": hasard.choice(quartiers), "part": 100} for i in ids],
    )
    db.session.execute(
        insert(Financement),
        [
            {
                "dossier_id": i,
                "financeur_id": f.id,
                "exercice": campagne.exercice,
                "origine": OrigineCredits.SPECIFIQUES,
                "etat": EtatFinancement.SOLLICITE,
                "montant_demande": hasard.randrange(10, 90) * 10000,
            }
            for i in ids
            for f in (financeurs[0], *hasard.sample(financeurs[1:], 2))
        ],
    )
    db.session.execute(
        insert(Reponse),
        [
            {"dossier_id": i, "champ": champ, "valeur": TEXTE}
            for i in ids
            for champ in ("objectifs", "description", "public")
        ],
    )
    db.session.execute(
        insert(Depot),
        [
            {
                "dossier_id": i,
                "numero_depot": 1,
                "contenu": {},
                "sha256": "0" * 64,
                "depose_le": instant,
                "depose_par_id": agent.id,
            }
            for i in ids
        ],
    )


def _brouillon(campagne: Campagne, organisme_id: int, benevole: Utilisateur) -> int:
    brouillon = Dossier(campagne_id=campagne.id, organisme_id=organisme_id, intitule="Brouillon")
    db.session.add(brouillon)
    db.session.flush()
    db.session.add(
        Reponse(
            dossier_id=brouillon.id,
            champ="objectifs",
            valeur="Texte",
            modifie_par_id=benevole.id,
        )
    )
    return brouillon.id
