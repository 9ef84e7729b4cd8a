"""What the aim of a dossier and its place say against each other: told before transmission."""

from __future__ import annotations

from aap.domaine.erreurs import Probleme
from aap.domaine.poches import seulement_en_poche
from aap.models import Dossier, TypeDossier, TypeFinanceur
from aap.requetes.lecture_contrat import lire_par_le_contrat
from aap.requetes.poches import COLLECTIVITES

RUBRIQUE = "quartiers"


def problemes_cible(dossier: Dossier) -> list[Probleme]:
    """Quartiers against the orientation, then the place against the kind of credits."""
    if not dossier.quartiers:
        return []
    return _ecarts(dossier) + _hors_qpv(dossier) + _hors_departement(dossier)


def _ecarts(dossier: Dossier) -> list[Probleme]:
    """Advice: the fiche of a quartier does not speak of what is aimed at."""
    if dossier.orientation_id is None:
        return []
    lecture = lire_par_le_contrat(dossier)
    return [
        Probleme(
            f"L’action et le quartier {q.quartier.nom} ne se rencontrent pas dans le contrat. "
            f"{q.quoi_faire}",
            "quartiers",
            False,
            RUBRIQUE,
        )
        for q in (lecture.ecarts if lecture else [])
    ]


def _hors_qpv(dossier: Dossier) -> list[Probleme]:
    types = [q.quartier.type for q in dossier.quartiers]
    if seulement_en_poche(types):
        return _poche(dossier)
    if "qpv" in types or "poche" in types:
        return []
    phrase = (
        "Aucun quartier choisi n’est un quartier prioritaire ni une poche de pauvreté : l’action "
        "ne relève pas des crédits de la politique de la ville. Ajoutez le quartier où vivent les "
        "personnes concernées."
    )
    return [Probleme(phrase, "quartiers", True, RUBRIQUE)]


def _poche(dossier: Dossier) -> list[Probleme]:
    """State credits in a poche need the money of a collectivité too (contract, poches)."""
    demandes = {f.financeur.type for f in dossier.financements}
    if TypeFinanceur.ETAT not in demandes or demandes & COLLECTIVITES:
        return []
    autre = any(x.compte.startswith("74") and x.financement_id is None for x in dossier.lignes)
    phrase = (
        "L’action n’a lieu que dans une poche de pauvreté : l’État ne peut l’aider que si une "
        "collectivité la finance aussi. Demandez une aide à la commune, à l’établissement "
        "territorial ou au département."
    )
    return [Probleme(phrase, "financeurs", not autre, "financeurs")]


def _hors_departement(dossier: Dossier) -> list[Probleme]:
    """Fonds participatif: only the departments that the contrat names (contract l.7623)."""
    if dossier.type is not TypeDossier.MICRO_PROJET:
        return []
    permis = dossier.campagne.contrat.regles.get("fpcc", {}).get("departements", [])
    dehors = [
        q.quartier.nom for q in dossier.quartiers if permis and q.quartier.departement not in permis
    ]
    if not dehors:
        return []
    phrase = (
        "Le fonds participatif des conseils citoyens ne finance que des quartiers du département "
        f"{', '.join(permis)} : retirez {', '.join(sorted(dehors))}."
    )
    return [Probleme(phrase, "quartiers", True, RUBRIQUE)]
