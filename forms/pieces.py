"""Forms that carry a file or a message of a dossier."""

from __future__ import annotations

from wtforms import FileField

from forms.base import Formulaire, FormulaireVersionne
from forms.champs import TexteCourt, TexteLong
from forms.validateurs import Obligatoire


class FormulairePiece(Formulaire):
    libelle = TexteCourt(
        "Ce que contient le document", description="Par exemple\u00a0: devis du minibus."
    )
    fichier = FileField("Document", [Obligatoire("Choisissez un document sur votre appareil.")])


class FormulaireMessage(Formulaire):
    texte = TexteLong("Votre message", [Obligatoire()], max_length=5000, rows=5)


class FormulaireRetrait(FormulaireVersionne):
    motif = TexteLong("Pourquoi (facultatif)", max_length=1000, rows=3)
