"""Forms of the organisme: identity (CERFA §1 to 4), people, engagement, RIB, vault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from wtforms import BooleanField, FormField, HiddenField, RadioField, SelectField, StringField

from aap.domaine.calendrier import MOIS
from forms.base import Formulaire, FormulaireVersionne, ListeField, SousFormulaire
from forms.champs import (
    BicField,
    CodePostalField,
    CourrielField,
    DateFr,
    EntierField,
    IbanField,
    MontantField,
    RnaField,
    SelectChoice,
    SiretField,
    TelephoneField,
    TexteCourt,
    TexteLong,
)
from forms.pieces import FormulaireFichier
from forms.validateurs import CaseCochee, Facultatif, MontantEntre, NombrePositif, Obligatoire

OUI_NON = [
    SelectChoice("", "Sans réponse"),
    SelectChoice("non", "Non"),
    SelectChoice("oui", "Oui"),
]
# Answers kept together in Organisme.identite: nothing searches them.
CHAMPS_IDENTITE = (
    "site",
    "adresse_gestion",
    "date_jo",
    "representant_courriel",
    "representant_telephone",
    "charge_nom",
    "charge_fonction",
    "charge_courriel",
    "charge_telephone",
    "agrements",
    "rup",
    "date_rup",
    "impots_commerciaux",
    "affiliations",
    "adherents_morales",
    "benevoles",
    "volontaires",
    "salaries",
    "emplois_aides",
    "etpt",
    "mis_a_disposition",
    "adherents",
)


@dataclass(frozen=True)
class Rubrique:
    """One page of the organisme's record: a single subject, twelve questions at most."""

    code: str
    titre: str
    aide: str
    champs: tuple[str, ...]


RUBRIQUES = (
    Rubrique(
        "identite",
        "Identité",
        "Ce qui figure sur votre avis de situation Sirene et au répertoire des associations.",
        (
            "nom",
            "sigle",
            "forme",
            "siret",
            "rna",
            "date_creation",
            "date_jo",
            "objet",
            "site",
        ),
    ),
    Rubrique(
        "coordonnees",
        "Coordonnées",
        "Où vous écrire et vous joindre.",
        ("adresse", "code_postal", "ville", "adresse_gestion", "courriel", "telephone"),
    ),
    Rubrique(
        "personnes",
        "Personnes",
        "La personne qui engage l’organisme, et celle à qui parler d’une demande.",
        (
            "representant_nom",
            "representant_fonction",
            "representant_courriel",
            "representant_telephone",
            "charge_nom",
            "charge_fonction",
            "charge_courriel",
            "charge_telephone",
        ),
    ),
    Rubrique(
        "relations",
        "Agréments et réseaux",
        "Vos liens avec l’administration et avec d’autres associations.",
        (
            "agrements",
            "rup",
            "date_rup",
            "impots_commerciaux",
            "affiliations",
            "adherents_morales",
        ),
    ),
    Rubrique(
        "moyens",
        "Moyens humains",
        "Au 31 décembre de l’année écoulée. Un ordre de grandeur suffit pour les bénévoles.",
        (
            "benevoles",
            "volontaires",
            "salaries",
            "emplois_aides",
            "etpt",
            "mis_a_disposition",
            "adherents",
        ),
    ),
    Rubrique(
        "comptes",
        "Exercice et trésorerie",
        "Pour situer votre demande par rapport à la taille de l’organisme.",
        ("fin_exercice_mois", "budget_annuel", "tresorerie"),
    ),
)
# What is asked to register: enough to begin, and what the register of companies can fill.
CREATION = Rubrique(
    "creation",
    "Inscrire un organisme",
    "",
    (
        "nom",
        "sigle",
        "forme",
        "siret",
        "rna",
        "date_creation",
        "objet",
        "adresse",
        "code_postal",
        "ville",
        "courriel",
        "telephone",
    ),
)


