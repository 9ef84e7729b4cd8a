"""The budget by account, as typed: nothing is refused here, messages come in words."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import FormField, HiddenField, SelectField, StringField

from forms.base import Formulaire, ListeField, SousFormulaire
from forms.champs import SelectChoice, TexteCourt, TexteLong
from forms.dossier import FormulaireEmpreinte

LIGNES_MAX = 120
BLOC_MAX = 20_000
ETATS = [
    SelectChoice("demande", "Demandé"),
    SelectChoice("acquis", "Acquis"),
    SelectChoice("envisage", "Envisagé"),
]
ORIGINES = [
    SelectChoice("", "Je ne sais pas"),
    SelectChoice("droit_commun", "Droit commun"),
    SelectChoice("credits_specifiques", "Crédits spécifiques politique de la ville"),
]


class LigneCompteForm(SousFormulaire):
    cote = HiddenField()
    compte = HiddenField()
    libelle = TexteCourt("Précision", max_length=200)
    saisie = StringField("Montant en euros", render_kw={"inputmode": "decimal", "maxlength": "40"})
    etat = SelectField("État", choices=ETATS, default="demande", validate_choice=False)
    origine = SelectField("Origine", choices=ORIGINES, default="", validate_choice=False)


class FormulaireBudget(FormulaireEmpreinte):
    lignes = ListeField(FormField(LigneCompteForm), max_entries=LIGNES_MAX)
    compte_ajoute = SelectField("Ajouter une ligne au compte", validate_choice=False)
    regle_indirectes = TexteLong("Comment calculez-vous la part des charges indirectes ?")
    version_regle_indirectes = HiddenField()

    def version_regle(self) -> int:
        """Version of the rule that the page showed; 0 when absent or tampered with."""
        brut = str(self.version_regle_indirectes.data or "")
        return int(brut) if brut.isascii() and brut.isdigit() and len(brut) < 10 else 0


class FormulaireTableur(Formulaire):
    """A spreadsheet file, or cells copied from one. Both may be there: the file is read."""

    fichier = FileField("Fichier du budget")
    bloc = TexteLong("Cellules copiées", max_length=BLOC_MAX, rows=6)
