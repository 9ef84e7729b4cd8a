"""Request for complements: what is missing, why, by when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, FormField, SelectField

from aap.domaine.complements import marquer_utile
from forms.base import FormulaireVersionne, ListeField, SousFormulaire
from forms.champs import DateFr, SelectChoice, TexteCourt, TexteLong
from forms.validateurs import DansLeFutur, Facultatif, Obligatoire

ELEMENTS_MAX = 20
PRECIS_MAX = 10


class LignePrecise(SousFormulaire):
    """An element that names the place of the dossier where it is answered."""

    renvoi = SelectField("Où le porteur doit répondre", validate_choice=False)
    texte = TexteCourt("Ce que vous demandez", max_length=250)


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
        utiles = [marquer_utile(x) for x in _lignes(self.utiles.data)]
        return (_lignes(self.liste.data) + utiles)[:ELEMENTS_MAX]


class ComplementsPrecisForm(ComplementsForm):
    """The same for one dossier: each element may name where it is answered."""

    precis = ListeField(FormField(LignePrecise), min_entries=4, max_entries=PRECIS_MAX)
    liste = TexteLong(
        "Autre chose à fournir",
        [Facultatif()],
        description="Un élément par ligne, pour ce qui n’a pas sa place dans le formulaire.",
        max_length=3000,
        rows=4,
    )

    def proposer(self, lieux: Iterable[tuple[str, str, str]]) -> ComplementsPrecisForm:
        """``lieux``: (code, words, heading under which it is offered)."""
        choix = [SelectChoice("", "Choisissez un endroit du dossier")]
        choix += [SelectChoice(code, mot, optgroup=groupe) for code, mot, groupe in lieux]
        for rang, ligne in enumerate(self.precis, start=1):
            ligne.form.renvoi.choices = choix
            ligne.form.renvoi.label.text = f"Élément {rang}\u00a0: où le porteur doit répondre"
            ligne.form.texte.label.text = f"Élément {rang}\u00a0: ce que vous demandez"
        return self

    def couples(self) -> list[tuple[str, str]]:
        """(words, renvoi) of everything asked, in the order of the page."""
        precis = [
            (str(x.form.texte.data or "").strip(), str(x.form.renvoi.data or ""))
            for x in self.precis
        ]
        libres = [(texte, "") for texte in self.elements()]
        return [c for c in [*precis, *libres] if any(c)][:ELEMENTS_MAX]

    def validate(self, extra_validators: Any = None) -> bool:
        juste = bool(super().validate(extra_validators))
        if self.couples():
            return juste
        self.refuser("liste", "Listez au moins un élément à fournir.")
        return False


def _lignes(texte: str | None) -> list[str]:
    lignes = [x.strip(" -•\t") for x in str(texte or "").split("\n")]
    return [x for x in lignes if x]
