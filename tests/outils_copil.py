"""A contrat, its committee and dossiers ready to be examined, for the tests of the COPIL."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import (
    Campagne,
    Commune,
    Contrat,
    Deport,
    Dossier,
    DossierQuartier,
    Enveloppe,
    Evaluation,
    Financement,
    Financeur,
    FormeJuridique,
    Grille,
    Habilitation,
    Membre,
    Organisme,
    Orientation,
    Quartier,
    RoleHabilitation,
    RoleMembre,
    Seance,
    TypeFinanceur,
    Utilisateur,
)
from aap.models.grille import Critere, ModeCritere
from aap.models.instruction import EtatEvaluation, NoteCritere
from aap.permissions import Acteur, charger_acteur
from aap.services import seance as service
from tests.outils_porteur import campagne_de, personne
from workflows.campagne import EtatCampagne
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

R = RoleHabilitation


@dataclass
class DecorCopil:
    """``membre`` sits on the committee; ``coordo`` holds the session."""

    contrat: Contrat
    campagne: Campagne
    communes: list[Commune]
    quartiers: list[Quartier]
    orientation: Orientation
    etat: Financeur
    ville: Financeur
    env_etat: Enveloppe
    env_ville: Enveloppe
    coordo: Utilisateur
    membre: Utilisateur
    instructeur: Utilisateur
    observateur: Utilisateur
    porteur: Utilisateur
    critere: Critere
    dossiers: list[Dossier] = field(default_factory=list)

    @property
    def acteur(self) -> Acteur:
        return charger_acteur(self.coordo)


def habilite(
    utilisateur: Utilisateur, role: R, contrat: Contrat, financeur: Financeur | None = None
) -> None:
    db.session.add(
        Habilitation(
            utilisateur=utilisateur,
            role=role,
            contrat=contrat,
            financeur_id=financeur.id if financeur else None,
            du=date(2020, 1, 1),
        )
    )
    db.session.flush()


def _lieux(contrat: Contrat) -> tuple[list[Commune], list[Quartier]]:
    communes = [
        Commune(contrat=contrat, code=f"ville-{n}", nom=f"Ville {n}", departement="94")
        for n in ("a", "b")
    ]
    quartiers = [
        Quartier(
            contrat=contrat,
            code=f"q-{c.code}",
            nom=f"Quartier {c.nom}",
            departement="94",
            communes=[c],
            recherche="",
        )
        for c in communes
    ]
    db.session.add_all([*communes, *quartiers])
    db.session.flush()
    return communes, quartiers


def _grille(contrat: Contrat) -> tuple[Grille, Critere]:
    grille = Grille(contrat_id=contrat.id, nom="Grille d’essai")
    critere = Critere(
        grille=grille,
        code="c1",
        libelle="Pertinence",
        poids=100,
        ordre=1,
        mode=ModeCritere.APPRECIE,
        sans_objet_permis=False,
    )
    db.session.add_all([grille, critere])
    db.session.flush()
    return grille, critere


def _enveloppe(
    campagne: Campagne, financeur: Financeur, montant: int, **champs: object
) -> Enveloppe:
    enveloppe = Enveloppe(
        campagne_id=campagne.id,
        financeur=financeur,
        code=str(champs.pop("code", financeur.code)),
        libelle=str(champs.pop("libelle", f"Crédits {financeur.nom}")),
        montant=montant,
        **champs,
    )
    db.session.add(enveloppe)
    db.session.flush()
    return enveloppe


enveloppe_de = _enveloppe


def planter_copil(*, credits: int = 1_000_000, dossiers: int = 3) -> DecorCopil:
    """Everything, flushed; ``credits`` cents in the enveloppe of the State."""
    contrat = Contrat(code="essai", nom="Contrat d’essai", debut=2024, fin=2030)
    db.session.add(contrat)
    db.session.flush()
    communes, quartiers = _lieux(contrat)
    orientation = Orientation(contrat=contrat, code="3", ordre=3, titre="Réussite éducative")
    db.session.add(orientation)
    grille, critere = _grille(contrat)
    campagne = campagne_de(contrat, etat=EtatCampagne.COPIL, grille_id=grille.id)
    etat = Financeur(contrat=contrat, code="etat", nom="État", type=TypeFinanceur.ETAT)
    ville = Financeur(
        contrat=contrat,
        code="ville-a",
        nom="Ville A",
        type=TypeFinanceur.COMMUNE,
        commune=communes[0],
    )
    db.session.add_all([etat, ville])
    db.session.flush()
    gens = {p: personne(p) for p in ("Cora", "Manon", "Ines", "Oscar", "Paul")}
    habilite(gens["Cora"], R.COORDINATEUR, contrat)
    habilite(gens["Manon"], R.COPIL, contrat)
    habilite(gens["Ines"], R.INSTRUCTEUR, contrat, etat)
    habilite(gens["Oscar"], R.OBSERVATEUR, contrat)
    decor = DecorCopil(
        contrat=contrat,
        campagne=campagne,
        communes=communes,
        quartiers=quartiers,
        orientation=orientation,
        etat=etat,
        ville=ville,
        env_etat=_enveloppe(campagne, etat, credits),
        env_ville=_enveloppe(campagne, ville, 500_000, communes=[communes[0]]),
        coordo=gens["Cora"],
        membre=gens["Manon"],
        instructeur=gens["Ines"],
        observateur=gens["Oscar"],
        porteur=gens["Paul"],
        critere=critere,
    )
    for n in range(dossiers):
        ajouter_dossier(decor, n + 1)
    return decor


def _organisme(decor: DecorCopil, n: int) -> Organisme:
    organisme = Organisme(
        nom=f"Association {n}", nom_recherche=f"association {n}", forme=FormeJuridique.ASSOCIATION
    )
    db.session.add(organisme)
    db.session.flush()
    db.session.add(
        Membre(
            organisme_id=organisme.id, utilisateur_id=decor.porteur.id, role=RoleMembre.SIGNATAIRE
        )
    )
    return organisme


def ajouter_dossier(
    decor: DecorCopil, n: int, *, etat: EtatDossier = EtatDossier.INSTRUIT
) -> Dossier:
    """An examined dossier: 5 000 € asked of the State, 3 000 € of the city."""
    campagne = decor.campagne
    dossier = Dossier(
        campagne_id=campagne.id,
        organisme=_organisme(decor, n),
        numero=f"{campagne.exercice}-{n:04d}",
        intitule=f"Action {n}",
        intitule_recherche=f"action {n}",
        etat=etat,
        orientation=decor.orientation,
        montant_demande=800_000,
        total_charges=2_000_000,
        depose_le=maintenant() - timedelta(days=40),
        depose_par_id=decor.porteur.id,
    )
    dossier.quartiers.append(DossierQuartier(quartier=decor.quartiers[n % 2]))
    db.session.add(dossier)
    db.session.flush()
    for financeur, montant in ((decor.etat, 500_000), (decor.ville, 300_000)):
        db.session.add(
            Financement(
                dossier=dossier,
                financeur=financeur,
                exercice=campagne.exercice,
                etat=EtatFinancement.AVIS_RENDU,
                montant_demande=montant,
                montant_propose=montant - 100_000,
            )
        )
    _noter(decor, dossier, max(0, 4 - n % 5))
    decor.dossiers.append(dossier)
    db.session.flush()
    return dossier


def _noter(decor: DecorCopil, dossier: Dossier, valeur: int) -> None:
    evaluation = Evaluation(
        dossier=dossier,
        utilisateur=decor.instructeur,
        financeur=decor.etat,
        grille_id=decor.critere.grille_id,
        etat=EtatEvaluation.ENVOYEE,
        envoyee_le=maintenant(),
    )
    evaluation.notes.append(NoteCritere(critere_id=decor.critere.id, valeur=valeur))
    db.session.add(evaluation)


def lignes(dossier: Dossier) -> tuple[Financement, Financement]:
    """(State, city)."""
    etat, ville = sorted(dossier.financements, key=lambda f: f.id)
    return etat, ville


def seance_prete(
    decor: DecorCopil, *, quorum: int = 1, ouverte: bool = True, tous: bool = True
) -> Seance:
    """A session with coordinator and member present and the dossiers on the agenda."""
    acteur = decor.acteur
    donnees = service.DonneesSeance("COPIL de mars", maintenant(), "Salle du conseil", quorum)
    seance = service.creer_seance(acteur, decor.campagne, donnees)
    for qui in (decor.coordo, decor.membre):
        presence = service.convoquer(acteur, seance, qui, "membre")
        service.marquer_presence(acteur, presence, True)
    if tous:
        service.inscrire_plusieurs(acteur, seance, decor.dossiers)
    if ouverte:
        service.ouvrir(acteur, seance)
    db.session.flush()
    return seance


def deporter(decor: DecorCopil, qui: Utilisateur, dossier: Dossier) -> None:
    db.session.add(
        Deport(
            utilisateur_id=qui.id,
            organisme_id=dossier.organisme_id,
            motif="Membre du bureau",
            declare_par_id=decor.coordo.id,
        )
    )
    db.session.flush()
