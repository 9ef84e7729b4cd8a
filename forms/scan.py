"""A pile of signed acts scanned together."""

from __future__ import annotations

from wtforms import BooleanField, RadioField, SelectField

from forms.base import Formulaire, FormulaireVersionne
from forms.champs import DateFr, SelectChoice, TexteCourt
from forms.exemplaire import JOUR
from forms.pieces import FormulaireFichier
from forms.validateurs import CaseCochee, Obligatoire


class FormulaireScan(FormulaireFichier):
    financeur = SelectField("Financeur")

    def proposer(self, financeurs: list[tuple[int, str]]) -> None:
        """Funders of the reader."""
        self.financeur.choices = [SelectChoice(str(cle), nom) for cle, nom in financeurs]


class FormulaireJointure(Formulaire):
    """What the ticked piles share."""

    partie = RadioField(
        "Qui a signé ces documents\u00a0?",
        [Obligatoire("Dites qui a signé.")],
        choices=[
            SelectChoice("porteur", "Le porteur seul"),
            SelectChoice("financeur", "Le financeur"),
            SelectChoice("deux", "Les deux parties"),
        ],
    )
    financeur_nom = TexteCourt(
        "Signataire pour le financeur",
        max_length=150,
        description="À remplir si le financeur a signé.",
    )
    signee_le = DateFr(
        "Date des signatures",
        [Obligatoire()],
        description=JOUR + " Cochez ensemble les actes signés le même jour.",
    )
    accord = BooleanField(
        "J’ai vérifié que ces documents sont signés.",
        [CaseCochee("Cochez cette case pour joindre les exemplaires.")],
    )


class FormulaireAttribution(FormulaireVersionne):
    numero = TexteCourt(
        "Numéro de l’acte",
        [Obligatoire("Indiquez le numéro de l’acte.")],
        max_length=40,
        description="Par exemple\u00a0: 2027-012, ou 2027-012 avenant 1.",
    )
