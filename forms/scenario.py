"""Forms of the scenarios: create, name, compare, ask for a proposal."""

from __future__ import annotations

from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, FormField, RadioField, SelectField

from forms.base import Formulaire, FormulaireVersionne, ListeField, SousFormulaire
from forms.champs import MontantField, PourcentField, SelectChoice, TexteCourt, TexteLong
from forms.seance import entier_ou_rien
from forms.validateurs import Obligatoire

NOM_MAX = 120
BORNES_MAX = 30
ORIGINES = (
    SelectChoice("avis", "Les montants proposés par les financeurs dans leurs avis"),
    SelectChoice("seance", "Les montants saisis pour la séance"),
    SelectChoice("vide", "Rien : je saisis tout"),
    SelectChoice("rang", "Le classement : le mieux placé est servi en entier, jusqu’à épuisement"),
    SelectChoice("proportion", "La même proportion de la demande pour tous"),
    SelectChoice("egalite", "Des parts égales, dans la limite de chaque demande"),
)


class NomScenarioForm(FormulaireVersionne):
    """Name and comment."""

    nom = TexteCourt("Nom", [Obligatoire("Donnez un nom au scénario.")], max_length=NOM_MAX)
    commentaire = TexteLong("Commentaire", max_length=5000, rows=3)


class CreerScenarioForm(Formulaire):
    """A new scenario and what it begins with."""

    nom = TexteCourt(
        "Nom",
        [Obligatoire("Donnez un nom au scénario.")],
        max_length=NOM_MAX,
        description="Par exemple : « Priorité à l’emploi ».",
    )
    origine = RadioField("Montants de départ", choices=list(ORIGINES), default="avis")


class CopierScenarioForm(Formulaire):
    """The name of the copy."""

    nom = TexteCourt("Nom de la copie", [Obligatoire("Donnez un nom.")], max_length=NOM_MAX)


class RetenirScenarioForm(FormulaireVersionne):
    """The session that takes the amounts."""

    seance = SelectField(
        "Séance",
        [Obligatoire("Choisissez une séance.")],
        coerce=entier_ou_rien,
        validate_choice=False,
    )


class BorneForm(SousFormulaire):
    """A floor or a ceiling. ``ou``: « axe:valeur »."""

    ou = SelectField("Sur quoi", validate_choice=False)
    minimum = MontantField("Au moins")
    maximum = MontantField("Au plus")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ou.choices = []


class PropositionForm(Formulaire):
    """What a proposal must respect, in plain words. Shares in thousandths."""

    nom = TexteCourt(
        "Nom du scénario", [Obligatoire("Donnez un nom au scénario.")], max_length=NOM_MAX
    )
    modele = SelectField(
        "Garder les montants verrouillés de",
        coerce=entier_ou_rien,
        validate_choice=False,
        description="Sur un scénario, verrouillez les montants que le calcul ne doit pas changer.",
    )
    part_minimale = PourcentField(
        "Part minimale de la demande",
        description="Un dossier reçoit au moins cette part de ce qu’il demande, ou rien : en "
        "dessous, l’action ne pourrait pas se faire.",
    )
    part_budget = PourcentField(
        "Part maximale dans le budget de l’action",
        description="L’appel à projets ne paie pas plus que cette part. Laissez vide pour ne pas "
        "limiter.",
    )
    selon_avis = BooleanField("Ne jamais dépasser le montant proposé par le financeur")
    ecartes_exclus = BooleanField(
        "Ne rien donner aux dossiers sans rang (sans note, sous un seuil)"
    )
    part_premieres = PourcentField("Part de l’argent pour les premières demandes, au moins")
    cpo_nombre = PourcentField("Part des conventions pluriannuelles, en nombre, au moins")
    cpo_montant = PourcentField("Part des conventions pluriannuelles, en argent, au moins")
    bornes = ListeField(FormField(BorneForm), max_entries=BORNES_MAX)


class RetourTableurForm(Formulaire):
    """The board that comes back as a spreadsheet."""

    fichier = FileField("Votre tableur")
