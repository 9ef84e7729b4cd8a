"""Mails that announce a decision: one reworded, or one paragraph added to all."""

from __future__ import annotations

from wtforms import HiddenField

from forms.base import FormulaireVersionne
from forms.champs import TexteCourt, TexteLong
from forms.seance import entier_ou_rien


class CourrielForm(FormulaireVersionne):
    """``vu``: fingerprint of the wording that the page showed."""

    vu = HiddenField()
    sujet = TexteCourt("Objet", max_length=200)
    texte = TexteLong("Texte", max_length=10_000, rows=16)


class MotForm(FormulaireVersionne):
    """``attendus``: how many held mails the page showed."""

    attendus = HiddenField()
    mot = TexteLong(
        "Paragraphe à ajouter",
        max_length=2_000,
        rows=3,
        description="Par exemple\u00a0: une réunion d’information, une date à retenir.",
    )

    def nombre(self) -> int:
        return entier_ou_rien(self.attendus.data) or 0
