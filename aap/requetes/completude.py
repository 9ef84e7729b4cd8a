"""What is missing before a dossier may be transmitted: everything at once, and where."""

from __future__ import annotations

from fractions import Fraction

from sqlalchemy import func, select

from aap.domaine.budget import (
    calculer_totaux,
    conseils_lignes,
    plan_au,
    verifier_budget,
)
from aap.domaine.budget_plan import poste
from aap.domaine.erreurs import Probleme
from aap.domaine.horloge import a_paris, aujourdhui
from aap.domaine.montants import en_euros, pourcent
from aap.domaine.questionnaire import problemes_reponses
from aap.domaine.regles import effet_regle, valeur_regle
from aap.extensions import db
from aap.models import Bilan, Dossier, TypeDossier
from aap.requetes.lignes_budget import lignes_de_budget
from aap.requetes.problemes_cible import problemes_cible
from aap.requetes.problemes_type import problemes_type, situer_problemes
from workflows.bilan import EtatBilan

SANS_LIMITE = Fraction(10**6)
BILANS_DUS = (
    EtatBilan.ATTENDU,
    EtatBilan.EN_SAISIE,
    EtatBilan.A_MODIFIER,
    EtatBilan.EN_DEFAUT,
)


def problemes_dossier(dossier: Dossier) -> list[Probleme]:
    """Blocking problems and advice, in the order of the form; ``lien`` is the section's code."""
    reponses = {r.champ: r.valeur for r in dossier.reponses}
    problemes = problemes_reponses(dossier.profil, reponses)
    problemes += (
        _cible(dossier) + problemes_cible(dossier) + _dates(dossier) + _indicateurs(dossier)
    )
    problemes += _financeurs(dossier) + _budget(dossier) + _bilan_precedent(dossier)
    problemes += problemes_type(dossier, reponses)
    return situer_problemes(dossier.profil, problemes)


def bloquants(problemes: list[Probleme]) -> list[Probleme]:
    return [p for p in problemes if p.bloquant]


def _cible(d: Dossier) -> list[Probleme]:
    problemes = []
    if d.orientation_id is None:
        problemes.append(
            Probleme("Choisissez l’orientation visée.", "orientation_id", True, "orientation")
        )
    elif not d.objectifs and d.type is not TypeDossier.MICRO_PROJET:
        problemes.append(
            Probleme("Choisissez au moins un objectif.", "objectifs", True, "orientation")
        )
    if not d.quartiers:
        problemes.append(
            Probleme("Choisissez au moins un quartier.", "quartiers", True, "quartiers")
        )
    elif not d.objectifs_locaux:
        problemes.append(
            Probleme(
                "Aucun objectif local n’est choisi : les instructeurs verront moins bien à quel "
                "besoin du quartier vous répondez.",
                "objectifs_locaux",
                False,
                "quartiers",
            )
        )
    if d.part_qpv is not None and d.part_qpv < 50:
        problemes.append(
            Probleme(
                "Moins de la moitié du public habite dans un quartier prioritaire : l’action "
                "risque de ne pas relever de la politique de la ville.",
                "part_qpv",
                False,
                "publics",
            )
        )
    return problemes


def _dates(d: Dossier) -> list[Probleme]:
    if d.date_debut is None or d.date_fin is None:
        return []
    if d.date_fin < d.date_debut:
        return [Probleme("La fin de l’action est avant son début.", "date_fin", True, "calendrier")]
    if d.date_debut.year > d.campagne.exercice or d.date_fin.year < d.campagne.exercice:
        return [
            Probleme(
                f"L’action doit se dérouler au moins en partie en {d.campagne.exercice}.",
                "date_debut",
                True,
                "calendrier",
            )
        ]
    return []


def _indicateurs(d: Dossier) -> list[Probleme]:
    if d.type is TypeDossier.MICRO_PROJET or d.indicateurs:
        return []
    return [Probleme("Choisissez au moins un indicateur.", "indicateurs", True, "indicateurs")]


def _financeurs(d: Dossier) -> list[Probleme]:
    if not d.financements:
        return [
            Probleme("Demandez une aide à au moins un financeur.", "financeurs", True, "financeurs")
        ]
    prevu = sum(
        ligne.montant or 0
        for ligne in d.lignes
        if ligne.annee == 1 and ligne.financement_id is not None
    )
    demande = sum(f.montant_demande for f in d.financements)
    if prevu != demande:
        return [
            Probleme(
                f"Le budget compte {en_euros(prevu)} d’aides demandées aux financeurs, mais "
                f"les demandes font {en_euros(demande)} en tout : les deux doivent être égaux.",
                "budget",
                True,
                "budget",
            )
        ]
    return []


def _budget(d: Dossier) -> list[Probleme]:
    illisibles = [
        Probleme(
            f"Le montant « {ligne.saisie} » du poste "
            f"{poste(ligne.compte, ligne.libelle) or ligne.compte} n’est pas lisible.",
            f"ligne-{ligne.id}",
            True,
            "budget",
        )
        for ligne in d.lignes
        if ligne.saisie.strip() and ligne.montant is None
    ]
    plan = plan_au(a_paris(d.campagne.ouverture_le).date())
    lignes = lignes_de_budget(d.lignes)
    taux = Fraction(int(valeur_regle(d.campagne, "taux_public_max")), 1000)
    ferme = effet_regle(d.campagne, "taux_public_max") == "bloque"
    calcules = verifier_budget(plan, lignes, taux_public_max=SANS_LIMITE if ferme else taux)
    part = calculer_totaux(plan, lignes).taux_public
    if ferme and part is not None and part > taux:
        phrase = f"L’argent public représente {pourcent(part)} des produits\u00a0: "
        calcules.append(Probleme(f"{phrase}la campagne accepte {pourcent(taux)} au plus."))
    regle = next((r.valeur for r in d.reponses if r.champ == "regle_indirectes"), "")
    calcules += conseils_lignes(plan, lignes, regle)
    situes = [Probleme(p.message, p.champ or "budget", p.bloquant, "budget") for p in calcules]
    return illisibles + situes + _plafond_micro_projet(d)


def _bilan_precedent(d: Dossier) -> list[Probleme]:
    """A renewal while a bilan is late: warned or blocked, as the campaign says (parcours.md §5)."""
    suite = any(r.champ == "renouvellement" and r.valeur == "renouvellement" for r in d.reponses)
    if not suite or not valeur_regle(d.campagne, "bilan_precedent"):
        return []
    en_retard = db.session.scalar(
        select(func.count(Bilan.id))
        .join(Dossier, Dossier.id == Bilan.dossier_id)
        .where(
            Dossier.organisme_id == d.organisme_id,
            Bilan.etat.in_(BILANS_DUS),
            Bilan.echeance < aujourdhui(),
        )
    )
    if not en_retard:
        return []
    return [
        Probleme(
            "Le bilan d’une action déjà financée n’a pas été rendu à temps\u00a0: rendez-le depuis "
            "votre accueil.",
            "bilan",
            effet_regle(d.campagne, "bilan_precedent") == "bloque",
            "",
        )
    ]


def _plafond_micro_projet(d: Dossier) -> list[Probleme]:
    """FPCC: strictly under the ceiling of the campaign (contract l.7623)."""
    if d.type is not TypeDossier.MICRO_PROJET:
        return []
    plafond = int(valeur_regle(d.campagne, "fpcc_plafond"))
    if d.montant_demande < plafond:
        return []
    return [
        Probleme(
            f"Un micro-projet demande moins de {en_euros(plafond)}.",
            "financeurs",
            True,
            "financeurs",
        )
    ]
