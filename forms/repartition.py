"""Forms of the sharing out: a rule, a request, a passing on, an absence."""

from __future__ import annotations

from wtforms import BooleanField, RadioField, SelectField

from forms.base import Formulaire
from forms.champs import DateFr, EntierField, SelectChoice, TexteCourt
from forms.enveloppe import identifiant_ou_rien
from forms.validateurs import Facultatif, Obligatoire


def _critere(libelle: str) -> SelectField:
    return SelectField(libelle, coerce=identifiant_ou_rien)


class FormulaireRegle(Formulaire):
    """``cle``: « <utilisateur>-<financeur> »."""

    commune = _critere("Commune visée")
    secteur = _critere("Secteur visé")
    orientation = _critere("Orientation")
    sollicite = _critere("Financeur sollicité")
    cle = SelectField("Confier à", [Obligatoire("Choisissez une personne.")])
    obligatoire = BooleanField(
        "Règle obligatoire",
        description="Personne d’autre du même financeur, sauf si cette personne ne le peut pas. "
        "Sans cette case, c’est une préférence, après l’égalité des charges.",
    )


class FormulaireDemandeRepartition(Formulaire):
    mode = RadioField(
        "Que faut-il confier ?",
        [Obligatoire("Choisissez ce qu’il faut confier.")],
        choices=[
            SelectChoice("une", "Chaque dossier que personne n’a, à une personne"),
            SelectChoice(
                "financeur", "Chaque dossier, à une personne de chaque financeur sollicité"
            ),
        ],
        default="une",
    )


class FormulaireApplication(Formulaire):
    """``attendus``: how many dossiers the preview gave out."""

    attendus = EntierField("Nombre attendu", [Facultatif()])


class FormulairePassation(Formulaire):
    successeur = SelectField(
        "À qui", [Obligatoire("Choisissez une personne.")], coerce=identifiant_ou_rien
    )
    tous = BooleanField("Passer aussi tous ses autres dossiers de cette campagne")
    motif = TexteCourt(
        "Motif",
        [Facultatif()],
        max_length=500,
        description="Gardé au journal. Par exemple : départ.",
    )


class FormulaireAbsence(Formulaire):
    utilisateur = SelectField(
        "Personne absente", [Obligatoire("Choisissez une personne.")], coerce=identifiant_ou_rien
    )
    du = DateFr("Du", [Obligatoire("Indiquez le premier jour.")])
    au = DateFr("Au", [Obligatoire("Indiquez le dernier jour.")], description="Inclus.")
    remplacant = SelectField(
        "Remplaçant",
        coerce=identifiant_ou_rien,
        description="Il voit les dossiers de la personne absente parmi les siens. Il doit déjà "
        "instruire pour le même financeur : une absence ne donne aucun droit.",
    )
