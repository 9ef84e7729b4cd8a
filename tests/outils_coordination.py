"""A campaign in preparation, ready to open, for the tests of the coordination."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aap.domaine.horloge import depuis_paris
from aap.extensions import db
from aap.models import (
    Campagne,
    Commune,
    Contrat,
    Dossier,
    Enveloppe,
    Financeur,
    Organisme,
    Orientation,
    Quartier,
    RoleHabilitation,
    TypeCampagne,
    Utilisateur,
)
from aap.permissions import Acteur
from aap.services.campagne import DonneesCampagne, choisir_grille, creer_campagne
from aap.services.enveloppe import DonneesEnveloppe, creer_enveloppe
from aap.services.grille import creer_grille_par_defaut
from tests import fabriques as f
from workflows.dossier import EtatDossier

R = RoleHabilitation
OUVERTURE = depuis_paris(datetime(2026, 10, 1, 9, 0))
CLOTURE = depuis_paris(datetime(2026, 11, 20, 12, 0))
GRACE = timedelta(minutes=30)
VEILLE = OUVERTURE - timedelta(days=1)


@dataclass
class Coordination:
    """Everything flushed. ``acteur`` coordinates the contrat."""

    contrat: Contrat
    campagne: Campagne
    etat: Financeur
    ville: Financeur
    enveloppe: Enveloppe
    commune: Commune
    quartier: Quartier
    orientations: list[Orientation]
    coordination: Utilisateur
    instructrice: Utilisateur
    porteur: Utilisateur
    organisme: Organisme

    @property
    def acteur(self) -> Acteur:
        return f.acteur(self.coordination)


def donnees(**changements: object) -> DonneesCampagne:
    valeurs: dict = {
        "nom": "Appel à projets 2027",
        "type": TypeCampagne.AAP_ANNUEL,
        "exercice": 2027,
        "ouverture_le": OUVERTURE,
        "cloture_le": CLOTURE,
        "grace_minutes": 30,
        "service": "Politique de la ville",
        "contact": "ville@exemple.test",
        "note_cadrage": "Priorité à l’emploi.",
    }
    return DonneesCampagne(**{**valeurs, **changements})


def monter() -> Coordination:
    contrat = f.contrat()
    commune = Commune(contrat=contrat, code="orlyville", nom="Orlyville", departement="94")
    quartier = Quartier(
        contrat=contrat, code="est", nom="Quartier Est", communes=[commune], departement="94"
    )
    orientations = [
        Orientation(contrat=contrat, code=f"O{i}", ordre=i, titre=titre)
        for i, titre in enumerate(("Réussite éducative", "Emploi"), start=1)
    ]
    db.session.add_all([commune, quartier, *orientations])
    etat, ville = f.financeur(contrat, "etat"), f.financeur(contrat, "ville", "Orlyville")
    coordination = f.agent(R.COORDINATEUR, contrat, nom="Coordonne")
    instructrice = f.agent(R.INSTRUCTEUR, contrat, etat, "Instruit")
    porteur = f.utilisateur("Mina", "Porteuse")
    acteur = f.acteur(coordination)
    campagne = creer_campagne(acteur, contrat, donnees())
    choisir_grille(acteur, campagne, creer_grille_par_defaut(acteur, contrat))
    enveloppe = creer_enveloppe(
        acteur,
        campagne,
        DonneesEnveloppe("Crédits de l’État 2027", 100_000_00, etat.id, programme="147"),
    )
    organisme = f.organisme("Les Jardins de Mina", signataire=porteur)
    return Coordination(
        contrat,
        campagne,
        etat,
        ville,
        enveloppe,
        commune,
        quartier,
        orientations,
        coordination,
        instructrice,
        porteur,
        organisme,
    )


def brouillon(c: Coordination, etat: EtatDossier = EtatDossier.BROUILLON) -> Dossier:
    dossier = Dossier(
        campagne=c.campagne,
        organisme=c.organisme,
        etat=etat,
        intitule="Un jardin",
        intitule_recherche="un jardin",
    )
    db.session.add(dossier)
    db.session.flush()
    return dossier
