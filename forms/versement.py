"""Payments: order, payment, planning."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import Regexp

from aap.domaine.liasse import NUMERO
from forms.base import FormulaireVersionne
from forms.champs import DateFr, MontantField, SelectChoice, TexteCourt, TexteLong
from forms.validateurs import Facultatif, MontantEntre, Obligatoire

TYPES = [
    SelectChoice("avance", "Avance"),
    SelectChoice("acompte", "Acompte"),
    SelectChoice("solde", "Solde"),
    SelectChoice("unique", "Versement unique"),
]


NUMERO_ILLISIBLE = "Recopiez ce numéro sans signe particulier\u00a0: lettres, chiffres, tirets."


class FormulaireMandat(FormulaireVersionne):
    numero_mandat = TexteCourt(
        "Numéro de mandat ou de demande de paiement",
        [
            Obligatoire("Indiquez le numéro de mandat."),
            Regexp(rf"^{NUMERO}$", message=NUMERO_ILLISIBLE),
        ],
        max_length=60,
    )
    numero_ej = TexteCourt(
        "Numéro d’engagement juridique",
        [Facultatif(), Regexp(rf"^{NUMERO}$", message=NUMERO_ILLISIBLE)],
        max_length=20,
        description="Chorus, s’il y en a un.",
    )


class FormulairePaiement(FormulaireVersionne):
    paye_le = DateFr(
        "Date du paiement",
        [Obligatoire("Indiquez la date du paiement.")],
        description="Celle du virement, donnée par le comptable.",
    )
    montant = MontantField(
        "Montant payé",
        [Facultatif()],
        description="Celui du mandat, ou moins si le comptable a payé moins. S’il n’a rien payé, "
        "revenez en arrière et rejetez le versement.",
    )
    motif = TexteLong(
        "Motif, si le montant payé n’est pas celui du mandat",
        [Facultatif()],
        max_length=500,
        rows=2,
        description="Le porteur le lira. Le reste de l’aide redevient à planifier.",
    )


class FormulairePlanification(FormulaireVersionne):
    """One more payment within what the tranche still allows."""

    type = SelectField("Type de versement", choices=TYPES)
    montant = MontantField("Montant", [Obligatoire("Indiquez le montant."), MontantEntre(1)])
    prevu_le = DateFr("Date prévue", [Obligatoire("Indiquez la date prévue.")])
