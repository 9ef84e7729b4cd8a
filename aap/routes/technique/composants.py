"""Every macro of the house on one page, with invented content: to look at, and to test."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import abort, render_template
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FileField, RadioField, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from aap.domaine.erreurs import Probleme
from aap.domaine.horloge import aujourdhui, maintenant
from aap.extensions import reglages
from aap.routes.garde import publique
from aap.routes.technique import bp
from forms.base import Formulaire
from forms.champs import (
    CourrielField,
    DateFr,
    EntierField,
    MontantField,
    PourcentField,
    SelectChoice,
    TelephoneField,
    TexteCourt,
    TexteLong,
)
from forms.validateurs import CaseCochee, Obligatoire
from workflows.dossier import EtatDossier
from workflows.socle import Ton


def _choix(**libelles: str) -> list[SelectChoice]:
    return [SelectChoice(valeur, libelle) for valeur, libelle in libelles.items()]


class FormulaireExemple(Formulaire):
    """One field of every kind."""

    titre = TexteCourt(
        "Titre de l’action", [Obligatoire()], description="En une ligne, sans sigle."
    )
    resume = TexteLong("Résumé", [Obligatoire()], max_length=1500, rows=4)
    montant = MontantField("Montant demandé", [Obligatoire()])
    part = PourcentField("Part de femmes parmi les participants")
    nombre = EntierField("Nombre d’habitants concernés", [Obligatoire()])
    debut = DateFr("Début de l’action", [Obligatoire()])
    courriel = CourrielField("Adresse électronique du contact", [Obligatoire()])
    telephone = TelephoneField("Téléphone")
    theme = SelectField(
        "Thème",
        choices=[SelectChoice("", "Choisissez"), *_choix(emploi="Emploi", cadre="Cadre de vie")],
    )
    nature = RadioField(
        "Nature de la demande",
        [Obligatoire()],
        choices=_choix(nouvelle="Première demande", suite="Suite d’une action de 2025"),
    )
    quartiers = SelectMultipleField(
        "Quartiers concernés",
        choices=_choix(qn1="Les Tours", qn2="Le Plateau", qn3="Bords de l’Orge"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    piece = FileField("Budget signé")
    attestation = BooleanField(
        "J’ai lu les engagements et je les accepte au nom de l’association.", [CaseCochee()]
    )


def formulaire_refuse() -> FormulaireExemple:
    """The form as it comes back after a sending with faults."""
    envoye = {
        "titre": "",
        "resume": "Un jardin partagé au pied des tours, ouvert trois après-midi par semaine.",
        "montant": "12,345",
        "nombre": "120",
        "debut": "31/02/2026",
        "courriel": "contact@exemple.fr",
        "telephone": "01 23 45 67 89",
    }
    prefixe = MultiDict({f"refuse-{cle}": valeur for cle, valeur in envoye.items()})
    form = FormulaireExemple(formdata=prefixe, prefix="refuse-", meta={"csrf": False})
    form.validate()
    return form


DOSSIERS = [
    ("26-0041", "Jardin partagé des Tours", "Les Jardins de Mina", EtatDossier.DEPOSE, 850_000),
    (
        "26-0042",
        "Ateliers de français du soir",
        "Mots pour tous",
        EtatDossier.A_COMPLETER,
        1_234_550,
    ),
    ("26-0057", "Réparer ensemble nos vélos", "La Roue libre", EtatDossier.EN_INSTRUCTION, 420_000),
]
EVENEMENTS = [
    {
        "quand": datetime(2026, 1, 20, 9, 12, tzinfo=UTC),
        "qui": "Camille Roche, instruction",
        "quoi": "Compléments demandés",
        "motif": "Il manque le budget signé.\nMerci de l’ajouter avant le 3 février.",
    },
    {
        "quand": datetime(2026, 1, 15, 16, 47, tzinfo=UTC),
        "qui": "Mina Belkacem, signataire",
        "quoi": "Dossier déposé",
    },
    {
        "quand": datetime(2025, 12, 2, 10, 5, tzinfo=UTC),
        "qui": "Yann Le Goff, rédacteur",
        "quoi": "Brouillon créé",
    },
]
PIECES = [
    {
        "nom": "Budget de l’action 2026.pdf",
        "url": "#pieces",
        "octets": 342_118,
        "nature": "PDF",
        "le": date(2026, 1, 15),
        "retirer": "#pieces",
    },
    {"nom": "Statuts.pdf", "url": "#pieces", "octets": 1_840_022, "nature": "PDF", "le": None},
]
MESSAGES = [
    {
        "auteur": "Camille Roche",
        "fonction": "instructrice, ville de Belleroche",
        "quand": datetime(2026, 1, 20, 9, 12, tzinfo=UTC),
        "corps": "Bonjour,\n\nLe budget joint n’est pas signé. Pouvez-vous le renvoyer ?",
        "de_moi": False,
    },
    {
        "auteur": "Mina Belkacem",
        "fonction": None,
        "quand": datetime(2026, 1, 21, 17, 3, tzinfo=UTC),
        "corps": "Bonjour, le voici, signé par notre trésorier.",
        "de_moi": True,
        "pieces": PIECES[:1],
    },
]
BUDGET = {
    "charges": [("60", "Achats", "1 250,50"), ("64", "Charges de personnel", "9 800")],
    "produits": [("70", "Participation des habitants", "450"), ("74", "Subventions", "10 600,50")],
}
PROBLEMES = [
    Probleme("Budget : les charges et les produits ne sont pas égaux.", champ="budget-charges-60"),
    Probleme("Le compte rendu de 2025 n’est pas encore validé.", bloquant=False),
]


def exemples() -> dict[str, Any]:
    """Variables of templates/technique/composants.html."""
    return {
        "form": FormulaireExemple(formdata=None),
        "form_refuse": formulaire_refuse(),
        "etats": list(EtatDossier),
        "tons": list(Ton),
        "dossiers": DOSSIERS,
        "evenements": EVENEMENTS,
        "pieces_jointes": PIECES,
        "messages": MESSAGES,
        "budget": BUDGET,
        "liste_problemes": PROBLEMES,
        "cloture": aujourdhui() + timedelta(days=12),
        "limite_passee": maintenant() - timedelta(days=9),
    }


@bp.get("/composants")
@publique
def composants() -> ResponseReturnValue:
    """The catalogue of the visual language (docs/decisions/0002); not in production."""
    if reglages().mode == "production":
        abort(404)
    return render_template("technique/composants.html", **exemples())
