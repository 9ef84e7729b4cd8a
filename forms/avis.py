"""Opinions: of a funder on its line, asked from outside, rendered by an outside person."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import RadioField, SelectField

from forms.base import Formulaire, FormulaireVersionne
from forms.champs import DateFr, MontantField, SelectChoice, TexteCourt, TexteLong
from forms.enveloppe import identifiant_ou_rien
from forms.validateurs import DansLeFutur, Facultatif, Obligatoire


class AvisFinanceurForm(FormulaireVersionne):
    """``valeur`` is a code of ``ValeurAvis``; ``montant_propose`` is in cents."""

    valeur = RadioField("Avis du financeur", [Obligatoire("Choisissez un avis.")])
    montant_propose = MontantField(
        "Montant proposé",
        [Facultatif()],
        description="Zéro si l’avis est défavorable. Au plus ce que demande le porteur.",
    )
    commentaire = TexteLong(
        "Explication",
        [Facultatif()],
        description="Nécessaire pour tout avis autre que favorable. Écrivez-la comme si le "
        "porteur devait la lire : il le pourra après la décision.",
        max_length=5000,
    )

    def proposer(self, choix: Iterable[tuple[str, str]]) -> AvisFinanceurForm:
        self.valeur.choices = [SelectChoice(code, mot) for code, mot in choix]
        return self


class DemandeAvisForm(Formulaire):
    """``utilisateur_id`` among the people who may be asked."""

    utilisateur_id = SelectField(
        "Personne", [Obligatoire("Choisissez une personne.")], coerce=identifiant_ou_rien
    )
    qualite = TexteCourt(
        "À quel titre",
        [Obligatoire("Dites à quel titre l’avis est demandé.")],
        description="Par exemple : conseil citoyen du quartier Est.",
        max_length=200,
    )
    question = TexteLong(
        "Question posée",
        [Facultatif()],
        description="Sans question, un avis général est demandé.",
        max_length=2000,
        rows=4,
    )
    echeance = DateFr(
        "Réponse attendue au plus tard le",
        [Obligatoire("Indiquez une date."), DansLeFutur()],
    )

    def proposer(self, personnes: Iterable[tuple[int, str]]) -> DemandeAvisForm:
        """Nobody is chosen beforehand: a name must not go out by mistake."""
        self.utilisateur_id.choices = [
            SelectChoice("", "Choisissez une personne"),
            *(SelectChoice(ident, nom) for ident, nom in personnes),
        ]
        return self


class AvisExterieurForm(FormulaireVersionne):
    """The answer of an outside person."""

    valeur = RadioField("Votre avis", [Obligatoire("Choisissez un avis.")])
    commentaire = TexteLong(
        "Pourquoi",
        [Obligatoire("Expliquez votre avis.")],
        description="Dites ce qui vous paraît utile ou manquant pour les habitants.",
        max_length=5000,
    )

    def proposer(self, choix: Iterable[tuple[str, str]]) -> AvisExterieurForm:
        self.valeur.choices = [SelectChoice(code, mot) for code, mot in choix]
        return self
