"""Request for complements: what is missing, why, by when."""

from __future__ import annotations

from wtforms import BooleanField

from forms.base import FormulaireVersionne
from forms.champs import DateFr, TexteLong
from forms.validateurs import DansLeFutur, Facultatif, Obligatoire

ELEMENTS_MAX = 20
UTILE = "utile, non indispensable"


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
    utiles = TexteLong(
        "Ce qui serait utile aussi, sans être indispensable",
        [Facultatif()],
        description="Un élément par ligne. Rien ici ne suspend le délai ni n’arrête l’examen.",
        max_length=1500,
        rows=3,
    )
    echeance = DateFr(
        "Réponse attendue au plus tard le",
        [
            Obligatoire("Indiquez la date de réponse."),
            DansLeFutur("Fixez une date de réponse dans le futur."),
        ],
    )
    bloquante = BooleanField(
        "Ces éléments sont indispensables : le délai légal est suspendu jusqu’à cette date",
        default=True,
    )

    def elements(self) -> list[str]:
        """What is asked, one entry per non-empty line; what is only useful says so."""
        utiles = [f"{x} ({UTILE})" for x in _lignes(self.utiles.data)]
        return (_lignes(self.liste.data) + utiles)[:ELEMENTS_MAX]


def _lignes(texte: str | None) -> list[str]:
    lignes = [x.strip(" -•\t") for x in str(texte or "").split("\n")]
    return [x for x in lignes if x]
