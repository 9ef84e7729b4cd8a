"""Admissibility: a reason, and nothing else."""

from __future__ import annotations

from forms.base import FormulaireVersionne
from forms.champs import TexteLong
from forms.validateurs import LongueurMin, Obligatoire


class MotifForm(FormulaireVersionne):
    """The reason of an act; it is read by the persons concerned and kept in the history."""

    motif = TexteLong(
        "Motif",
        [
            Obligatoire("Indiquez le motif : il sera lu par les personnes concernées."),
            LongueurMin(10, "Développez un peu le motif (au moins 10 caractères)."),
        ],
        max_length=1000,
        rows=5,
    )


class ActeForm(FormulaireVersionne):
    """An act that needs no reason: only the version of the page."""


class MessageForm(FormulaireVersionne):
    """A message on the thread of the dossier."""

    texte = TexteLong(
        "Votre message",
        [Obligatoire("Écrivez votre message avant de l’envoyer.")],
        max_length=5000,
        rows=4,
    )
