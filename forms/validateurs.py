"""Validators with French sentences that say what to do."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, ClassVar

from wtforms import Field, Form
from wtforms.validators import StopValidation, ValidationError

from aap.domaine.horloge import aujourdhui
from aap.domaine.montants import en_euros


class Obligatoire:
    """Something must be given; when the text could not be read, that error alone is shown."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __init__(self, message: str = "Cette réponse est nécessaire.") -> None:
        self.message = message

    def __call__(self, form: Form, field: Field) -> None:
        if field.process_errors:
            raise StopValidation()
        if field.data is None or field.data == "" or field.data == []:
            field.errors = []  # « not a valid choice » said before us of an empty choice
            raise StopValidation(self.message)


class Facultatif:
    """Nothing given is fine and ends the chain."""

    def __call__(self, form: Form, field: Field) -> None:
        if field.process_errors or field.data is None or field.data == "" or field.data == []:
            raise StopValidation()


class CaseCochee:
    """A box that must be ticked (commitments, attestations)."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __init__(self, message: str = "Cochez cette case pour continuer.") -> None:
        self.message = message

    def __call__(self, form: Form, field: Field) -> None:
        if field.data is not True:
            raise StopValidation(self.message)


class MontantEntre:
    """Amount between two bounds in cents, both included; None means no bound."""

    def __init__(self, minimum: int | None = 0, maximum: int | None = None) -> None:
        self.minimum, self.maximum = minimum, maximum

    def __call__(self, form: Form, field: Field) -> None:
        if field.data is None:
            return
        if self.minimum is not None and field.data < self.minimum:
            raise ValidationError(f"Le montant doit atteindre au moins {en_euros(self.minimum)}.")
        if self.maximum is not None and field.data > self.maximum:
            raise ValidationError(f"Le montant ne peut pas dépasser {en_euros(self.maximum)}.")


class EurosEntiers:
    """No cents: the CERFA budget is written in whole euros."""

    def __call__(self, form: Form, field: Field) -> None:
        if field.data is not None and field.data % 100:
            raise ValidationError("Indiquez un montant en euros entiers, sans centimes.")


class LongueurMin:
    """A text long enough to be understood by its reader (reasons, explanations)."""

    def __init__(self, minimum: int, message: str = "") -> None:
        self.minimum = minimum
        self.message = message or f"Développez un peu (au moins {minimum} caractères)."

    def __call__(self, form: Form, field: Field) -> None:
        if field.data and len(field.data) < self.minimum:
            raise ValidationError(self.message)


class PasAvant:
    """A day or an instant that cannot come before another field of the same form."""

    def __init__(self, autre: str, message: str = "", *, strict: bool = False) -> None:
        self.autre, self.message, self.strict = autre, message, strict

    def __call__(self, form: Form, field: Field) -> None:
        debut: Any = form[self.autre].data
        if field.data is None or debut is None:
            return
        if field.data < debut or (self.strict and field.data == debut):
            nom = form[self.autre].label.text
            raise ValidationError(
                self.message or f"Cette date doit venir après «\u00a0{nom}\u00a0»."
            )


class NombrePositif:
    """A number with two digits after the mark at most (« 2,5 »), kept as it was written."""

    def __call__(self, form: Form, field: Field) -> None:
        compact = re.sub(r"[\s\u00a0\u202f]", "", field.data or "")
        if compact and not re.fullmatch(r"\d{1,6}([.,]\d{1,2})?", compact, re.ASCII):
            raise ValidationError("Écrivez un nombre, par exemple 2,5.")


class DateEntre:
    """A day between two fixed bounds, both included."""

    def __init__(self, debut: date | None = None, fin: date | None = None) -> None:
        self.debut, self.fin = debut, fin

    def __call__(self, form: Form, field: Field) -> None:
        if field.data is None:
            return
        if self.debut and field.data < self.debut:
            raise ValidationError(f"Indiquez une date à partir du {self.debut:%d/%m/%Y}.")
        if self.fin and field.data > self.fin:
            raise ValidationError(f"Indiquez une date jusqu’au {self.fin:%d/%m/%Y}.")


class DansLeFutur:
    """A day after today (Paris); checked again by the service that writes it."""

    def __init__(self, message: str = "Fixez une date dans le futur.") -> None:
        self.message = message

    def __call__(self, form: Form, field: Field) -> None:
        if field.data is not None and field.data <= aujourdhui():
            raise ValidationError(self.message)


class EgalA:
    """Same value as another field (password typed twice)."""

    def __init__(self, autre: str, message: str) -> None:
        self.autre, self.message = autre, message

    def __call__(self, form: Form, field: Field) -> None:
        if field.data != form[self.autre].data:
            raise ValidationError(self.message)
