"""Local circumstances that keep an aid out of a CPO."""

from __future__ import annotations

from forms.base import FormulaireVersionne
from forms.champs import TexteLong


class FormulaireCirconstances(FormulaireVersionne):
    """The reason, in words; empty, it withdraws the one that was written."""

    texte = TexteLong(
        "Circonstances locales",
        max_length=1000,
        rows=6,
        description="Par exemple\u00a0: action qui s’achève, association qui se réorganise, "
        "crédits d’une seule année. Laissez vide pour retirer le motif.",
    )
