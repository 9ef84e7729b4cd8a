"""Consensus, freezing and reopening of the ranked list, abstention."""

from __future__ import annotations

from forms.base import Formulaire, FormulaireVersionne
from forms.champs import TexteLong
from forms.validateurs import Obligatoire


class ConsensusForm(FormulaireVersionne):
    """The whole motif; the notes are read by ``forms.evaluation.lire_notes``."""

    motif = TexteLong(
        "Comment l’accord s’est fait",
        [Obligatoire("Dites comment l’accord s’est fait.")],
        description="Date, personnes présentes, raisons de l’écart avec les notations.",
        max_length=5000,
        rows=4,
    )


class MotifConsensusForm(FormulaireVersionne):
    """Why a consensus is taken back."""

    motif = TexteLong("Motif", [Obligatoire("Donnez un motif.")], max_length=5000, rows=3)


class AbstentionForm(Formulaire):
    """Why somebody does not score a dossier."""

    motif = TexteLong(
        "Motif",
        [Obligatoire("Dites pourquoi vous ne notez pas ce dossier.")],
        description="La coordination et le comité de pilotage le lisent.",
        max_length=2000,
        rows=3,
    )


class OuvrirEtalonnageForm(Formulaire):
    """The dossiers ticked are read by hand (``dossiers``)."""


class CloreEtalonnageForm(Formulaire):
    """What was agreed on."""

    compte_rendu = TexteLong(
        "Ce qui a été convenu",
        [Obligatoire("Écrivez ce qui a été convenu.")],
        description="Comment lire chaque critère, d’après les écarts discutés.",
        max_length=5000,
        rows=5,
    )


class RouvrirForm(Formulaire):
    """Why the frozen list moves again."""

    motif = TexteLong(
        "Motif",
        [Obligatoire("Dites pourquoi le classement est rouvert.")],
        description="Il reste dans le journal, à côté du classement figé.",
        max_length=2000,
        rows=3,
    )
