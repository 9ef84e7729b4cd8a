"""Common ground of every form: hostile keys dropped, errors as ``Probleme``, version of the page.

Forms know neither models nor services: they turn text into values and say, in French, what
is wrong. Messages of WTForms itself come from its own French catalogue, read once; ours are
written here in full.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, ClassVar

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from werkzeug.datastructures import MultiDict
from wtforms import Field, FieldList, Form, FormField, HiddenField
from wtforms.i18n import get_translations

from aap.domaine.erreurs import Probleme
from aap.domaine.montants import INSECABLE
from aap.domaine.texte import typo

_CLE_SAINE = re.compile(r"[\x20-\x7e]{1,200}")


def filtrer_cles(donnees: Any) -> MultiDict[str, Any] | None:
    """Form data without the keys that no page of ours can have produced (« lignes-²-x »)."""
    if donnees is None:
        return None
    sain: MultiDict[str, Any] = MultiDict()
    for cle in donnees:
        if isinstance(cle, str) and _CLE_SAINE.fullmatch(cle):
            sain.setlist(cle, donnees.getlist(cle))
    return sain


def _textes_du_json(corps: Any) -> MultiDict[str, Any]:
    """The texts and numbers of a JSON object, as a page would have sent them.

    Anything else (lists, objects, another shape) is dropped: no field can read it. Half a
    character, which JSON may write, becomes « ? ».
    """
    textes: MultiDict[str, Any] = MultiDict()
    for cle, valeur in corps.items() if isinstance(corps, dict) else ():
        if isinstance(valeur, str | int | float):
            textes.add(cle, str(valeur).encode("utf-8", "replace").decode())
    return textes


@cache
def _catalogue() -> Any:
    """The French messages of WTForms (a file: read once, not at each form)."""
    return get_translations(["fr"])


class _Francais:
    """Messages of WTForms itself, with our words where theirs do not help, and our typography."""

    PHRASES: ClassVar[dict[str, str]] = {
        "Not a valid choice.": "Choisissez l’une des réponses proposées.",
    }

    def gettext(self, message: str) -> str:
        return self.PHRASES.get(message) or typo(_catalogue().gettext(message))

    def ngettext(self, singulier: str, pluriel: str, n: int) -> str:
        return typo(_catalogue().ngettext(singulier, pluriel, n))


class Formulaire(FlaskForm):
    """Root of the forms bound to a page. Sub-forms of a list are plain ``SousFormulaire``."""

    class Meta(FlaskForm.Meta):
        locales = ("fr",)

        def get_translations(self, form: Any) -> Any:
            return _Francais()

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            if formdata is not _Auto and not hasattr(formdata, "getlist") and formdata is not None:
                formdata = MultiDict(formdata)
            if formdata is _Auto and request and request.is_json and form.is_submitted():
                formdata = _textes_du_json(request.get_json())
            return filtrer_cles(super().wrap_formdata(form, formdata))

    def problemes(self) -> list[Probleme]:
        """Every error of the last validation, in the order of the page, linked to its field."""
        globaux = [Probleme(str(m)) for m in getattr(self, "form_errors", [])]
        return globaux + [p for champ in self for p in _problemes_du_champ(champ, "")]

    def refuser(self, champ: str, message: str) -> None:
        """Add an error found after validation (by a service) to the field ``champ``."""
        vise = self[champ]
        vise.errors = (*vise.errors, message)

    def reprendre(self, problemes: Iterable[Probleme]) -> None:
        """Show the problems of a service: beside their field when the form has it, else on top."""
        par_id = {champ.id: champ for champ in champs_feuilles(self)}
        for p in problemes:
            vise = par_id.get(p.champ)
            if vise is None:
                self.form_errors: list[str] = [*getattr(self, "form_errors", ()), p.message]
            else:
                vise.errors = (*vise.errors, p.message)


class FormulaireVersionne(Formulaire):
    """Form over an object that carries a version: the page says which one it shows.

    Services take None as « do not check »: views pass ``version_lue()``, which is never None.
    """

    version = HiddenField(validators=[])

    def version_lue(self) -> int:
        """Version shown on the page that was sent; 0 when absent or tampered with."""
        brut = str(self.version.data or "")
        return int(brut) if re.fullmatch(r"[0-9]{1,9}", brut) else 0


class SousFormulaire(Form):
    """Row of a list: a plain WTForms form, without CSRF token of its own."""

    class Meta:
        locales = ("fr",)

        def get_translations(self, form: Any) -> Any:
            return _Francais()


class ListeField(FieldList):
    """FieldList that always has a maximum, reads only sane indices and says when rows are cut."""

    def __init__(
        self,
        champ: Any,
        label: str | None = None,
        *,
        max_entries: int,
        min_entries: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(champ, label, min_entries=min_entries, max_entries=max_entries, **kwargs)
        self.de_trop = 0

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        motif = re.compile(rf"{re.escape(prefix)}-([0-9]{{1,6}})(?:-|$)")
        indices = {int(m.group(1)) for cle in formdata if (m := motif.match(cle))}
        self.de_trop = max(0, len(indices) - (self.max_entries or 0))
        yield from indices

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        juste = bool(super().validate(form, extra_validators))
        if not self.de_trop:
            return juste
        message = f"Cette liste compte {self.max_entries} lignes au plus."
        self.errors = [*self.errors, message]
        return False


def champs_feuilles(conteneur: Iterable[Field]) -> Iterator[Field]:
    """Fields that hold a value, at any depth, in page order."""
    for champ in conteneur:
        if isinstance(champ, (FormField, FieldList)):
            yield from champs_feuilles(champ)
        else:
            yield champ


def _problemes_du_champ(champ: Field, contexte: str) -> Iterator[Probleme]:
    if isinstance(champ, FormField):
        for sous in champ.form:
            yield from _problemes_du_champ(sous, contexte)
    elif isinstance(champ, FieldList):
        for rang, entree in enumerate(champ.entries, start=1):
            yield from _problemes_du_champ(entree, f"{contexte}ligne {rang}, ")
        for message in champ.errors:
            if isinstance(message, str):
                yield Probleme(_phrase(champ, contexte, message), champ.id)
    else:
        for message in champ.errors:
            yield Probleme(_phrase(champ, contexte, str(message)), champ.id)


def _phrase(champ: Field, contexte: str, message: str) -> str:
    """« Ligne 2, montant : … »: the summary stands alone, away from the field."""
    nom = str(champ.label.text) if champ.label and not isinstance(champ, HiddenField) else ""
    nom = nom.rstrip(". ")
    if not nom:
        return message
    tete = f"{contexte}{nom[:1].lower()}{nom[1:]}" if contexte else nom
    return f"{tete[:1].upper()}{tete[1:]}{INSECABLE}: {message}"
