"""Admissibility: a reason, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import RadioField

from forms.base import Formulaire, FormulaireVersionne
from forms.champs import SelectChoice, TexteLong
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


class MotifTypeForm(MotifForm):
    """``type_motif``: a code of ``aap.domaine.motifs_recevabilite``; ``motif`` gives the facts."""

    type_motif = RadioField("Motif", [Obligatoire("Choisissez un motif.")])
    motif = TexteLong(
        "Les faits",
        [
            Obligatoire("Écrivez les faits : le porteur les lira."),
            LongueurMin(10, "Développez un peu (au moins 10 caractères)."),
        ],
        description="Ce que vous avez constaté dans ce dossier, et la règle qui s’applique.",
        max_length=800,
        rows=5,
    )

    def proposer(self, choix: Iterable[tuple[str, str]]) -> MotifTypeForm:
        self.type_motif.choices = [SelectChoice(code, mot) for code, mot in choix]
        return self


class ActeForm(FormulaireVersionne):
    """An act that needs no reason: only the version of the page."""


class NoteInterneForm(Formulaire):
    """A note that only one's own funder reads."""

    texte = TexteLong(
        "Ajouter une note",
        [Obligatoire("Écrivez votre note avant de l’enregistrer.")],
        max_length=5000,
        rows=4,
    )


class MessageForm(FormulaireVersionne):
    """A message on the thread of the dossier."""

    texte = TexteLong(
        "Votre message",
        [Obligatoire("Écrivez votre message avant de l’envoyer.")],
        max_length=5000,
        rows=4,
    )
