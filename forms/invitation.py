"""Forms of the opinions asked by a mailed link."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import RadioField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from forms.base import Formulaire, FormulaireVersionne
from forms.champs import CourrielField, DateFr, SelectChoice, TexteCourt, TexteLong
from forms.validateurs import DansLeFutur, Facultatif, Obligatoire


class InvitationForm(Formulaire):
    """``pieces``: ids of files."""

    nature = RadioField(
        "Qui est-ce ?",
        [Obligatoire("Dites qui est cette personne.")],
    )
    courriel = CourrielField("Adresse électronique", [Obligatoire("Indiquez son adresse.")])
    prenom = TexteCourt("Prénom", [Obligatoire()], max_length=100)
    nom = TexteCourt("Nom", [Obligatoire()], max_length=100)
    qualite = TexteCourt(
        "À quel titre",
        [Obligatoire("Dites à quel titre l’avis est demandé.")],
        description="Par exemple : conseil citoyen du quartier Est.",
        max_length=200,
    )
    question = TexteLong(
        "Question posée",
        [Facultatif()],
        description="Sans question, un avis général est demandé.",
        max_length=2000,
        rows=4,
    )
    echeance = DateFr(
        "Réponse attendue au plus tard le",
        [Obligatoire("Indiquez une date."), DansLeFutur()],
        description="Le lien s’éteint à la fin de ce jour.",
    )
    pieces = SelectMultipleField(
        "Documents montrés",
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description="Aucun si vous ne cochez rien. Ne montrez que ce qui est utile à l’avis.",
    )

    def proposer(
        self, natures: Iterable[tuple[str, str]], pieces: Iterable[tuple[int, str]]
    ) -> InvitationForm:
        self.nature.choices = [SelectChoice(code, mot) for code, mot in natures]
        self.pieces.choices = [SelectChoice(i, nom) for i, nom in pieces]
        return self


class ProlongationForm(Formulaire):
    echeance = DateFr(
        "Nouvelle date", [Obligatoire("Indiquez une date."), DansLeFutur()],
        description="Un nouveau lien part par courriel ; l’ancien ne marche plus.",
    )  # fmt: skip


class ReponseInviteForm(FormulaireVersionne):
    """The answer of a guest. A draft may be incomplete: the service checks what is sent."""

    valeur = RadioField(
        "Votre avis",
        [Facultatif()],
        validate_choice=False,
    )
    commentaire = TexteLong(
        "Pourquoi",
        [Facultatif()],
        description="Dites ce qui vous paraît utile ou manquant pour les habitants.",
        max_length=5000,
    )

    def proposer(self, valeurs: Iterable[tuple[str, str]]) -> ReponseInviteForm:
        """``valeurs``: (code, words) of the opinions that may be given."""
        self.valeur.choices = [SelectChoice(code, mot) for code, mot in valeurs]
        return self
