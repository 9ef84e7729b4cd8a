"""Forms of a dossier: its beginning, one section of questions, its aim, its indicators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)

from aap.domaine.questionnaire import Genre, Question, lire_jour
from forms.base import Formulaire, FormulaireVersionne, ListeField, SousFormulaire
from forms.champs import SelectChoice, TexteCourt, TexteLong
from forms.validateurs import Obligatoire


class FormulaireNouveau(Formulaire):
    """Which organisme asks, in which call, for what; ``precedent``: last year's dossier.

    ``quartier`` and ``objectif_local`` come from the explorer (« start from an objective »).
    """

    organisme = SelectField("Organisme qui dépose", [Obligatoire()], coerce=int)
    campagne = RadioField("Appel à projets", [Obligatoire()], coerce=int)
    type_dossier = RadioField("Ce que vous demandez", [Obligatoire()])
    precedent = SelectField(
        "Reprendre un dossier déjà rempli", coerce=int, default=0, validate_choice=True
    )
    quartier = HiddenField()
    objectif_local = HiddenField()

    def depart(self) -> tuple[int | None, int | None]:
        """(quartier, local objective) from which the explorer of the contrat sent the visitor."""
        bruts = [str(champ.data or "") for champ in (self.quartier, self.objectif_local)]
        lus = [int(b) if b.isascii() and b.isdigit() and len(b) < 10 else None for b in bruts]
        return lus[0], lus[1]


def montrer_reponse(question: Question, texte: str) -> str:
    """As typed; a readable date in its French form."""
    if question.genre is not Genre.DATE:
        return texte
    try:
        return f"{lire_jour(texte.strip()):%d/%m/%Y}"
    except ValueError:
        return texte


def _champ(question: Question) -> Any:
    """A field that never refuses: what is typed is kept, whatever it is."""
    aide = question.aide
    if question.genre is Genre.LONG:
        rangs = {"rows": str(4 if question.max <= 2000 else 7)}
        return TextAreaField(question.libelle, render_kw=rangs, description=aide)
    if question.genre is Genre.CHOIX:
        return RadioField(
            question.libelle,
            choices=[SelectChoice(code, mot) for code, mot in question.choix],
            validate_choice=False,
            description=aide,
        )
    modes = {
        Genre.ENTIER: "numeric",
        Genre.POURCENT: "numeric",
        Genre.DATE: "numeric",
        Genre.DECIMAL: "decimal",
    }
    attributs = {"inputmode": modes.get(question.genre, "text"), "autocomplete": "off"}
    if question.genre is Genre.DATE:
        attributs["placeholder"] = "jj/mm/aaaa"
    return StringField(question.libelle, render_kw=attributs, description=aide)


def formulaire_questions(
    questions: Iterable[Question], valeurs: Mapping[str, str], versions: Mapping[str, int]
) -> Formulaire:
    """Form of one section: a field per question and, hidden, the version that the page shows."""
    champs: dict[str, Any] = {}
    donnees: dict[str, Any] = {}
    for q in questions:
        champs[q.code] = _champ(q)
        champs[f"version_{q.code}"] = HiddenField()
        donnees[q.code] = montrer_reponse(q, valeurs.get(q.code, ""))
        donnees[f"version_{q.code}"] = str(versions.get(q.code, 0))
    classe = type("FormulaireRubrique", (Formulaire,), champs)
    formulaire: Formulaire = classe(data=donnees)
    return formulaire


def version_champ(formulaire: Formulaire, code: str) -> int:
    """Version of the answer that the page showed; 0 when absent or tampered with."""
    brut = str(formulaire[f"version_{code}"].data or "")
    return int(brut) if brut.isascii() and brut.isdigit() and len(brut) < 10 else 0


class FormulaireEmpreinte(Formulaire):
    """A whole section replaced at once: the page says which content it showed."""

    empreinte = HiddenField()


class LigneIndicateur(SousFormulaire):
    libelle = TexteCourt("Indicateur", max_length=500)
    cible = TexteCourt("Résultat visé", max_length=200)
    mode_mesure = TexteCourt("Comment vous le mesurerez", max_length=500)
    source = HiddenField()


class FormulaireIndicateurs(FormulaireEmpreinte):
    lignes = ListeField(FormField(LigneIndicateur), max_entries=15)


class FormulaireTransmission(FormulaireVersionne):
    """``relu``: hash of the content that the page showed."""

    relu = HiddenField()
    reponse = TexteLong("Votre réponse à la demande de compléments", max_length=5000, rows=5)
    accord = BooleanField("J’ai relu le dossier et je le signe au nom de l’organisme.")

    def reponses(self) -> list[str] | None:
        """One answer per element asked, in order; None when the page had no such field."""
        champs = [c for c in self if c.name.startswith("reponse_")]
        envoyes = any(c.raw_data for c in champs)
        return [str(c.data or "") for c in champs] if envoyes else None


def formulaire_transmission(
    elements: Sequence[str] = (), reponses: Sequence[str] = ()
) -> FormulaireTransmission:
    """The form of the signature; ``elements``: what the instructors asked for, one field each."""
    if not elements:
        return FormulaireTransmission()
    champs: dict[str, Any] = {
        f"reponse_{rang}": TexteLong(element, max_length=5000, rows=3)
        for rang, element in enumerate(elements)
    }
    champs["reponse"] = TexteLong("Un mot de plus", max_length=5000, rows=3)
    champs["demande"] = HiddenField()
    champs["accord"] = BooleanField(
        "J’ai relu ces changements et je les signe au nom de l’organisme."
    )
    classe = type("FormulaireComplements", (FormulaireTransmission,), champs)
    connues = {f"reponse_{rang}": texte for rang, texte in enumerate(reponses)}
    formulaire: FormulaireTransmission = classe(data=connues)
    return formulaire
