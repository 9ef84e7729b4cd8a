"""Forms of the grid: weights of all criteria, words of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, FileField, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from forms.base import Formulaire
from forms.champs import EntierField, SelectChoice, TexteCourt, TexteLong
from forms.concerte import FormulaireConcerte
from forms.enveloppe import identifiant_ou_rien
from forms.validateurs import Obligatoire

SEUILS = [SelectChoice("", "Aucun")] + [SelectChoice(n, f"Sous {n}") for n in range(1, 5)]


def formulaire_poids(criteres: Iterable[tuple[int, str]]) -> type[FormulaireConcerte]:
    """« poids-<id> », « seuil-<id> » and « sans_objet-<id> » for each criterion."""
    champs: dict[str, Any] = {}
    for ident, libelle in criteres:
        champs[f"poids_{ident}"] = EntierField(
            f"Poids du critère « {libelle} »", [Obligatoire()], minimum=1, maximum=100
        )
        champs[f"seuil_{ident}"] = SelectField(
            f"Seuil du critère « {libelle} »", coerce=identifiant_ou_rien, choices=SEUILS
        )
        champs[f"sans_objet_{ident}"] = BooleanField(f"« Sans objet » permis pour « {libelle} »")
    return type("FormulairePoids", (FormulaireConcerte,), champs)


class FormulaireCritere(FormulaireConcerte):
    """A criterion: name, way of scoring, who scores, words of the five values."""

    libelle = TexteCourt("Nom du critère", [Obligatoire()], max_length=200)
    aide = TexteLong("Aide pour noter", max_length=1000, rows=3)
    mode = SelectField(
        "Comment il se note",
        choices=[SelectChoice("", "Apprécié par les évaluateurs")],
        description="Un critère calculé l’est par la plateforme, chiffre par chiffre.",
    )
    reserve_a = SelectMultipleField(
        "Qui le note",
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        description="Ne cochez rien pour que tous les financeurs le notent.",
    )
    code = TexteCourt(
        "Code",
        max_length=60,
        description="Facultatif : il relie le critère d’une version à l’autre et dans les "
        "fichiers. Laissez vide : il viendra du nom.",
    )
    ancre_0 = TexteLong("Ce que vaut 0", [Obligatoire()], max_length=500, rows=2)
    ancre_1 = TexteLong("Ce que vaut 1", [Obligatoire()], max_length=500, rows=2)
    ancre_2 = TexteLong("Ce que vaut 2", [Obligatoire()], max_length=500, rows=2)
    ancre_3 = TexteLong("Ce que vaut 3", [Obligatoire()], max_length=500, rows=2)
    ancre_4 = TexteLong("Ce que vaut 4", [Obligatoire()], max_length=500, rows=2)


class FormulaireCopieGrille(Formulaire):
    nom = TexteCourt("Nom de la copie", [Obligatoire()], max_length=120)


class FormulaireFichierGrille(Formulaire):
    """A file, or its text pasted; the contrat is asked when there are several."""

    contrat = SelectField("Contrat", coerce=identifiant_ou_rien)
    fichier = FileField("Fichier de la grille", description="Un fichier JSON, 200 ko au plus.")
    texte = TexteLong("Ou son texte", max_length=200_000, rows=6)


class FormulaireChoixGrille(Formulaire):
    grille = SelectField(
        "Grille de la campagne", [Obligatoire("Choisissez une grille.")], coerce=identifiant_ou_rien
    )
