"""Forms of the committee: amounts of a dossier, decision, publication."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, FormField, HiddenField, RadioField, SelectField

from forms.base import FormulaireVersionne, ListeField, SousFormulaire
from forms.champs import EntierField, MontantField, SelectChoice, TexteCourt, TexteLong
from forms.seance import entier_ou_rien

LIGNES_MAX = 40
MOTIF_MIN = 20
SENS = (
    ("programmer", "Programmer : les montants ci-dessus sont accordés"),
    ("ajourner", "Ajourner : le dossier repassera devant le comité"),
    ("rejeter", "Rejeter : rien n’est accordé"),
    ("liste_attente", "Mettre en liste d’attente"),
)


class LigneMontantForm(SousFormulaire):
    """Amount and enveloppe of one funder's line; eligibility is the service's to refuse."""

    financement = HiddenField()
    version = HiddenField()
    montant = MontantField("Montant")
    enveloppe = SelectField("Enveloppe", coerce=entier_ou_rien, validate_choice=False)
    motif_ecart = TexteCourt("Pourquoi plus que la demande", max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.enveloppe.choices = []

    def identifiant(self) -> int | None:
        return entier_ou_rien(self.financement.data)

    def version_lue(self) -> int:
        """Version shown on the page; 0 when tampered with (always refused as stale)."""
        return entier_ou_rien(self.version.data) or 0


class MontantsForm(FormulaireVersionne):
    """All the lines of a dossier. Give a ``prefix``: several of them share a page."""

    lignes = ListeField(FormField(LigneMontantForm), max_entries=LIGNES_MAX)


class RepechageForm(MontantsForm):
    """Amounts given to a waiting dossier, where the money comes from, and the rank."""

    motif = TexteLong(
        "D’où viennent ces crédits",
        max_length=2000,
        rows=3,
        description="Par exemple : un autre porteur a renoncé à son action. Le porteur lira ce "
        "texte dans son courriel et son courrier.",
    )
    hors_rang = BooleanField("Passer avant les dossiers mieux placés")

    def validate(self, extra_validators: Any = None) -> bool:
        juste = bool(super().validate(extra_validators))
        return _exiger_motif(self) and juste


class RejetAttenteForm(FormulaireVersionne):
    """Why the wait ends without money."""

    motif = TexteLong(
        "Motif",
        max_length=2000,
        rows=4,
        description="Le porteur le lira mot pour mot dans son courriel et son courrier.",
    )

    def validate(self, extra_validators: Any = None) -> bool:
        juste = bool(super().validate(extra_validators))
        return _exiger_motif(self) and juste


def _exiger_motif(form: RepechageForm | RejetAttenteForm) -> bool:
    if len((form.motif.data or "").strip()) >= MOTIF_MIN:
        return True
    form.refuser("motif", f"Écrivez une phrase au moins ({MOTIF_MIN} caractères).")
    return False


class DecisionForm(FormulaireVersionne):
    """What the committee decides. ``lignes_vues``: « 12:3,13:1 », lines and versions shown."""

    lignes_vues = HiddenField()
    sens = RadioField(
        "Décision", choices=[SelectChoice(code, mot) for code, mot in SENS], validate_choice=False
    )
    motif = TexteLong(
        "Motif",
        max_length=2000,
        rows=4,
        description="Obligatoire pour un ajournement ou un rejet : le porteur le lira mot pour "
        "mot dans son courrier.",
    )
    rang_attente = EntierField("Rang sur la liste d’attente", minimum=1, maximum=999)

    def validate(self, extra_validators: Any = None) -> bool:
        juste = bool(super().validate(extra_validators))
        sens = self.sens.data
        if sens not in dict(SENS):
            self.refuser("sens", "Choisissez une décision.")
            return False
        motif = (self.motif.data or "").strip()
        if sens in ("ajourner", "rejeter") and len(motif) < MOTIF_MIN:
            self.refuser(
                "motif", f"Écrivez le motif en une phrase au moins ({MOTIF_MIN} caractères)."
            )
            return False
        if sens == "liste_attente" and self.rang_attente.data is None:
            if not self.rang_attente.errors:
                self.refuser("rang_attente", "Indiquez le rang, à partir de 1.")
            return False
        return juste

    def versions(self) -> dict[int, int]:
        """Line id -> version shown; empty when tampered with (then refused as stale)."""
        couples = [x.partition(":") for x in str(self.lignes_vues.data or "").split(",") if x]
        lus = [(entier_ou_rien(a), entier_ou_rien(b)) for a, _, b in couples[:LIGNES_MAX]]
        return {a: b for a, b in lus if a is not None and b is not None}


class PublierForm(FormulaireVersionne):
    """The count that the person read and types again, and whether the mails wait."""

    nombre = EntierField(
        "Nombre de décisions à publier", description="Recopiez le nombre pour confirmer."
    )
    retenir = BooleanField("Préparer les courriels sans les envoyer tout de suite")


class LibererForm(FormulaireVersionne):
    """The count of held mails that the person saw."""

    attendus = HiddenField()

    def nombre(self) -> int:
        return entier_ou_rien(self.attendus.data) or 0
