"""Forms of the administration: people, rights, funders, territory."""

from __future__ import annotations

from typing import Any

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.widgets import CheckboxInput, ListWidget

from aap.domaine.texte import nettoyer
from forms.base import Formulaire
from forms.champs import CourrielField, DateFr, EntierField, SiretField, TexteCourt, TexteLong
from forms.compte import nom_de_personne
from forms.concerte import FormulaireConcerte
from forms.validateurs import Facultatif, Obligatoire, PasAvant


def _cases(libelle: str) -> SelectMultipleField:
    """Several boxes; ids come back as integers."""
    return SelectMultipleField(
        libelle,
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


def _identifiant_ou_rien(valeur: Any) -> int | None:
    texte = str(valeur or "")
    return int(texte) if texte.isascii() and texte.isdigit() and len(texte) < 10 else None


class FormulairePersonne(Formulaire):
    prenom = TexteCourt("Prénom", [Obligatoire(), nom_de_personne], max_length=60)
    nom = TexteCourt("Nom", [Obligatoire(), nom_de_personne], max_length=60)
    courriel = CourrielField(
        "Adresse électronique",
        [Obligatoire()],
        description="Une invitation à choisir son mot de passe y sera envoyée.",
    )


class FormulaireDesactivation(Formulaire):
    motif = TexteLong("Motif", [Obligatoire()], max_length=500, rows=3)


class FormulaireRattachement(Formulaire):
    role = RadioField("Sa place dans l’organisme", [Obligatoire()], default="signataire")
    motif = TexteLong(
        "Ce que vous avez vérifié",
        [Obligatoire("Dites quels documents vous avez vérifiés.")],
        max_length=1000,
        rows=4,
        description="Par exemple\u00a0: statuts, récépissé de déclaration, procès-verbal de la "
        "dernière élection, pièce d’identité. Ce texte est envoyé à tous les membres.",
    )


class FormulaireHabilitation(Formulaire):
    """``financeur`` and the perimeter are removed by the view when the role has none."""

    financeur = SelectField("Pour le financeur", coerce=_identifiant_ou_rien)
    communes = _cases("Communes")
    secteurs = _cases("Secteurs")
    quartiers = _cases("Quartiers")
    orientations = _cases("Orientations")
    du = DateFr("Du", [Obligatoire()])
    au = DateFr(
        "Au (compris)", [Facultatif(), PasAvant("du")], description="Vide\u00a0: sans date de fin."
    )


class FormulaireFinanceur(FormulaireConcerte):
    nom = TexteCourt("Nom", [Obligatoire()], max_length=200)
    sigle = TexteCourt("Sigle", max_length=40)
    type = SelectField("Nature", [Obligatoire("Choisissez la nature du financeur.")])
    departement = StringField(
        "Département",
        description="Numéro du département, s’il n’agit que là (94, 91…).",
        filters=[lambda t: nettoyer(t, lignes=False).upper() if t else None],
    )
    commune = SelectField("Commune", coerce=_identifiant_ou_rien)
    siret = SiretField("SIRET", [Facultatif()])
    service = TexteCourt("Service instructeur", max_length=200)
    contact = TexteCourt("Contact", max_length=254)
    note = TexteLong("Note interne", max_length=1000, rows=3)

    def validate_departement(self, field: Any) -> None:
        code = field.data or ""
        if code and code not in DEPARTEMENTS:
            raise ValidationError("Indiquez un numéro de département, par exemple 94.")


DEPARTEMENTS = frozenset(
    [f"{n:02d}" for n in range(1, 96) if n != 20] + ["2A", "2B", "971", "972", "973", "974", "976"]
)


class FormulaireDelaiVote(Formulaire):
    jours = EntierField(
        "Jours laissés au financeur",
        [Obligatoire("Indiquez un nombre de jours.")],
        minimum=1,
        maximum=730,
        description="Au-delà, la ligne est signalée à la coordination et au financeur.",
    )
    depuis = DateFr(
        "Pour les décisions publiées à partir du",
        [Obligatoire("Indiquez une date.")],
    )


class FormulaireTerritoire(FormulaireConcerte):
    nom = TexteCourt("Nom affiché en haut des pages", [Obligatoire()], max_length=120)
    sigle = TexteCourt("Sigle", [Obligatoire()], max_length=20)
    contact = TexteCourt(
        "Contact",
        max_length=254,
        description="Adresse électronique ou téléphone, affiché en bas des pages.",
    )
    couleur_principale = TexteCourt(
        "Couleur principale",
        max_length=7,
        description="Par exemple #16484b. Vide, la couleur d’origine.",
    )
    couleur_accent = TexteCourt(
        "Couleur d’accent",
        max_length=7,
        description="Par exemple #a8451f. Vide, la couleur d’origine.",
    )
    editeur = TexteCourt(
        "Éditeur du site",
        max_length=300,
        description="Nom et adresse de la collectivité, pour les mentions légales.",
    )
    directeur = TexteCourt("Direction de la publication", max_length=200)
    hebergeur = TexteCourt(
        "Hébergeur", max_length=300, description="Nom, adresse et téléphone de l’hébergeur."
    )
    donnees = TexteCourt(
        "Délégué à la protection des données",
        max_length=254,
        description="À qui écrire au sujet de ses données personnelles.",
    )
    logo = FileField("Logo")
    retirer_logo = BooleanField("Retirer le logo actuel")
