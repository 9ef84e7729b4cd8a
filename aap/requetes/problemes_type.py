"""What each type of dossier must respect, in words; where each problem is mended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from aap.domaine.cpo import SEUIL_COMPTES
from aap.domaine.erreurs import Probleme
from aap.domaine.montants import en_euros
from aap.domaine.questionnaire import Profil, sections_pour
from aap.models import CoteBudget, Dossier, TypeDossier
from aap.requetes.campagne_ouverte import refus_type

Reponses = Mapping[str, str]


def problemes_type(dossier: Dossier, reponses: Reponses) -> list[Probleme]:
    """The rules of the type, then the years of a request for several years."""
    problemes = []
    if refus := refus_type(dossier.campagne, dossier.organisme, dossier.type):
        problemes.append(Probleme(refus, "type", True, "presentation"))
    regle = REGLES.get(dossier.type)
    if regle is not None:
        problemes += regle(dossier, reponses)
    return problemes + _annees(dossier)


def situer_problemes(profil: Profil, problemes: list[Probleme]) -> list[Probleme]:
    """In the order of the form; a problem goes to the page that asks the question.

    In a yearly tranche what the light form does not show is not asked again.
    """
    sections = sections_pour(profil)
    ordre = {s.code: i for i, s in enumerate(sections)}
    pages = {q.code: s.code for s in sections for q in s.questions}
    situes = []
    for p in problemes:
        if p.lien and p.lien not in ordre:
            if profil.tranche and p.champ not in pages:
                continue
            p = replace(p, lien=pages.get(p.champ, sections[0].code))
        situes.append(p)
    return sorted(situes, key=lambda p: ordre.get(p.lien, 99))


def _fonctionnement(dossier: Dossier, reponses: Reponses) -> list[Probleme]:
    """A small association: under the threshold of certified accounts (C. com. L612-4)."""
    budget = dossier.organisme.budget_annuel
    if budget is None or budget < SEUIL_COMPTES:
        return []
    phrase = (
        f"Le budget annuel de l’association ({en_euros(budget)}) atteint "
        f"{en_euros(SEUIL_COMPTES)} : l’aide au fonctionnement va d’abord aux petites "
        "associations. Les instructeurs regarderont si une demande d’action convient mieux."
    )
    return [Probleme(phrase, "etp_association", False, "petite_association")]


def _adulte_relais(dossier: Dossier, reponses: Reponses) -> list[Probleme]:
    if reponses.get("ar_conditions") != "non":
        return []
    phrase = (
        "Un poste d’adulte-relais est réservé à une personne qui remplit les conditions à "
        "l’embauche : habiter un quartier prioritaire, être sans emploi ou en contrat aidé, avoir "
        "l’âge requis."
    )
    return [Probleme(phrase, "ar_conditions", True, "adulte_relais")]


def _micro_projet(dossier: Dossier, reponses: Reponses) -> list[Probleme]:
    """Contract l.7623: not in the annual programming; the opinion of the conseil citoyen."""
    problemes = []
    if reponses.get("hors_programmation") == "oui":
        phrase = (
            "Le fonds participatif ne finance pas un projet qui figure aussi dans l’appel à "
            "projets annuel : gardez l’un des deux."
        )
        problemes.append(Probleme(phrase, "hors_programmation", True, "micro_projet"))
    if reponses.get("conseil_citoyen") == "non":
        phrase = (
            "Présentez le projet au conseil citoyen de votre quartier : sans son avis motivé, "
            "aucune aide ne peut être décidée."
        )
        problemes.append(Probleme(phrase, "conseil_citoyen", False, "micro_projet"))
    return problemes


REGLES: dict[TypeDossier, Callable[[Dossier, Reponses], list[Probleme]]] = {
    TypeDossier.FONCTIONNEMENT: _fonctionnement,
    TypeDossier.ADULTE_RELAIS: _adulte_relais,
    TypeDossier.MICRO_PROJET: _micro_projet,
}


def _annees(dossier: Dossier) -> list[Probleme]:
    """Each further year has a budget, balanced."""
    problemes = []
    for annee in range(2, dossier.profil.annees + 1):
        exercice = dossier.campagne.exercice + annee - 1
        charges, produits = totaux_annee(dossier, annee)
        phrase = ""
        if not charges and not produits:
            phrase = f"Remplissez le budget de {exercice}."
        elif charges != produits:
            manque = "de produits" if charges > produits else "de charges"
            phrase = (
                f"Le budget de {exercice} n’est pas équilibré : il manque "
                f"{en_euros(abs(charges - produits))} {manque}."
            )
        if phrase:
            problemes.append(Probleme(phrase, f"annee-{annee}", True, "budget_annees"))
    return problemes


def totaux_annee(dossier: Dossier, annee: int) -> tuple[int, int]:
    """(charges, produits) of one year in cents; unreadable amounts are left out."""
    sommes = {CoteBudget.CHARGE: 0, CoteBudget.PRODUIT: 0}
    for ligne in dossier.lignes:
        if ligne.annee == annee:
            sommes[ligne.cote] += ligne.montant or 0
    return sommes[CoteBudget.CHARGE], sommes[CoteBudget.PRODUIT]
