"""Objects for tests: small, coherent, flushed (never committed) in ``db.session``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TypeVar

from aap.domaine.cer import VERSION_TEXTE
from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import (
    Campagne,
    Contrat,
    CoteBudget,
    Decision,
    Dossier,
    EngagementRepublicain,
    Enveloppe,
    Financement,
    Financeur,
    FormeJuridique,
    Habilitation,
    IndicateurDossier,
    LigneBudget,
    Membre,
    Organisme,
    RoleHabilitation,
    RoleMembre,
    Seance,
    SensDecision,
    TypeCampagne,
    TypeFinanceur,
    Utilisateur,
)
from aap.permissions import Acteur, charger_acteur
from workflows.campagne import EtatCampagne
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

T = TypeVar("T")
_rang = count(1)
IBAN = "FR7630006000011234567890189"


def _poser(objet: T) -> T:
    db.session.add(objet)
    db.session.flush()
    return objet


def utilisateur(prenom: str = "Camille", nom: str = "Essai", courriel: str = "") -> Utilisateur:
    return _poser(
        Utilisateur(
            courriel=courriel or f"personne{next(_rang)}@exemple.test",
            prenom=prenom,
            nom=nom,
            confirme_le=maintenant(),
        )
    )


def acteur(personne: Utilisateur) -> Acteur:
    """The person with her rights, as a request would load them."""
    db.session.flush()
    return charger_acteur(personne)


def contrat(code: str = "essai") -> Contrat:
    return _poser(Contrat(code=code, nom="Contrat de ville d’essai", debut=2024, fin=2030))


def financeur(
    du_contrat: Contrat,
    code: str = "prefecture",
    nom: str = "Préfecture d’essai",
    type_financeur: TypeFinanceur = TypeFinanceur.ETAT,
) -> Financeur:
    return _poser(Financeur(contrat=du_contrat, code=code, nom=nom, type=type_financeur))


def habiliter(
    personne: Utilisateur,
    role: RoleHabilitation,
    du_contrat: Contrat | None,
    du_financeur: Financeur | None = None,
) -> Habilitation:
    return _poser(
        Habilitation(
            utilisateur_id=personne.id,
            role=role,
            contrat_id=du_contrat.id if du_contrat else None,
            financeur_id=du_financeur.id if du_financeur else None,
            du=aujourdhui() - timedelta(days=1),
        )
    )


def agent(
    role: RoleHabilitation,
    du_contrat: Contrat,
    du_financeur: Financeur | None = None,
    nom: str = "Agent",
) -> Utilisateur:
    """A person with one right."""
    personne = utilisateur("Dominique", nom)
    habiliter(personne, role, du_contrat, du_financeur)
    return personne


def organisme(
    nom: str = "Les Jardins partagés",
    *,
    forme: FormeJuridique = FormeJuridique.ASSOCIATION,
    signataire: Utilisateur | None = None,
    cer: bool = True,
    rib: bool = True,
) -> Organisme:
    """An organisme that may be paid, with its signatory when given."""
    o = Organisme(
        nom=nom,
        nom_recherche=normaliser(nom),
        forme=forme,
        siret=f"{next(_rang):014d}",
        adresse="1 rue des Essais",
        code_postal="94000",
        ville="Créteil",
        representant_nom="Sam Essai",
        representant_fonction="présidence",
        iban=IBAN if rib else None,
        titulaire_compte=nom if rib else "",
    )
    _poser(o)
    if signataire is not None:
        membre(o, signataire, RoleMembre.SIGNATAIRE)
        if cer:
            _poser(
                EngagementRepublicain(
                    organisme_id=o.id,
                    version_texte=VERSION_TEXTE,
                    signe_le=maintenant(),
                    signe_par_id=signataire.id,
                )
            )
    return o


def membre(d_organisme: Organisme, personne: Utilisateur, role: RoleMembre) -> Membre:
    return _poser(Membre(organisme_id=d_organisme.id, utilisateur_id=personne.id, role=role))


def campagne(
    du_contrat: Contrat,
    exercice: int = 2027,
    etat: EtatCampagne = EtatCampagne.NOTIFIEE,
    code: str = "",
) -> Campagne:
    return _poser(
        Campagne(
            contrat=du_contrat,
            code=code or f"aap-{exercice}",
            nom=f"Appel à projets {exercice}",
            type=TypeCampagne.AAP_ANNUEL,
            exercice=exercice,
            etat=etat,
            ouverture_le=datetime(exercice - 1, 9, 1, tzinfo=UTC),
            cloture_le=datetime(exercice - 1, 11, 1, tzinfo=UTC),
        )
    )


def enveloppe(
    de_campagne: Campagne, du_financeur: Financeur, montant: int, code: str = ""
) -> Enveloppe:
    return _poser(
        Enveloppe(
            campagne_id=de_campagne.id,
            financeur=du_financeur,
            code=code or f"env-{next(_rang)}",
            libelle=f"Crédits {du_financeur.nom}",
            montant=montant,
        )
    )


def dossier(
    de_campagne: Campagne,
    d_organisme: Organisme,
    etat: EtatDossier = EtatDossier.EN_INSTRUCTION,
    intitule: str = "Un jardin pour le quartier",
    budget: int = 20_000_00,
) -> Dossier:
    """A deposited dossier with a balanced budget of two charges and two produits."""
    rang = next(_rang)
    d = Dossier(
        campagne=de_campagne,
        organisme=d_organisme,
        etat=etat,
        numero=f"{de_campagne.exercice}-{rang:04d}",
        intitule=intitule,
        intitule_recherche=normaliser(intitule),
        date_debut=date(de_campagne.exercice, 1, 1),
        date_fin=date(de_campagne.exercice, 12, 31),
        total_charges=budget,
        beneficiaires=40,
        part_qpv=80,
        depose_le=maintenant(),
    )
    moitie = budget // 2
    d.lignes = [
        _ligne(0, CoteBudget.CHARGE, "60", "Achats", moitie),
        _ligne(1, CoteBudget.CHARGE, "64", "Charges de personnel", budget - moitie),
        _ligne(2, CoteBudget.PRODUIT, "70", "Ventes", budget - moitie),
        _ligne(3, CoteBudget.PRODUIT, "74", "Subventions demandées", moitie),
    ]
    d.indicateurs = [IndicateurDossier(libelle="Nombre d’habitants jardiniers", cible="40")]
    return _poser(d)


def _ligne(rang: int, cote: CoteBudget, compte: str, libelle: str, montant: int) -> LigneBudget:
    return LigneBudget(
        rang=rang, cote=cote, compte=compte, libelle=libelle, montant=montant, saisie=str(montant)
    )


def financement(
    du_dossier: Dossier,
    du_financeur: Financeur,
    *,
    demande: int = 10_000_00,
    arbitre: int | None = None,
    d_enveloppe: Enveloppe | None = None,
    etat: EtatFinancement = EtatFinancement.SOLLICITE,
) -> Financement:
    return _poser(
        Financement(
            dossier=du_dossier,
            financeur=du_financeur,
            exercice=du_dossier.campagne.exercice,
            etat=etat,
            montant_demande=demande,
            montant_arbitre=arbitre,
            enveloppe=d_enveloppe,
        )
    )


def programmer(
    du_dossier: Dossier,
    lignes: Sequence[tuple[Financeur, Enveloppe, int]],
    par: Utilisateur,
    *,
    publiee: bool = True,
) -> list[Financement]:
    """The committee's decision, published: one arbitrated line per (funder, enveloppe, cents)."""
    seance = _poser(
        Seance(campagne=du_dossier.campagne, titre="Comité de pilotage", prevue_le=maintenant())
    )
    financements = [
        financement(
            du_dossier,
            f,
            demande=montant,
            arbitre=montant,
            d_enveloppe=e,
            etat=EtatFinancement.ARBITRE,
        )
        for f, e, montant in lignes
    ]
    du_dossier.etat = EtatDossier.PROGRAMME
    _poser(
        Decision(
            seance=seance,
            dossier=du_dossier,
            sens=SensDecision.PROGRAMMER,
            montants={str(f.id): f.montant_arbitre for f in financements},
            saisie_par_id=par.id,
            publiee_le=maintenant() if publiee else None,
        )
    )
    return financements
