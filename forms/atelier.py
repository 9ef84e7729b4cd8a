"""The instructor's workbench: names of views."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField

from forms.base import Formulaire
from forms.champs import TexteCourt
from forms.validateurs import Obligatoire


class VueForm(Formulaire):
    """``adresse``: the query string of the list to keep."""

    nom = TexteCourt("Nom de la vue", [Obligatoire("Donnez un nom à cette vue.")], max_length=60)
    par_defaut = BooleanField("L’ouvrir à chaque fois")
    adresse = HiddenField()
