"""Appeals: formed here or recorded from a letter, entrusted, examined, decided."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import FileField, RadioField, SelectField

from aap.domaine.recours import CanalRecours, MotifRecours, SensRecours
from forms.base import FormulaireVersionne
from forms.champs import DateFr, SelectChoice, TexteLong
from forms.pieces import FormulaireFichier
from forms.validateurs import LongueurMin, Obligatoire

CONTESTE = [
    Obligatoire("Dites ce qui est contesté, et pourquoi."),
    LongueurMin(10, "Développez un peu (au moins 10 caractères)."),
]
HORS_PLATEFORME = (CanalRecours.COURRIER, CanalRecours.COURRIEL, CanalRecours.REMISE)


class FormulaireRecours(FormulaireFichier):
    """The porteur's own words, and a document if she has one."""

    texte = TexteLong(
        "Ce que vous contestez, et pourquoi",
        CONTESTE,
        description="Dites ce qui n’a pas été vu ou compris, et ce qui a changé.",
        max_length=10_000,
        rows=10,
    )
    fichier = FileField("Document (facultatif)")


class FormulaireRecoursRecu(FormulaireFichier):
    """What came by post, mail or by hand: the dates that count, and the paper itself."""

    canal = RadioField(
        "Comment ce recours est-il arrivé\u202f?",
        [Obligatoire("Dites comment il est arrivé.")],
        choices=[SelectChoice(c.value, c.libelle) for c in HORS_PLATEFORME],
    )
    recu_le = DateFr("Reçu le", [Obligatoire("Indiquez la date de réception.")])
    envoye_le = DateFr(
        "Envoyé le",
        description="Le cachet de la poste pour un courrier\u00a0: c’est lui qui compte.",
    )
    texte = TexteLong("Ce que le porteur conteste", CONTESTE, max_length=10_000, rows=6)


class FormulaireConfier(FormulaireVersionne):
    examinateur = SelectField("Personne qui examine", [Obligatoire("Choisissez une personne.")])
    raison = TexteLong(
        "Pourquoi cette personne (si elle a pris part au refus)", max_length=1000, rows=2
    )

    def proposer(self, personnes: Iterable[tuple[int, str]]) -> FormulaireConfier:
        self.examinateur.choices = [SelectChoice(str(cle), mot) for cle, mot in personnes]
        return self


class FormulaireRapport(FormulaireVersionne):
    proposition = RadioField(
        "Votre proposition",
        [Obligatoire("Choisissez ce que vous proposez.")],
        choices=[SelectChoice(s.value, s.libelle) for s in SensRecours],
    )
    rapport = TexteLong(
        "Ce que le nouvel examen a montré",
        [
            Obligatoire("Écrivez ce que le nouvel examen a montré."),
            LongueurMin(10, "Développez un peu (au moins 10 caractères)."),
        ],
        description="Ce rapport reste interne\u00a0: le porteur ne le lit pas.",
        max_length=10_000,
        rows=8,
    )


class FormulaireDecision(FormulaireVersionne):
    sens = RadioField(
        "Décision",
        [Obligatoire("Choisissez la décision.")],
        choices=[SelectChoice(s.value, s.libelle) for s in SensRecours],
    )
    type_motif = SelectField(
        "Motif du rejet",
        choices=[
            SelectChoice("", "Aucun (recours admis)"),
            *(SelectChoice(m.value, m.libelle) for m in MotifRecours),
        ],
    )
    motif = TexteLong(
        "Les raisons",
        [
            Obligatoire("Écrivez les raisons\u00a0: le porteur les lira."),
            LongueurMin(10, "Développez un peu (au moins 10 caractères)."),
        ],
        description="Le porteur lit ce texte, mot pour mot, dans la lettre.",
        max_length=4000,
        rows=6,
    )
