"""Form of a mandate to sign."""

from __future__ import annotations

from forms.base import Formulaire
from forms.champs import DateFr, TexteCourt
from forms.validateurs import Obligatoire, PasAvant


class FormulaireMandat(Formulaire):
    """From and to, both included."""

    du = DateFr("À partir du", [Obligatoire("Indiquez le premier jour du mandat.")])
    au = DateFr("Jusqu’au", [Obligatoire("Indiquez le dernier jour du mandat."), PasAvant("du")])
    precision = TexteCourt(
        "Acte ou raison",
        max_length=300,
        description="Par exemple\u00a0: délibération du bureau du 12 mai, congés de la présidente.",
    )
