"""An avenant: why, each open exercice, one exercice more, the end of the action, the vote."""

from __future__ import annotations

from wtforms import FormField, HiddenField, SelectField

from aap.domaine.erreurs import Probleme
from forms.base import FormulaireVersionne, ListeField, SousFormulaire
from forms.champs import DateFr, MontantField, SelectChoice, TexteCourt, TexteLong
from forms.validateurs import LongueurMin, Obligatoire

NATURES = [
    SelectChoice("", "Aucune hausse votée"),
    SelectChoice("arrete", "Arrêté"),
    SelectChoice("deliberation", "Délibération"),
    SelectChoice("decision", "Décision"),
    SelectChoice("commission", "Décision de commission"),
]


class LigneAvenant(SousFormulaire):
    """One exercice still open, with its present amount and objectives to be changed."""

    exercice = HiddenField()
    montant = MontantField("Montant")
    objectifs = TexteLong("Objectifs", max_length=2000, rows=2)

    def annee(self) -> int:
        """0 when the page was tampered with."""
        brut = str(self.exercice.data or "")
        return int(brut) if brut.isascii() and brut.isdigit() and len(brut) == 4 else 0


class FormulaireAvenant(FormulaireVersionne):
    """What the two parties would change. Empty amounts of an exercice are refused."""

    objet = TexteLong(
        "Pourquoi cet avenant",
        [Obligatoire("Dites pourquoi cet avenant."), LongueurMin(3)],
        max_length=500,
        rows=3,
        description="Le porteur lit ce texte, et il figure à l’article 1er de l’avenant.",
    )
    tranches = ListeField(FormField(LigneAvenant), "Exercices", max_entries=4)
    nouveau_montant = MontantField("Montant de l’exercice ajouté")
    nouveaux_objectifs = TexteLong("Objectifs de l’exercice ajouté", max_length=2000, rows=3)
    fin = DateFr("Nouvelle fin de l’action")
    acte_type = SelectField("Nature de l’acte", choices=NATURES, default="")
    acte_numero = TexteCourt("Numéro de l’acte", max_length=60)
    acte_date = DateFr("Date de l’acte")

    def validate(self, extra_validators: object = None) -> bool:
        juste = bool(super().validate(extra_validators))
        manquants = [
            Probleme("Indiquez le montant.", e.form.montant.id)
            for e in self.tranches.entries
            if e.form.montant.data is None and not e.form.montant.errors
        ]
        if self.nouveaux_objectifs.data and self.nouveau_montant.data is None:
            manquants.append(
                Probleme("Indiquez le montant de l’exercice ajouté.", "nouveau_montant")
            )
        self.reprendre(manquants)
        return juste and not manquants
