"""The instructor's workbench: names of views, acts on many dossiers."""

from __future__ import annotations

import re

from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField
from wtforms.validators import Regexp

from forms.base import Formulaire
from forms.champs import TexteCourt
from forms.complements import ComplementsForm
from forms.validateurs import Obligatoire


class VueForm(Formulaire):
    """``adresse``: the query string of the list to keep."""

    nom = TexteCourt("Nom de la vue", [Obligatoire("Donnez un nom à cette vue.")], max_length=60)
    par_defaut = BooleanField("L’ouvrir à chaque fois")
    adresse = HiddenField()


class LotForm(Formulaire):
    """``cibles``: « <dossier id>:<version shown> », or every dossier of ``adresse`` (``tout``).

    ``attendus``: how many the preview counted. ``jeton``: one for each preview.
    """

    jeton = HiddenField(
        validators=[Regexp(r"^[0-9a-f]{32}$", message="Revenez à la liste et recommencez.")]
    )
    cibles = SelectMultipleField("Dossiers", validate_choice=False)
    tout = HiddenField()
    adresse = HiddenField()
    attendus = HiddenField()

    def versions(self) -> dict[int, int]:
        """Dossier id -> version, of what can be read."""
        lues = [re.fullmatch(r"([0-9]{1,9}):([0-9]{1,9})", str(c)) for c in self.cibles.data or ()]
        return {int(m[1]): int(m[2]) for m in lues if m}


class LotAffectationForm(LotForm):
    """``personne``: « <utilisateur>-<financeur> »."""

    personne = SelectField("Confier à", [Obligatoire("Choisissez une personne.")])

    def couple(self) -> tuple[int, int]:
        utilisateur, _, financeur = str(self.personne.data).partition("-")
        return int(utilisateur), int(financeur)


class LotComplementsForm(ComplementsForm, LotForm):
    """The same request for every dossier."""
