"""The questions of a dossier (CERFA 12156*06 §6-7), as data: one subject per page.

Answers are kept as typed (``Reponse``); ``lire`` gives the value when it can be read. Questions
about orientations, quartiers, indicators, budget, funders and pieces have their own tables and
their own pages; here they are sections without questions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from aap.domaine.erreurs import Probleme

TOUS = frozenset({"action", "fonctionnement", "pre", "adulte_relais", "micro_projet"})
LONGS = TOUS - {"micro_projet"}
ACTIONS = frozenset({"action", "pre", "adulte_relais"})


class Genre(StrEnum):
    """How a question is asked and read."""

    COURT = "court"
    LONG = "long"
    DATE = "date"
    ENTIER = "entier"
    POURCENT = "pourcent"
    CHOIX = "choix"


@dataclass(frozen=True)
class Question:
    """``obligatoire``: blocks the transmission. ``max``: characters, or highest number."""

    code: str
    libelle: str
    genre: Genre
    aide: str = ""
    exemple: str = ""
    obligatoire: bool = True
    types: frozenset[str] = TOUS
    max: int = 3000
    choix: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Section:
    """A page of the form. ``speciale``: what the page edits has its own tables."""

    code: str
    titre: str
    questions: tuple[Question, ...] = ()
    speciale: bool = False
    types: frozenset[str] = TOUS
    aide: str = ""


G = Genre
SECTIONS: tuple[Section, ...] = (
    Section(
        "presentation",
        "Votre action en quelques mots",
        (
            Question(
                "intitule",
                "Nom de l’action",
                G.COURT,
                "Un nom court, que l’on comprend sans connaître votre association.",
                "Aide aux devoirs et ateliers lecture au quartier Est",
                max=150,
            ),
            Question(
                "objectifs",
                "Objectifs de l’action",
                G.LONG,
                "Qu’est-ce qui aura changé, et pour qui, à la fin de l’action ?",
                "Quarante enfants suivis toute l’année reprennent confiance dans leur travail.",
            ),
            Question(
                "renouvellement",
                "Cette action est-elle nouvelle ?",
                G.CHOIX,
                choix=(
                    ("premiere", "C’est une première demande"),
                    ("renouvellement", "C’est la suite d’une action déjà financée"),
                ),
            ),
        ),
    ),
    Section(
        "orientation",
        "Ce que l’action vise dans le contrat de ville",
        speciale=True,
        aide="Choisissez l’orientation principale, puis un ou plusieurs objectifs.",
    ),
    Section(
        "quartiers",
        "Les quartiers et leurs besoins",
        speciale=True,
        aide="Choisissez les quartiers où vivent les personnes, puis les objectifs locaux.",
    ),
    Section(
        "description",
        "Le contenu de l’action",
        (
            Question(
                "besoin",
                "À quel besoin l’action répond-elle ?",
                G.LONG,
                "Dites comment vous avez repéré ce besoin, et avec qui.",
                types=LONGS,
            ),
            Question(
                "description",
                "Description de l’action",
                G.LONG,
                "Ce qui se passe concrètement : séances, rythme, lieux, encadrement.",
                max=6000,
            ),
            Question(
                "droit_commun",
                "Qu’est-ce que l’action apporte de plus que les services habituels ?",
                G.LONG,
                "Les crédits de la politique de la ville complètent les services ordinaires.",
                obligatoire=False,
                types=ACTIONS,
            ),
        ),
    ),
    Section(
        "publics",
        "Les personnes concernées",
        (
            Question("public", "Qui sont les personnes concernées ?", G.LONG, max=2000),
            Question(
                "beneficiaires",
                "Combien de personnes au total ?",
                G.ENTIER,
                "Comptez chaque personne une seule fois.",
                max=1_000_000,
            ),
            Question(
                "part_qpv",
                "Quelle part habite dans un quartier prioritaire ?",
                G.POURCENT,
                "Une estimation honnête suffit. L’action doit toucher surtout ces habitants.",
                max=100,
            ),
            Question(
                "participation_financiere",
                "Une participation est-elle demandée aux personnes ?",
                G.LONG,
                obligatoire=False,
                types=LONGS,
                max=500,
            ),
        ),
    ),
    Section(
        "principes",
        "Participation, égalité, accès aux droits",
        (
            Question(
                "participation",
                "Comment les habitants prennent-ils part à l’action ?",
                G.LONG,
                "Dans l’idée de départ, la préparation, la réalisation ou l’évaluation.",
                max=2000,
            ),
            Question(
                "egalite",
                "Comment l’action tient-elle compte de l’égalité entre femmes et hommes "
                "et de la lutte contre les discriminations ?",
                G.LONG,
                max=2000,
            ),
            Question(
                "acces_droits",
                "Comment l’action lève-t-elle les freins (langue, mobilité, numérique) ?",
                G.LONG,
                obligatoire=False,
                max=2000,
            ),
        ),
        types=LONGS,
    ),
    Section(
        "moyens",
        "Moyens et partenaires",
        (
            Question(
                "partenaires",
                "Avec qui travaillez-vous sur cette action ?",
                G.LONG,
                obligatoire=False,
                max=2000,
            ),
            Question("moyens_materiels", "Moyens matériels", G.LONG, obligatoire=False, max=2000),
            Question("moyens_humains", "Qui encadre l’action ?", G.LONG, max=2000),
            Question("benevoles", "Nombre de bénévoles", G.ENTIER, obligatoire=False, max=100_000),
            Question("salaries", "Nombre de salariés", G.ENTIER, obligatoire=False, max=100_000),
        ),
        types=LONGS,
    ),
    Section(
        "calendrier",
        "Dates et lieux",
        (
            Question("date_debut", "Début de l’action", G.DATE),
            Question("date_fin", "Fin de l’action", G.DATE),
            Question("lieux", "Où l’action se déroule-t-elle ?", G.LONG, max=1000),
        ),
    ),
    Section(
        "indicateurs",
        "Comment saurez-vous que l’action a réussi ?",
        speciale=True,
        types=LONGS,
        aide="Choisissez des indicateurs de la fiche du quartier, ou écrivez les vôtres.",
    ),
    Section("financeurs", "Les aides que vous demandez", speciale=True),
    Section(
        "budget",
        "Le budget de l’action",
        (
            Question(
                "regle_indirectes",
                "Comment calculez-vous la part des charges indirectes ?",
                G.LONG,
                "Loyer, téléphone, secrétariat… : quelle part de ces frais l’action prend-elle, "
                "et pourquoi ?",
                "L’action occupe deux de nos dix salles : elle prend 20 % du loyer.",
                obligatoire=False,
                types=LONGS,
                max=1000,
            ),
        ),
        speciale=True,
    ),
    Section("pieces", "Documents joints", speciale=True),
    Section(
        "attestations",
        "Attestations",
        (
            Question(
                "aides_publiques",
                "Total des aides publiques reçues sur les trois derniers exercices",
                G.CHOIX,
                "Comptez l’exercice en cours.",
                choix=(
                    ("sous_seuil", "500 000 € ou moins"),
                    ("au_dessus", "Plus de 500 000 €"),
                ),
            ),
            Question(
                "exactitude",
                "Les informations du dossier sont exactes et l’organisme est à jour de ses "
                "obligations sociales et fiscales",
                G.CHOIX,
                choix=(("oui", "Oui, je l’atteste au nom de l’organisme"),),
            ),
        ),
    ),
)

QUESTIONS: dict[str, Question] = {q.code: q for s in SECTIONS for q in s.questions}


def sections_pour(type_dossier: str) -> tuple[Section, ...]:
    """The pages of the form for this type of dossier, in order."""
    return tuple(s for s in SECTIONS if type_dossier in s.types)


def questions_pour(section: Section, type_dossier: str) -> tuple[Question, ...]:
    return tuple(q for q in section.questions if type_dossier in q.types)


def lire_jour(texte: str) -> date:
    """A day typed as 2027-03-01 or 01/03/2027. Raises ValueError with a French sentence."""
    if trouve := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", texte, re.ASCII):
        annee, mois, jour = (int(g) for g in trouve.groups())
    elif trouve := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", texte, re.ASCII):
        jour, mois, annee = (int(g) for g in trouve.groups())
    else:
        raise ValueError("Écrivez la date comme 01/03/2027.")
    try:
        return date(annee, mois, jour)
    except ValueError as erreur:
        raise ValueError("Cette date n’existe pas dans le calendrier.") from erreur


def lire(question: Question, texte: str) -> str | int | date | None:
    """The value of an answer, None when empty. Raises ValueError with a French sentence."""
    texte = texte.strip()
    if not texte:
        return None
    if question.genre is G.DATE:
        return lire_jour(texte)
    if question.genre in (G.ENTIER, G.POURCENT):
        return _lire_entier(question, texte)
    if question.genre is G.CHOIX:
        if texte not in {code for code, _ in question.choix}:
            raise ValueError("Choisissez l’une des réponses proposées.")
        return texte
    if len(texte) > question.max:
        raise ValueError(f"Ce texte dépasse {question.max} caractères : raccourcissez-le.")
    return texte


def lire_entier_positif(texte: str) -> int:
    """A whole number in digits, spaces allowed. Raises ValueError with a French sentence."""
    compact = re.sub(r"[\s\u00a0\u202f%]", "", texte)
    if not re.fullmatch(r"\d{1,9}", compact, re.ASCII):
        raise ValueError("Écrivez un nombre entier, en chiffres.")
    return int(compact)


def _lire_entier(question: Question, texte: str) -> int:
    nombre = lire_entier_positif(texte)
    if nombre > question.max:
        raise ValueError(f"Ce nombre ne peut pas dépasser {question.max}.")
    return nombre


def problemes_reponses(type_dossier: str, reponses: dict[str, str]) -> list[Probleme]:
    """Everything missing or unreadable, section by section (``lien`` = section code)."""
    problemes = []
    for section in sections_pour(type_dossier):
        for question in questions_pour(section, type_dossier):
            texte = reponses.get(question.code, "")
            try:
                vide = lire(question, texte) is None
            except ValueError as erreur:
                problemes.append(
                    Probleme(f"{question.libelle} : {erreur}", question.code, True, section.code)
                )
                continue
            if vide and question.obligatoire:
                problemes.append(
                    Probleme(
                        f"Répondez à la question « {question.libelle} ».",
                        question.code,
                        True,
                        section.code,
                    )
                )
    return problemes