class FormulaireOrganisme(FormulaireVersionne):
    """Identity of an organisme; ``formes``: choices of the legal form (code, label)."""

    nom = TexteCourt("Nom de l’organisme", [Obligatoire()], description="Tel qu’il est déclaré.")
    sigle = TexteCourt("Sigle", max_length=40)
    forme = SelectField("Forme juridique", [Obligatoire()])
    siret = SiretField(
        "Numéro SIRET",
        [Facultatif()],
        description="14 chiffres. Sans lui, une aide accordée ne pourra pas être payée.",
    )
    rna = RnaField(
        "Numéro RNA (associations)",
        [Facultatif()],
        description="Il commence par W et figure sur le récépissé de la préfecture.",
    )
    date_creation = DateFr("Date de création", [Facultatif()])
    objet = TexteLong("Objet, en quelques lignes", max_length=2000, rows=3)
    adresse = TexteCourt("Adresse du siège", max_length=300)
    code_postal = CodePostalField("Code postal", [Facultatif()])
    ville = TexteCourt("Ville", max_length=120)
    adresse_gestion = TexteCourt("Adresse de correspondance, si elle est différente")
    courriel = CourrielField("Courriel de l’organisme", [Facultatif()])
    telephone = TelephoneField("Téléphone", [Facultatif()])
    site = TexteCourt("Site internet", max_length=200)
    representant_nom = TexteCourt("Représentant légal (prénom et nom)", max_length=160)
    representant_fonction = TexteCourt("Sa fonction", max_length=120)
    date_jo = DateFr(
        "Date de publication au Journal officiel",
        [Facultatif()],
        description="Pour une association déclarée. Elle figure sur l’extrait du Journal officiel.",
    )
    representant_courriel = CourrielField("Son courriel", [Facultatif()])
    representant_telephone = TelephoneField("Son téléphone", [Facultatif()])
    charge_nom = TexteCourt("Personne chargée des demandes (prénom et nom)", max_length=160)
    charge_fonction = TexteCourt("Fonction de cette personne", max_length=120)
    charge_courriel = CourrielField("Courriel de cette personne", [Facultatif()])
    charge_telephone = TelephoneField("Téléphone de cette personne", [Facultatif()])
    agrements = TexteLong(
        "Agréments",
        max_length=1000,
        rows=3,
        description="Un par ligne\u00a0: type, administration, date.",
    )
    rup = SelectField("Reconnue d’utilité publique", choices=OUI_NON)
    date_rup = DateFr(
        "Date de publication de cette reconnaissance au Journal officiel", [Facultatif()]
    )
    impots_commerciaux = SelectField("Assujettie aux impôts commerciaux", choices=OUI_NON)
    affiliations = TexteLong("Réseaux, unions, fédérations", max_length=1000, rows=2)
    adherents_morales = TexteLong(
        "Adhérents qui sont des organismes (personnes morales)",
        max_length=1000,
        rows=2,
        description="Lesquels. Laissez vide s’il n’y en a pas.",
    )
    benevoles = EntierField("Bénévoles", [Facultatif()], maximum=1_000_000)
    volontaires = EntierField("Volontaires (service civique…)", [Facultatif()], maximum=100_000)
    salaries = EntierField("Salariés", [Facultatif()], maximum=100_000)
    emplois_aides = EntierField("dont emplois aidés", [Facultatif()], maximum=100_000)
    etpt = TexteCourt(
        "Salariés en équivalent temps plein",
        [NombrePositif()],
        max_length=10,
        description="Un mi-temps compte pour 0,5.",
    )
    mis_a_disposition = EntierField(
        "Personnes mises à disposition par une autorité publique", [Facultatif()], maximum=100_000
    )
    adherents = EntierField("Adhérents", [Facultatif()], maximum=10_000_000)
    fin_exercice_mois = SelectField(
        "L’exercice comptable se termine fin",
        coerce=int,
        default=12,
        choices=[SelectChoice(i, mois) for i, mois in enumerate(MOIS, start=1)],
    )
    budget_annuel = MontantField("Budget annuel", [Facultatif(), MontantEntre(0)])
    tresorerie = MontantField("Trésorerie disponible", [Facultatif(), MontantEntre(0)])

    def __init__(
        self,
        *args: Any,
        formes: list[tuple[str, str]],
        rubrique: Rubrique,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rubrique = rubrique
        self.forme.choices = _choix(("", "Choisissez"), *formes)
        gardes = {*rubrique.champs, "version", "csrf_token"}
        for nom in [champ.short_name for champ in self]:
            if nom not in gardes:
                del self[nom]

    def identite(self) -> dict[str, Any]:
        """The answers of this page that are kept together; empty ones are None."""
        lues = {nom: self[nom].data for nom in CHAMPS_IDENTITE if nom in self}
        return {nom: _gardable(v) for nom, v in lues.items()}


def _gardable(valeur: Any) -> Any:
    """What JSON can hold: dates as « 2027-03-14 », nothing for an empty text."""
    if isinstance(valeur, date):
        return valeur.isoformat()
    return None if valeur == "" else valeur


class FormulaireRattachement(Formulaire):
    message = TexteLong(
        "Un mot pour la personne qui vous répondra",
        max_length=500,
        rows=3,
        description="Dites qui vous êtes dans l’organisme.",
    )


class FormulaireInvitation(Formulaire):
    """``roles``: (code, label)."""

    courriel = CourrielField("Courriel de la personne", [Obligatoire()])
    prenom = TexteCourt("Prénom", [Obligatoire()], max_length=120)
    nom = TexteCourt("Nom", [Obligatoire()], max_length=120)
    role = RadioField("Ce qu’elle pourra faire", [Obligatoire()], default="redacteur")

    def __init__(self, *args: Any, roles: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = _choix(*roles)


class FormulaireEngagement(Formulaire):
    accord = BooleanField(
        "Au nom de l’organisme, je souscris au contrat d’engagement républicain et j’en informe "
        "nos membres.",
        [CaseCochee("Cochez la case pour signer l’engagement.")],
    )


class FormulaireRib(FormulaireVersionne):
    iban = IbanField("IBAN", [Obligatoire()], description="Recopiez-le depuis votre RIB.")
    bic = BicField("BIC", [Facultatif()])
    titulaire = TexteCourt("Titulaire du compte", description="Tel qu’il est écrit sur le RIB.")


class FormulairePieceCoffre(FormulaireFichier):
    """``types``: (code, label)."""

    type_piece = SelectField("Nature du document", [Obligatoire()])
    valable_jusquau = DateFr(
        "Valable jusqu’au",
        [Facultatif()],
        description="Si le document a une fin. Vous recevrez un rappel 30 jours avant.",
    )

    def __init__(self, *args: Any, types: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type_piece.choices = _choix(("", "Choisissez"), *types)


class LigneBudgetForm(SousFormulaire):
    cote = HiddenField()
    compte = HiddenField()
    saisie = StringField("Montant en euros", render_kw={"inputmode": "decimal", "maxlength": "40"})


class FormulaireBudgetOrganisme(FormulaireVersionne):
    """As typed: nothing is refused here, what cannot be read is shown as such."""

    lignes = ListeField(FormField(LigneBudgetForm), max_entries=120)


def _choix(*couples: tuple[str, str]) -> list[Any]:
    return [SelectChoice(code, libelle) for code, libelle in couples]
