"""A signed paper of an act: the file, whose signature it bears, the day written on it."""

from __future__ import annotations

from wtforms import BooleanField, RadioField

from forms.base import FormulaireVersionne
from forms.champs import DateFr, SelectChoice, TexteCourt
from forms.pieces import FormulaireFichier
from forms.validateurs import CaseCochee, Obligatoire

JOUR = "Jour écrit à côté de la signature."


class FormulaireExemplaireBase(FormulaireFichier, FormulaireVersionne):
    """What both forms share: the paper is a whole act, or a whole avenant."""

    def nommer(self, mot: str) -> None:
        """Say what is signed, « l’acte » or « l’avenant »."""
        self.accord.label.text = self.accord.label.text.replace("l’acte", mot)


class FormulaireExemplairePorteur(FormulaireExemplaireBase):
    """The organisme signs on paper and sends the scan, or a photograph."""

    porteur_nom = TexteCourt(
        "Nom de la personne qui a signé", [Obligatoire("Indiquez qui a signé.")], max_length=150
    )
    signee_le = DateFr("Date de la signature", [Obligatoire()], description=JOUR)
    accord = BooleanField(
        "Ce document est l’acte en entier, signé par une personne qui engage l’organisme.",
        [CaseCochee("Cochez cette case pour envoyer l’exemplaire signé.")],
    )


class FormulaireExemplaire(FormulaireExemplaireBase):
    """An officer records a paper that came back signed."""

    partie = RadioField(
        "Qui a signé ce document\u00a0?", [Obligatoire("Dites qui a signé.")], choices=[]
    )
    porteur_nom = TexteCourt("Signataire pour le porteur", max_length=150)
    financeur_nom = TexteCourt(
        "Signataire pour le financeur",
        max_length=150,
        description="La personne dont le nom est sur le papier\u00a0: préfet, maire, président…",
    )
    signee_le = DateFr(
        "Date de la signature",
        [Obligatoire()],
        description=JOUR + " S’il y en a deux, la plus récente.",
    )
    accord = BooleanField(
        "J’ai vérifié que ce document est l’acte en entier et qu’il est signé.",
        [CaseCochee("Cochez cette case pour enregistrer l’exemplaire signé.")],
    )

    def proposer(self, parties: list[tuple[str, str]]) -> None:
        """(value, wording) of the signatures awaited; a lone one is chosen at once."""
        self.partie.choices = [SelectChoice(valeur, libelle) for valeur, libelle in parties]
        if len(parties) == 1 and not self.is_submitted():
            self.partie.data = parties[0][0]
