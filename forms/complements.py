"""Request for complements: what is missing, why, by when."""

from __future__ import annotations

from wtforms import BooleanField

from forms.base import FormulaireVersionne
from forms.champs import DateFr, TexteLong
from forms.validateurs import Obligatoire

ELEMENTS_MAX = 20


class ComplementsForm(FormulaireVersionne):
    """``elements()`` gives one element per line."""

    texte = TexteLong(
        "Pourquoi ces éléments sont nécessaires",
        [Obligatoire("Dites ce qui manque et pourquoi.")],
        description="Le porteur lit ce texte. Dites simplement ce qui bloque.",
        max_length=2000,
        rows=4,
    )
    liste = TexteLong(
        "Ce que le porteur doit fournir",
        [Obligatoire("Listez au moins un élément à fournir.")],
        description="Un élément par ligne, par exemple : budget de l’action équilibré.",
        max_length=3000,
        rows=5,
    )
    echeance = DateFr(
        "Réponse attendue au plus tard le", [Obligatoire("Indiquez la date de réponse.")]
    )
    bloquante = BooleanField(
        "Ces éléments sont indispensables : le délai légal est suspendu jusqu’à cette date",
        default=True,
    )

    def elements(self) -> list[str]:
        """What is asked, one entry per non-empty line."""
        lignes = [x.strip(" -•\t") for x in str(self.liste.data or "").split("\n")]
        return [x for x in lignes if x][:ELEMENTS_MAX]
