"""A contrat with two quartiers, two funders, a grid and a dossier, for the tests of instruction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import (
    Campagne,
    Commune,
    Contrat,
    Critere,
    Deport,
    Depot,
    Dossier,
    DossierQuartier,
    Fiche,
    Financement,
    Financeur,
    Grille,
    Habilitation,
    IndicateurQuartier,
    ModeCritere,
    ObjectifLocal,
    Organisme,
    Orientation,
    PerimetreHabilitation,
    PrioriteOrientation,
    Quartier,
    RoleHabilitation,
    SectionTheme,
    Theme,
    TypeFinanceur,
    Utilisateur,
)
from aap.permissions import Acteur
from aap.services.evaluation import NoteSaisie, enregistrer_evaluation, envoyer_evaluation
from tests import fabriques as f
from workflows.campagne import EtatCampagne
from workflows.dossier import EtatDossier

R = RoleHabilitation
# code, weight, mode, threshold, « sans objet » allowed
CRITERES = (
    ("conformite", 20, ModeCritere.CALCULE, None, False),
    ("besoin", 20, ModeCritere.CALCULE, None, False),
    ("qualite", 40, ModeCritere.APPRECIE, 2, False),
    ("egalite", 20, ModeCritere.APPRECIE, None, True),
)


@dataclass
class Decor:
    """Everything flushed; the dossier is deposited on « Quartier Est »."""

    contrat: Contrat
    campagne: Campagne
    etat: Financeur
    ville: Financeur
    est: Quartier
    ouest: Quartier
    commune: Commune
    orientation: Orientation
    grille: Grille
    porteur: Utilisateur
    organisme: Organisme
    dossier: Dossier
    ligne_etat: Financement
    ligne_ville: Financement
    instructrice: Utilisateur
    collegue: Utilisateur
    coordination: Utilisateur


def poser_grille(contrat: Contrat) -> Grille:
    grille = Grille(contrat_id=contrat.id, nom="Grille d’essai")
    grille.criteres = [
        Critere(
            code=code,
            ordre=i,
            libelle=code.capitalize(),
            poids=poids,
            mode=mode,
            ancres=["Rien", "Peu", "Moyen", "Bien", "Très bien"],
            eliminatoire_sous=seuil,
            sans_objet_permis=sans_objet,
        )
        for i, (code, poids, mode, seuil, sans_objet) in enumerate(CRITERES)
    ]
    db.session.add(grille)
    db.session.flush()
    return grille


def _quartier(contrat: Contrat, commune: Commune, nom: str, chomage: int) -> Quartier:
    q = Quartier(contrat=contrat, code=normaliser(nom), nom=nom, communes=[commune])
    fiche = Fiche(contrat_id=contrat.id, code=q.code, type="quartier", titre=nom, quartiers=[q])
    db.session.add_all([q, fiche])
    db.session.flush()
    db.session.add(
        IndicateurQuartier(
            fiche=fiche, code="taux_chomage", valeur_milliemes=chomage, unite="%", annee=2021
        )
    )
    return q


def planter(etat: EtatDossier = EtatDossier.EN_INSTRUCTION) -> Decor:
    contrat = f.contrat()
    commune = Commune(contrat=contrat, code="orlyville", nom="Orlyville", departement="94")
    theme = Theme(contrat=contrat, code="plein-emploi", titre="Plein emploi")
    orientation = Orientation(contrat=contrat, code="O5", ordre=5, titre="Insertion et emploi")
    theme.orientations.append(orientation)
    db.session.add_all([commune, theme, orientation])
    est = _quartier(contrat, commune, "Quartier Est", 25_000)
    ouest = _quartier(contrat, commune, "Quartier Ouest", 15_000)
    section = SectionTheme(fiche=est.fiches[0], theme=theme)
    db.session.add(section)
    objectif = ObjectifLocal(
        section=section, niveau="operationnel", groupe=1, ordre=1, texte="Accompagner"
    )
    db.session.add(objectif)
    campagne = f.campagne(contrat, etat=EtatCampagne.INSTRUCTION)
    campagne.grille = poser_grille(contrat)
    db.session.add(PrioriteOrientation(campagne=campagne, orientation=orientation, poids=4))
    etat_f = f.financeur(contrat, "etat", "Préfecture")
    ville = f.financeur(contrat, "ville", "Orlyville", TypeFinanceur.COMMUNE)
    porteur = f.utilisateur("Mina", "Porteuse")
    organisme = f.organisme("Les Jardins de Mina", signataire=porteur)
    dossier = f.dossier(campagne, organisme, etat, "Été à l’école")
    dossier.orientation = orientation
    dossier.theme = theme
    dossier.quartiers = [DossierQuartier(quartier=est, part=100)]
    dossier.objectifs_locaux = [objectif]
    dossier.montant_demande = 10_000_00
    deposer(dossier, porteur)
    decor = Decor(
        contrat,
        campagne,
        etat_f,
        ville,
        est,
        ouest,
        commune,
        orientation,
        campagne.grille,
        porteur,
        organisme,
        dossier,
        f.financement(dossier, etat_f, demande=6_000_00),
        f.financement(dossier, ville, demande=4_000_00),
        f.agent(R.INSTRUCTEUR, contrat, etat_f, "Instruit"),
        f.agent(R.INSTRUCTEUR, contrat, ville, "Collègue"),
        f.agent(R.COORDINATEUR, contrat, nom="Coordonne"),
    )
    db.session.flush()
    return decor


def deposer(dossier: Dossier, par: Utilisateur) -> Depot:
    depot = Depot(
        dossier=dossier,
        numero_depot=1,
        contenu={},
        sha256="a" * 64,
        depose_le=dossier.depose_le or maintenant(),
        depose_par_id=par.id,
    )
    db.session.add(depot)
    db.session.flush()
    return depot


def limiter(habilitation: Habilitation, **cibles: int) -> None:
    """Give a perimeter: ``limiter(h, quartier_id=3)``."""
    for nom, valeur in cibles.items():
        db.session.add(PerimetreHabilitation(habilitation=habilitation, **{nom: valeur}))
    db.session.flush()


def deporter(personne: Utilisateur, organisme: Organisme) -> None:
    db.session.add(
        Deport(
            utilisateur_id=personne.id,
            organisme_id=organisme.id,
            motif="Membre du bureau",
            declare_par_id=personne.id,
        )
    )
    db.session.flush()


def notes(decor: Decor, qualite: int | None = 3, egalite: int | None = 2) -> dict[int, NoteSaisie]:
    """Notes of the two judged criteria; ``egalite`` None is « sans objet »."""
    ids = {c.code: c.id for c in decor.grille.criteres}
    return {
        ids["qualite"]: NoteSaisie(qualite, commentaire="Solide"),
        ids["egalite"]: NoteSaisie(egalite, sans_objet=egalite is None),
    }


def noter(decor: Decor, personne: Utilisateur, dossier: Dossier | None = None, **valeurs: int):
    """A sent evaluation."""
    acteur = f.acteur(personne)
    vise = dossier or decor.dossier
    evaluation = enregistrer_evaluation(acteur, vise, notes(decor, **valeurs), "Avis général")
    envoyer_evaluation(acteur, evaluation)
    return evaluation


def dossiers_en_plus(decor: Decor, nombre: int, depuis: int = 0) -> None:
    """Many deposited dossiers of other organismes on the same quartier."""
    for i in range(depuis, nombre):
        o = Organisme(
            nom=f"Asso {i:03d}", nom_recherche=f"asso {i:03d}", forme=decor.organisme.forme
        )
        d = Dossier(
            campagne=decor.campagne,
            organisme=o,
            etat=EtatDossier.EN_INSTRUCTION,
            numero=f"2027-9{i:04d}",
            intitule=f"Action {i:03d}",
            intitule_recherche=f"action {i:03d}",
            orientation=decor.orientation,
            montant_demande=1_000_00,
            depose_le=maintenant() - timedelta(minutes=i),
        )
        d.quartiers = [DossierQuartier(quartier=decor.est)]
        db.session.add_all(
            [
                o,
                d,
                Financement(
                    dossier=d,
                    financeur=decor.etat,
                    exercice=decor.campagne.exercice,
                    montant_demande=1_000_00,
                ),
            ]
        )
    db.session.flush()


def observatrice(decor: Decor) -> Utilisateur:
    return f.agent(R.OBSERVATEUR, decor.contrat, nom="Citoyenne")


def dans(jours: int):
    return aujourdhui() + timedelta(days=jours)


def acteur(personne: Utilisateur) -> Acteur:
    return f.acteur(personne)
