"""Forms of a session of the committee: its card, its members, its agenda, its minutes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from wtforms import SelectField
from wtforms.validators import Optional

from forms.base import Formulaire, FormulaireVersionne
from forms.champs import DateHeureParis, EntierField, TexteCourt, TexteLong
from forms.validateurs import LongueurMin, Obligatoire


def entier_ou_rien(texte: object) -> int | None:
    """Id of a choice; None for « Choisissez » or for something no page of ours can send."""
    brut = str(texte or "")
    return int(brut) if re.fullmatch(r"[0-9]{1,9}", brut) else None


class SeanceForm(FormulaireVersionne):
    """Title, date, place and quorum."""

    titre = TexteCourt("Titre", [Obligatoire("Donnez un titre à la séance.")], max_length=200)
    prevue_le = DateHeureParis("Date et heure", [Obligatoire("Indiquez la date et l’heure.")])
    lieu = TexteCourt("Lieu", max_length=300)
    quorum = EntierField(
        "Quorum",
        [Obligatoire("Indiquez le quorum.")],
        minimum=1,
        maximum=200,
        description="Nombre de membres qui doivent être présents, sans conflit d’intérêts, "
        "pour décider d’un dossier.",
    )


class ConvoquerForm(Formulaire):
    """One member of the committee and the quality in which she sits."""

    membre = SelectField(
        "Membre",
        [Obligatoire("Choisissez une personne.")],
        coerce=entier_ou_rien,
        validate_choice=False,
    )
    qualite = TexteCourt(
        "Qualité", max_length=200, description="Par exemple : représentante de la préfecture."
    )


class NotesForm(FormulaireVersionne):
    """Observations that the minutes will carry."""

    notes = TexteLong("Observations pour le procès-verbal", max_length=8000, rows=5)


class ReouvertureForm(FormulaireVersionne):
    """Why a closed session is opened again."""

    motif = TexteLong(
        "Motif",
        [Obligatoire("Indiquez le motif."), LongueurMin(10)],
        max_length=1000,
        rows=3,
    )


class PvForm(NotesForm):
    """Who chaired, the name printed above the signature; the observations go with it."""

    president = TexteCourt(
        "Présidence de la séance",
        [Obligatoire("Indiquez qui a présidé la séance.")],
        max_length=160,
    )
    qualite = TexteCourt("Qualité", [Optional()], max_length=200)


def lire_ids(valeurs: Iterable[str]) -> list[int]:
    """Ids ticked in a list, what is not one dropped."""
    return [i for v in valeurs if (i := entier_ou_rien(v)) is not None]


def lire_rangs(donnees: Mapping[str, str], ids: Iterable[int]) -> list[int]:
    """Ids in the order of the places typed (``rang-<id>``); what cannot be read keeps its place.

    Two dossiers given the same place stay in the order they were in.
    """
    actuels = list(ids)
    places = {}
    for position, dossier_id in enumerate(actuels, 1):
        place = entier_ou_rien(donnees.get(f"rang-{dossier_id}", ""))
        places[dossier_id] = (place if place is not None else position, position)
    return sorted(actuels, key=lambda i: places[i])
