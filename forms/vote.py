"""The funder's legal act: one line, or one deliberation over several lines."""

from __future__ import annotations

from wtforms import SelectField

from forms.base import Formulaire, FormulaireVersionne
from forms.champs import DateFr, MontantField, SelectChoice, TexteCourt, TexteLong
from forms.validateurs import LongueurMin, MontantEntre, Obligatoire

NATURES = [
    SelectChoice("", "Choisissez"),
    SelectChoice("arrete", "Arrêté"),
    SelectChoice("deliberation", "Délibération"),
    SelectChoice("decision", "Décision"),
    SelectChoice("commission", "Décision de commission"),
]


class _ChampsActe:
    """Nature, number and date of the act that grants."""

    acte_type = SelectField(
        "Nature de l’acte",
        [Obligatoire("Choisissez la nature de l’acte.")],
        choices=NATURES,
    )
    acte_numero = TexteCourt(
        "Numéro de l’acte",
        [Obligatoire("Indiquez le numéro de l’acte.")],
        max_length=60,
        description="Par exemple 2027-94-0132.",
    )
    acte_date = DateFr("Date de l’acte", [Obligatoire("Indiquez la date de l’acte.")])


class FormulaireVote(_ChampsActe, FormulaireVersionne):
    """One vote. The amount may differ from the committee's."""

    montant = MontantField(
        "Montant voté", [Obligatoire("Indiquez le montant voté."), MontantEntre(1)]
    )


class FormulaireDeliberation(_ChampsActe, Formulaire):
    """What is common to the lines of one deliberation; the lines are read apart."""


class FormulaireMotif(FormulaireVersionne):
    """An act whose reason will be read by the persons concerned."""

    motif = TexteLong(
        "Motif", [Obligatoire("Indiquez le motif."), LongueurMin(3)], max_length=1000, rows=4
    )


class FormulaireMotifCourt(FormulaireVersionne):
    """A reason kept beside a payment or a liasse: one too long is told, never cut."""

    motif = TexteLong(
        "Motif", [Obligatoire("Indiquez le motif."), LongueurMin(3)], max_length=500, rows=4
    )


class FormulaireSimple(FormulaireVersionne):
    """An act that only needs to be confirmed."""
