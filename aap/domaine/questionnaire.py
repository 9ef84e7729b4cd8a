"""The questions of a dossier and how an answer is read.

Answers are kept as typed (``Reponse``); ``lire`` gives the value when it can be read. The pages
are in ``questionnaire_pages``, the questions of each type in ``questionnaire_types``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from aap.domaine.erreurs import Probleme
from aap.domaine.questionnaire_pages import SECTIONS
from aap.domaine.questionnaire_socle import Genre, Profil, Question, Section
from aap.domaine.questionnaire_socle import Genre as G

__all__ = [
    "QUESTIONS",
    "SECTIONS",
    "Genre",
    "Profil",
    "Question",
    "Section",
    "lire",
    "lire_entier_positif",
    "lire_jour",
    "lisible",
    "problemes_reponses",
    "questions_pour",
    "sections_lues",
    "sections_pour",
]

QUESTIONS: dict[str, Question] = {q.code: q for s in reversed(SECTIONS) for q in s.questions}


def _profil(profil: Profil | str) -> Profil:
    return Profil(profil) if isinstance(profil, str) else profil


def _nommee(section: Section, type_dossier: str) -> Section:
    titre = dict(section.selon).get(type_dossier)
    return replace(section, titre=titre) if titre else section


def sections_pour(profil: Profil | str) -> tuple[Section, ...]:
    """The pages of the form for this profile (or type of dossier), in order."""
    p = _profil(profil)
    return tuple(
        _nommee(s, p.type)
        for s in SECTIONS
        if p.type in s.types
        and p.annees >= s.annees
        and (s.tranche is not False if p.tranche else s.tranche is not None)
    )


def sections_lues(profil: Profil | str) -> tuple[Section, ...]:
    """Everything that a reader is shown: a yearly tranche also shows what it continues."""
    p = _profil(profil)
    if not p.tranche:
        return sections_pour(p)
    legeres = [s for s in sections_pour(p) if s.tranche is None]
    return (*legeres, *sections_pour(replace(p, tranche=False)))


def questions_pour(section: Section, profil: Profil | str) -> tuple[Question, ...]:
    """The questions of a page for this profile, in its words."""
    p = _profil(profil)
    gardees = []
    for q in section.questions:
        if p.type not in q.types or p.annees < q.annee or (q.annee and not p.pluriannuel):
            continue
        mots = next(((mot, aide) for t, mot, aide in q.selon if t == p.type), None)
        gardees.append(replace(q, libelle=mots[0], aide=mots[1], exemple="") if mots else q)
    return tuple(gardees)


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


def lire(question: Question, texte: str) -> str | int | date | Decimal | None:
    """The value of an answer, None when empty. Raises ValueError with a French sentence."""
    texte = texte.strip()
    if not texte:
        return None
    if question.genre is G.DATE:
        return lire_jour(texte)
    if question.genre in (G.ENTIER, G.POURCENT):
        return _lire_entier(question, texte)
    if question.genre is G.DECIMAL:
        return _lire_decimal(question, texte)
    if question.genre is G.CHOIX:
        if texte not in {code for code, _ in question.choix}:
            raise ValueError("Choisissez l’une des réponses proposées.")
        return texte
    if len(texte) > question.max:
        raise ValueError(f"Ce texte dépasse {question.max} caractères : raccourcissez-le.")
    return texte


def lisible(question: Question, texte: str) -> str:
    """An answer as it is read: the words of a choice, a day in French, a share with its sign."""
    if question.genre is G.CHOIX:
        return dict(question.choix).get(texte, texte)
    if question.genre is G.POURCENT and texte:
        return f"{texte.rstrip(' %')}\u00a0%"
    if question.genre is G.DATE:
        try:
            return f"{lire_jour(texte.strip()):%d/%m/%Y}"
        except ValueError:
            return texte
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


def _lire_decimal(question: Question, texte: str) -> Decimal:
    """« 2,5 » or « 2.5 »: two digits after the mark at most."""
    compact = re.sub(r"[\s\u00a0\u202f]", "", texte).replace(",", ".")
    if not re.fullmatch(r"\d{1,6}(\.\d{1,2})?", compact, re.ASCII):
        raise ValueError("Écrivez un nombre, par exemple 2,5.")
    nombre = Decimal(compact)
    if nombre > question.max:
        raise ValueError(f"Ce nombre ne peut pas dépasser {question.max}.")
    return nombre


def problemes_reponses(profil: Profil | str, reponses: dict[str, str]) -> list[Probleme]:
    """Everything missing or unreadable, section by section (``lien`` = section code)."""
    problemes = []
    for section in sections_pour(profil):
        for question in questions_pour(section, profil):
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
