"""The contrat d'engagement républicain: version in force and its seven commitments, summarised.

Source: loi 2000-321 art. 10-1 and annexe of the décret 2021-1947 of 31 December 2021. The
summaries are ours: they help to read the official text and never replace it.
"""

from __future__ import annotations

from dataclasses import dataclass

VERSION_TEXTE = "decret-2021-1947"
REFERENCE = "décret n° 2021-1947 du 31 décembre 2021"


@dataclass(frozen=True)
class Engagement:
    titre: str
    resume: str


ENGAGEMENTS: tuple[Engagement, ...] = (
    Engagement(
        "Respecter les lois de la République",
        "L’organisme n’incite personne à enfreindre la loi, à troubler gravement l’ordre public "
        "ou à user de la violence. Il ne se réclame pas de convictions pour s’affranchir des "
        "règles communes.",
    ),
    Engagement(
        "Respecter la liberté de conscience",
        "Chacun, membre ou bénéficiaire, croit ou ne croit pas. Personne ne subit de pression "
        "ni de contrainte pour changer d’opinion. Les associations à objet spirituel gardent "
        "leur doctrine propre.",
    ),
    Engagement(
        "Laisser chacun libre d’entrer et de partir",
        "Tout membre peut quitter l’organisme quand il le souhaite. Personne n’est exclu "
        "arbitrairement.",
    ),
    Engagement(
        "Traiter chacun à égalité",
        "L’accueil et les activités sont ouverts sans différence liée au sexe, à l’origine, à la "
        "religion, à l’orientation sexuelle ou au handicap, sauf différence justifiée par un objet "
        "licite. L’organisme lutte contre les violences sexistes.",
    ),
    Engagement(
        "Agir dans un esprit de fraternité et sans violence",
        "L’organisme encourage l’entraide. Il ne provoque ni à la haine ni à la violence, et ne "
        "ferme pas les yeux sur de tels agissements.",
    ),
    Engagement(
        "Respecter la dignité de chaque personne",
        "L’organisme protège l’intégrité physique et morale des personnes, et d’abord celle des "
        "enfants. Il ne met personne en danger et ne profite d’aucune faiblesse.",
    ),
    Engagement(
        "Respecter les symboles de la République",
        "L’organisme respecte le drapeau tricolore, l’hymne national et la devise de la "
        "République.",
    ),
)
