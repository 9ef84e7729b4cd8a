"""Votes of the committee: the question, the voice of a member, the count of the hands."""

from __future__ import annotations

from wtforms import RadioField, SelectField
from wtforms.validators import Optional

from aap.domaine.scrutin import ModeScrutin, Voix
from forms.base import Formulaire
from forms.champs import EntierField, SelectChoice, TexteCourt, TexteLong
from forms.seance import entier_ou_rien
from forms.validateurs import LongueurMin, Obligatoire

MODES = [SelectChoice(m.value, f"{m.libelle}. {m.precision}") for m in ModeScrutin]
VOIX = [SelectChoice(v.value, v.libelle) for v in Voix]


class ScrutinForm(Formulaire):
    """What is put to the vote, and how."""

    question = TexteCourt(
        "Question mise aux voix", [Obligatoire("Écrivez la question.")], max_length=300
    )
    mode = RadioField(
        "Vote",
        [Obligatoire("Choisissez comment on vote.")],
        choices=MODES,
        default=ModeScrutin.MAIN_LEVEE.value,
    )
    president = SelectField(
        "Voix qui départage",
        [Optional()],
        coerce=entier_ou_rien,
        validate_choice=False,
        description="Seulement pour un vote nominatif\u00a0: en cas d’égalité, la voix de la "
        "présidence l’emporte. Sinon, la proposition n’est pas adoptée.",
    )


class VoixForm(Formulaire):
    """One voice."""

    voix = RadioField("Votre voix", [Obligatoire("Choisissez votre voix.")], choices=VOIX)


class ComptesForm(Formulaire):
    """Hands counted in the room."""

    pour = EntierField("Pour", [Obligatoire("Comptez les voix pour.")], minimum=0, maximum=500)
    contre = EntierField(
        "Contre", [Obligatoire("Comptez les voix contre.")], minimum=0, maximum=500
    )
    abstention = EntierField("Abstentions", [Optional()], minimum=0, maximum=500)


class AnnulationScrutinForm(Formulaire):
    motif = TexteLong(
        "Pourquoi ce vote est annulé",
        [Obligatoire("Dites pourquoi."), LongueurMin(3)],
        max_length=500,
        rows=2,
    )
