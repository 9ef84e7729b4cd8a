"""Forms of the campaign: what it says, its priorities, its rules, its steps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from wtforms import BooleanField, Field, HiddenField, SelectField, ValidationError

from aap.domaine.regles import Regle, Unite, Valeur
from forms.base import FormulaireVersionne
from forms.champs import (
    DateHeureParis,
    EntierField,
    MontantField,
    PourcentField,
    SelectChoice,
    TexteCourt,
    TexteLong,
)
from forms.validateurs import Obligatoire, PasAvant

POIDS_EN_MOTS = ("0 – nulle", "1 – faible", "2 – ordinaire", "3 – forte", "4 – très forte")
EFFETS_EN_MOTS = {"bloque": "Bloque", "avertit": "Avertit"}
HEURE_DE_PARIS = "Heure de Paris."


class AnneeField(EntierField):
    """A year: never grouped by thousands."""

    def lire(self, texte: str) -> int:
        if re.fullmatch(r"[0-9]{1,12}", texte) and not self.minimum <= int(texte) <= self.maximum:
            raise ValueError(f"Indiquez une année entre {self.minimum} et {self.maximum}.")
        return super().lire(texte)

    def ecrire(self, valeur: int) -> str:
        return str(valeur)


class FormulaireCampagne(FormulaireVersionne):
    """``contrat`` is removed by the view when there is no choice to make.

    ``bac_a_sable`` is asked at the creation only.
    """

    contrat = SelectField("Contrat de ville", coerce=int)
    nom = TexteCourt("Nom de la campagne", [Obligatoire()], max_length=200)
    type = SelectField("Type d’appel")
    exercice = AnneeField(
        "Exercice",
        [Obligatoire()],
        minimum=2000,
        maximum=2100,
        description="L’année des actions financées.",
    )
    ouverture_le = DateHeureParis(
        "Ouverture des dépôts", [Obligatoire()], description=HEURE_DE_PARIS
    )
    cloture_le = DateHeureParis(
        "Clôture des dépôts",
        [Obligatoire(), PasAvant("ouverture_le", strict=True)],
        description=HEURE_DE_PARIS,
    )
    grace_minutes = EntierField(
        "Délai de tolérance, en minutes",
        [Obligatoire()],
        maximum=1440,
        description="Un dossier transmis dans ce délai après la clôture est accepté ; il est "
        "annoncé aux porteurs.",
    )
    service = TexteCourt(
        "Service qui gère l’appel", max_length=200, description="Le récépissé de dépôt le nomme."
    )
    contact = TexteCourt(
        "Comment joindre ce service",
        max_length=254,
        description="Adresse électronique ou téléphone, donné aux porteurs.",
    )
    note_cadrage = TexteLong(
        "Note de cadrage",
        max_length=20_000,
        rows=12,
        description="Ce que les financeurs attendent cette année. Publiée avec l’appel.",
    )
    bac_a_sable = BooleanField(
        "C’est une campagne d’essai",
        description="Pour s’entraîner : chaque page et chaque document le disent, rien n’entre "
        "dans les chiffres, aucun courriel ne part aux financeurs et aucune aide n’est payée. "
        "Ce choix ne se change plus.",
    )


class FormulaireEtape(FormulaireVersionne):
    """A step of the campaign, without reason."""


class FormulaireCopie(FormulaireEtape):
    """``derniere``: id of the latest copy already made when the page was shown."""

    derniere = HiddenField()

    def derniere_lue(self) -> int:
        brut = str(self.derniere.data or "")
        return int(brut) if re.fullmatch(r"[0-9]{1,9}", brut) else 0


class FormulaireEtapeMotif(FormulaireVersionne):
    motif = TexteLong(
        "Motif", [Obligatoire()], max_length=500, rows=3, description="Il est gardé au journal."
    )


class FormulaireRouvrir(FormulaireVersionne):
    cloture_le = DateHeureParis("Nouvelle clôture", [Obligatoire()], description=HEURE_DE_PARIS)
    motif = TexteLong(
        "Motif",
        [Obligatoire()],
        max_length=500,
        rows=3,
        description="Il est lu par les porteurs et gardé au journal.",
    )


def formulaire_priorites(orientations: Iterable[tuple[int, str]]) -> type[FormulaireVersionne]:
    """A form with « poids_<id> » and « commentaire_<id> » for each orientation."""
    champs: dict[str, Any] = {}
    for ident, titre in orientations:
        champs[f"poids_{ident}"] = SelectField(
            f"Priorité de l’orientation {titre}",
            coerce=int,
            default=2,
            choices=[SelectChoice(i, mots) for i, mots in enumerate(POIDS_EN_MOTS)],
        )
        champs[f"commentaire_{ident}"] = TexteCourt(
            f"Pourquoi, pour l’orientation {titre}", max_length=500
        )
    return type("FormulairePriorites", (FormulaireVersionne,), champs)


class OuiNonField(SelectField):
    """Yes or no in words; ``data`` is a bool."""

    def __init__(self, label: str | None = None, **kwargs: Any) -> None:
        choix = [SelectChoice("oui", "Oui"), SelectChoice("non", "Non")]
        super().__init__(label, choices=choix, **kwargs)


def _champ_valeur(regle: Regle) -> Field:
    obligatoire = [Obligatoire()]
    if regle.unite is Unite.CENTIMES:
        return MontantField(regle.libelle, obligatoire)
    if regle.unite is Unite.POUR_MILLE:
        return PourcentField(regle.libelle, [*obligatoire, _millieme])
    if regle.unite is Unite.JOURS:
        return EntierField(regle.libelle, obligatoire, maximum=3650)
    return OuiNonField(regle.libelle)


def _millieme(form: Any, champ: Any) -> None:
    if champ.data is not None and (champ.data * 1000).denominator != 1:
        raise ValidationError("Indiquez un pourcentage avec une décimale au plus.")


def formulaire_regles(regles: Iterable[Regle]) -> type[FormulaireVersionne]:
    """A form with « valeur_<code> », and « effet_<code> » where the effect may be chosen."""
    champs: dict[str, Any] = {}
    for regle in regles:
        champs[f"valeur_{regle.code}"] = _champ_valeur(regle)
        if len(regle.effets) > 1:
            champs[f"effet_{regle.code}"] = SelectField(
                f"Effet de la règle « {regle.libelle} »",
                choices=[SelectChoice(e, EFFETS_EN_MOTS[e]) for e in regle.effets],
            )
    return type("FormulaireRegles", (FormulaireVersionne,), champs)


def vers_champ(regle: Regle, valeur: Valeur) -> Any:
    """The value of a rule as its field holds it."""
    if regle.unite is Unite.POUR_MILLE:
        return Fraction(int(valeur), 1000)
    if regle.unite is Unite.OUI_NON:
        return "oui" if valeur else "non"
    return valeur


def depuis_champ(regle: Regle, donnee: Any) -> Valeur:
    """The inverse of ``vers_champ``."""
    if regle.unite is Unite.POUR_MILLE:
        return int(donnee * 1000)
    if regle.unite is Unite.OUI_NON:
        return bool(donnee == "oui")
    return int(donnee)
