"""The revised budget: asked, written, answered. Nothing typed is refused while it is written."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import FormField, HiddenField, SelectField

from forms.base import FormulaireVersionne, ListeField, SousFormulaire
from forms.champs import DateFr, SelectChoice, TexteCourt, TexteLong
from forms.validateurs import DansLeFutur, Facultatif, Obligatoire

LIGNES_MAX = 140
AJOUTS = 3


class DemandeBudgetForm(FormulaireVersionne):
    """Ask for a revised budget, or for corrections."""

    texte = TexteLong(
        "Ce que le porteur doit revoir, et pourquoi",
        [Obligatoire("Dites pourquoi le budget est à revoir.")],
        description="Le porteur lit ce texte tel quel.",
        max_length=4000,
        rows=5,
    )
    echeance = DateFr(
        "Réponse attendue au plus tard le",
        [
            Obligatoire("Indiquez la date de réponse."),
            DansLeFutur("Fixez une date de réponse dans le futur."),
        ],
    )


class LigneReviseeForm(SousFormulaire):
    """One line; ``cle`` names it for ever."""

    cle = HiddenField()
    saisie = TexteCourt("Montant révisé", [Facultatif()], max_length=40)


class LigneAjouteeForm(SousFormulaire):
    """A new line; ``compte`` is « charge:604 »."""

    compte = SelectField("Compte", validate_choice=False)
    libelle = TexteCourt("Libellé", [Facultatif()], max_length=200)
    saisie = TexteCourt("Montant", [Facultatif()], max_length=40)

    def cle(self) -> tuple[str, str]:
        cote, _, compte = str(self.compte.data or "").partition(":")
        return cote, compte


class BudgetReviseForm(FormulaireVersionne):
    lignes = ListeField(FormField(LigneReviseeForm), max_entries=LIGNES_MAX)
    ajouts = ListeField(FormField(LigneAjouteeForm), min_entries=AJOUTS, max_entries=AJOUTS)
    explication = TexteLong(
        "Ce qui change dans l’action",
        [Facultatif()],
        description="Par exemple : moins de séances, un groupe de moins, une autre aide trouvée.",
        max_length=4000,
        rows=5,
    )

    def saisies(self) -> dict[int, str]:
        """Text typed by line."""
        return {
            int(x.form.cle.data): str(x.form.saisie.data or "")
            for x in self.lignes
            if str(x.form.cle.data or "").isascii() and str(x.form.cle.data or "").isdigit()
        }

    def nommer(
        self, noms: Sequence[str], comptes: Sequence[tuple[str, str, str]]
    ) -> BudgetReviseForm:
        """``noms``: one per line; ``comptes``: (value, words, heading) offered to new lines."""
        for ligne, nom in zip(self.lignes, noms, strict=False):
            ligne.form.saisie.label.text = f"Montant révisé, {nom}"
        choix = [SelectChoice("", "Choisissez un compte")]
        choix += [SelectChoice(v, mot, optgroup=groupe) for v, mot, groupe in comptes]
        for rang, ligne in enumerate(self.ajouts, 1):
            ligne.form.compte.choices = choix
            for champ, mot in (("compte", "compte"), ("libelle", "libellé"), ("saisie", "montant")):
                ligne.form[champ].label.text = f"Nouvelle ligne {rang}\u00a0: {mot}"
        return self
