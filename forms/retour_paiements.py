"""The extraction of what was paid, sent by a finance officer."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import SelectField

from forms.base import Formulaire
from forms.champs import SelectChoice


class FormulaireExtraction(Formulaire):
    financeur = SelectField("Financeur")
    fichier = FileField("Extraction des paiements")

    def proposer(self, financeurs: list[tuple[int, str]]) -> None:
        """Funders of the reader."""
        self.financeur.choices = [SelectChoice(str(cle), nom) for cle, nom in financeurs]
