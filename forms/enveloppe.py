"""Forms of the enveloppes: one of them, or all the amounts at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import SelectField, SelectMultipleField, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from aap.domaine.montants import MONTANT_MAX
from forms.base import FormulaireVersionne
from forms.champs import MontantField, PourcentField, TexteCourt
from forms.concerte import FormulaireConcerte
from forms.validateurs import Facultatif, MontantEntre, Obligatoire


def identifiant_ou_rien(valeur: Any) -> int | None:
    """A positive id, or None for the empty choice (and for anything else)."""
    texte = str(valeur or "")
    return int(texte) if texte.isascii() and texte.isdigit() and len(texte) < 10 else None


def _cases(libelle: str, coerce: type = int) -> SelectMultipleField:
    return SelectMultipleField(
        libelle,
        coerce=coerce,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class FormulaireEnveloppe(FormulaireVersionne):
    """Empty lists do not restrict. ``taux_max``: ratio of the action's budget."""

    libelle = TexteCourt("Nom de l’enveloppe", [Obligatoire()], max_length=200)
    code = TexteCourt("Code", max_length=60, description="Court, sans espace. Vide : tiré du nom.")
    financeur = SelectField(
        "Financeur", [Obligatoire("Choisissez le financeur.")], coerce=identifiant_ou_rien
    )
    parent = SelectField(
        "Prise sur une autre enveloppe",
        coerce=identifiant_ou_rien,
        description="Pour déléguer une partie d’une enveloppe du même financeur. La nature des "
        "crédits et le programme sont alors les siens.",
    )
    montant = MontantField("Montant", [Obligatoire(), MontantEntre(0, MONTANT_MAX)])
    origine = SelectField("Nature des crédits")
    programme = TexteCourt(
        "Programme budgétaire", max_length=40, description="Par exemple 147. Facultatif."
    )
    departement = TexteCourt(
        "Département", max_length=3, description="Si l’enveloppe ne paie que là : 94, 91…"
    )
    communes = _cases("Communes")
    quartiers = _cases("Quartiers")
    orientations = _cases("Orientations")
    formes_juridiques = _cases("Types d’organisme", str)
    montant_min = MontantField("Montant minimum par action", [Facultatif()])
    montant_max = MontantField("Montant maximum par action", [Facultatif()])
    taux_max = PourcentField("Part maximale du budget de l’action", [Facultatif()])

    def validate_departement(self, field: Any) -> None:
        code = (field.data or "").upper()
        if code and not (len(code) in (2, 3) and code.isascii() and code.isalnum()):
            raise ValidationError("Indiquez un numéro de département, par exemple 94.")

    def validate_taux_max(self, field: Any) -> None:
        if field.data is not None and (field.data * 1000).denominator != 1:
            raise ValidationError("Indiquez un pourcentage avec une décimale au plus.")


class FormulaireSuppression(FormulaireVersionne):
    """Confirmation page of a removal."""


def formulaire_montants(enveloppes: Iterable[tuple[int, str]]) -> type[FormulaireConcerte]:
    """A form with « montant_<id> » for each enveloppe."""
    champs: dict[str, Any] = {
        f"montant_{ident}": MontantField(libelle, [Obligatoire(), MontantEntre(0, MONTANT_MAX)])
        for ident, libelle in enveloppes
    }
    return type("FormulaireMontants", (FormulaireConcerte,), champs)
