"""The act that binds: its type, its years, its schedule; the porteur's signature."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, FormField, RadioField, SelectField

from aap.domaine.calendrier import MOIS
from aap.domaine.erreurs import Probleme
from forms.base import FormulaireVersionne, ListeField, SousFormulaire
from forms.champs import MontantField, PourcentField, SelectChoice, TexteLong
from forms.validateurs import CaseCochee, Obligatoire
from forms.versement import TYPES

TYPES_ACTE = [
    SelectChoice("arrete", "Arrêté attributif (signé du seul financeur)"),
    SelectChoice("annuelle", "Convention annuelle (signée des deux parties)"),
    SelectChoice("cpo", "Convention pluriannuelle d’objectifs, CPO (2 à 4 ans)"),
]


class LigneEcheance(SousFormulaire):
    """One payment: its share of the year and its month. An empty share drops the row."""

    type = SelectField("Type", choices=TYPES, default="solde")
    part = PourcentField("Part")
    mois = SelectField(
        "Mois prévu",
        choices=[SelectChoice(str(i), nom) for i, nom in enumerate(MOIS, 1)],
        default="6",
    )


class FormulaireActe(FormulaireVersionne):
    """The draft of an act; the amounts of later years only count for a CPO."""

    type = RadioField(
        "Type d’acte", [Obligatoire("Choisissez un type d’acte.")], choices=TYPES_ACTE
    )
    annee_2 = MontantField("Deuxième année")
    annee_3 = MontantField("Troisième année")
    annee_4 = MontantField("Quatrième année")
    echeances = ListeField(FormField(LigneEcheance), "Échéancier", min_entries=3, max_entries=4)
    motif_circonstances = TexteLong(
        "Circonstances locales",
        max_length=1000,
        rows=3,
        description="Si une CPO était possible et n’est pas choisie, dites pourquoi.",
    )

    def parts(self) -> list[tuple[str, int, int]]:
        """(type, thousandths, month) of the rows filled in."""
        lignes = []
        for entree in self.echeances.entries:
            ligne = entree.form
            if ligne.part.data:
                lignes.append(
                    (ligne.type.data, int(ligne.part.data * 1000), int(ligne.mois.data or 12))
                )
        return lignes

    def montants_suivants(self) -> list[int]:
        """Cents of the later years of a CPO, in order; empty for the other acts."""
        if self.type.data != "cpo":
            return []
        montants = [c.data for c in self._annees()]
        while montants and montants[-1] is None:
            montants.pop()
        return [m or 0 for m in montants]

    def _annees(self) -> tuple[MontantField, ...]:
        return (self.annee_2, self.annee_3, self.annee_4)

    def _problemes_annees(self) -> list[Probleme]:
        """Years of a CPO follow one another; another act has none: nothing is dropped unsaid."""
        if self.type.data != "cpo":
            return [
                Probleme(
                    "Ce montant est celui d’une année de CPO\u00a0: choisissez une convention "
                    "pluriannuelle, ou videz cette case.",
                    c.id,
                )
                for c in self._annees()
                if c.data
            ]
        if not self.montants_suivants():
            phrase = "Indiquez au moins le montant de la deuxième année."
            return [Probleme(phrase, self.annee_2.id)]
        return [
            Probleme("Indiquez ce montant\u00a0: les années d’une CPO se suivent.", c.id)
            for c, montant in zip(self._annees(), self.montants_suivants(), strict=False)
            if not montant
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        juste = super().validate(extra_validators)
        if not juste:
            return False
        problemes = self._problemes_annees()
        if any(
            e.form.part.data and (e.form.part.data * 1000).denominator != 1
            for e in self.echeances.entries
        ):
            problemes.append(Probleme("Les parts ont une décimale au plus.", "echeances"))
        if sum(p for _, p, _ in self.parts()) != 1000:
            problemes.append(Probleme("Les parts de l’échéancier doivent faire 100 %."))
        self.reprendre(problemes)
        return not problemes


class FormulaireSignature(FormulaireVersionne):
    """The porteur's signature by click: the box says what is being done."""

    accord = BooleanField(
        "J’ai lu cet acte en entier. J’engage mon organisme à le respecter.",
        [CaseCochee("Cochez cette case pour signer.")],
    )


class FormulaireSignatureFinanceur(FormulaireVersionne):
    """The funder's signature: the sentence binds the funder, not an organisme."""

    accord = BooleanField(
        "J’ai lu cet acte en entier. Je suis habilité à le signer au nom du financeur, qui "
        "s’engage à le respecter.",
        [CaseCochee("Cochez cette case pour signer.")],
    )
