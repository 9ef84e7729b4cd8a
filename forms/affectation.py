"""Forms of assignment: who, which dossiers; conflicts of interest; late deposits."""

from __future__ import annotations

from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import Regexp

from forms.base import Formulaire, FormulaireVersionne
from forms.champs import EntierField, TexteLong
from forms.enveloppe import identifiant_ou_rien
from forms.validateurs import Facultatif, Obligatoire


class FormulaireAffectation(Formulaire):
    """``instructeur``: « <utilisateur>-<financeur> ». ``attendus``: what the preview showed."""

    instructeur = StringField(
        "Instructeur",
        [Obligatoire("Choisissez une personne."), Regexp(r"^[0-9]{1,9}-[0-9]{1,9}$")],
    )
    dossiers = SelectMultipleField(
        "Dossiers",
        [Obligatoire("Cochez au moins un dossier.")],
        coerce=identifiant_ou_rien,
        validate_choice=False,
    )
    attendus = EntierField("Nombre attendu", [Facultatif()])

    def couple(self) -> tuple[int, int]:
        """(utilisateur id, financeur id) once valid."""
        utilisateur, _, financeur = str(self.instructeur.data).partition("-")
        return int(utilisateur), int(financeur)

    def ids(self) -> list[int]:
        return [i for i in self.dossiers.data or [] if i is not None]


class FormulaireDeport(Formulaire):
    utilisateur = SelectField(
        "Personne déportée", [Obligatoire("Choisissez une personne.")], coerce=identifiant_ou_rien
    )
    organisme = SelectField(
        "Organisme concerné", [Obligatoire("Choisissez un organisme.")], coerce=identifiant_ou_rien
    )
    motif = TexteLong(
        "Motif",
        [Obligatoire()],
        max_length=500,
        rows=3,
        description="Le lien qui empêche de juger : membre du bureau, famille, ancien emploi…",
    )


class FormulaireMotif(Formulaire):
    motif = TexteLong(
        "Motif", [Obligatoire()], max_length=500, rows=3, description="Il est gardé au journal."
    )


class FormulaireHorsDelai(FormulaireVersionne):
    motif = TexteLong(
        "Motif",
        [Obligatoire()],
        max_length=500,
        rows=3,
        description="Il est envoyé au porteur et gardé au journal.",
    )
