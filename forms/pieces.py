"""Forms that carry a file or a message of a dossier."""

from __future__ import annotations

from typing import ClassVar

from wtforms import FileField, HiddenField
from wtforms.validators import StopValidation

from forms.base import Formulaire, FormulaireVersionne
from forms.champs import TexteCourt, TexteLong
from forms.validateurs import Obligatoire


class FichierOuEnvoi:
    """A file chosen on the device, or one that has already arrived (``envoi`` names it)."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __call__(self, form: Formulaire, champ: FileField) -> None:
        if isinstance(champ.data, str):
            champ.data = None  # a text sent under the name of the file
        if not champ.data and not form["envoi"].data:
            raise StopValidation("Choisissez un document sur votre appareil.")


class FormulaireFichier(Formulaire):
    """Root of the forms that carry one file; ``envoi``: upload by pieces (``Televersement``)."""

    fichier = FileField("Document", [FichierOuEnvoi()])
    envoi = HiddenField()


class FormulairePiece(FormulaireFichier):
    libelle = TexteCourt(
        "Ce que contient le document", description="Par exemple\u00a0: devis du minibus."
    )


class FormulaireMessage(Formulaire):
    texte = TexteLong("Votre message", [Obligatoire()], max_length=5000, rows=5)


class FormulaireRetrait(FormulaireVersionne):
    motif = TexteLong("Pourquoi (facultatif)", max_length=1000, rows=3)
