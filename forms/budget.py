"""The budget by account, as typed: nothing is refused here, messages come in words."""

from __future__ import annotations

from wtforms import FormField, HiddenField, SelectField, StringField

from forms.base import ListeField, SousFormulaire
from forms.champs import TexteCourt
from forms.dossier import FormulaireEmpreinte

LIGNES_MAX = 120
ETATS = [("demande", "Demandé"), ("acquis", "Acquis"), ("envisage", "Envisagé")]


class LigneCompteForm(SousFormulaire):
    cote = HiddenField()
    compte = HiddenField()
    libelle = TexteCourt("Précision", max_length=200)
    saisie = StringField("Montant en euros", render_kw={"inputmode": "decimal", "maxlength": "40"})
    etat = SelectField("État", choices=ETATS, default="demande", validate_choice=False)


class FormulaireBudget(FormulaireEmpreinte):
    lignes = ListeField(FormField(LigneCompteForm), max_entries=LIGNES_MAX)
    compte_ajoute = SelectField("Ajouter une ligne au compte", validate_choice=False)
