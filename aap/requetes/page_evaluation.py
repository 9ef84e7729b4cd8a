"""The scoring page: grid with its anchors, what I typed, what is computed, others' scores."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from aap.domaine.besoin import Explication
from aap.domaine.notation import Dispersion, Score, disperser
from aap.extensions import db
from aap.models import (
    Critere,
    Dossier,
    EtatEvaluation,
    Evaluation,
    Financeur,
    Grille,
    ModeCritere,
    NoteCritere,
    RoleHabilitation,
    TypeFinanceur,
)
from aap.permissions import Acteur, may
from aap.permissions.contexte import dans_perimetre
from aap.requetes.criteres_calcules import degeler, expliquer_tout
from aap.requetes.grilles import noms_des_types, reserve_aux_autres
from aap.requetes.lecture_anonyme import nom_masque
from aap.requetes.notation import (
    EvaluationNotee,
    evaluations_notees,
    moyennes_par_critere,
    pour_le_calcul,
    score_de,
)


@dataclass(frozen=True)
class LigneCritere:
    """A criterion as shown: ``explication`` when computed, ``note`` when already typed.

    ``reserve``: the funders that score it, when the reader is not one of them.
    """

    critere: Critere
    note: NoteCritere | None
    explication: Explication | None
    reserve: str = ""

    @property
    def calcule(self) -> bool:
        return self.critere.mode is ModeCritere.CALCULE

    @property
    def ancres(self) -> list[tuple[int, str]]:
        return list(enumerate((self.critere.ancres or [])[:5]))


@dataclass(frozen=True)
class LecturesAutres:
    """Every sent score of the dossier, with its spread; ``raison`` when it must stay hidden."""

    visibles: bool
    raison: str
    evaluations: list[EvaluationNotee]
    dispersion: Dispersion | None
    moyennes: dict[str, Fraction | None]


@dataclass(frozen=True)
class PageEvaluation:
    """``score``: of the reader's own notes, exact. ``anonyme``: the organisme is not named."""

    dossier: Dossier
    grille: Grille | None
    evaluation: Evaluation | None
    lignes: list[LigneCritere]
    score: Score | None
    autres: LecturesAutres
    anonyme: bool = False

    @property
    def envoyee(self) -> bool:
        return self.evaluation is not None and self.evaluation.etat is EtatEvaluation.ENVOYEE


def page_evaluation(
    acteur: Acteur, dossier: Dossier, evaluation: Evaluation | None
) -> PageEvaluation:
    """Everything that the scoring page of ``acteur`` shows; computed values are those kept at
    sending once it is sent."""
    grille = evaluation.grille if evaluation else dossier.campagne.grille
    masque = nom_masque(acteur, dossier)
    if grille is None:
        return PageEvaluation(dossier, None, None, [], None, autres(acteur, dossier), masque)
    gelees = evaluation.calcules if evaluation else {}
    explications = degeler(gelees) if gelees else expliquer_tout(dossier, grille.criteres)
    notes = {n.critere_id: n for n in evaluation.notes} if evaluation else {}
    sorte = _sorte(acteur, dossier, evaluation, grille)
    lignes = [
        LigneCritere(
            c,
            notes.get(c.id),
            explications.get(c.code),
            noms_des_types(c.reserve_a) if sorte and reserve_aux_autres(c, sorte) else "",
        )
        for c in grille.criteres
    ]
    return PageEvaluation(
        dossier,
        grille,
        evaluation,
        lignes,
        _score(grille, lignes),
        autres(acteur, dossier),
        masque,
    )


def _sorte(
    acteur: Acteur, dossier: Dossier, evaluation: Evaluation | None, grille: Grille
) -> TypeFinanceur | None:
    """The kind of funder for which this person scores; None for who only reads, or when no
    criterion is kept for anybody (then no query)."""
    if not any(c.reserve_a for c in grille.criteres):
        return None
    ident = evaluation.financeur_id if evaluation else None
    if ident is None:
        contrat = dossier.campagne.contrat_id
        droits = acteur.avec(RoleHabilitation.INSTRUCTEUR, contrat)
        ident = next((h.financeur_id for h in droits if dans_perimetre(h, dossier)), None)
    financeur = db.session.get(Financeur, ident) if ident else None
    return financeur.type if financeur else None


def _score(grille: Grille, lignes: list[LigneCritere]) -> Score:
    valeurs: dict[str, Fraction | None] = {}
    for x in lignes:
        if x.explication is not None:
            valeurs[x.critere.code] = x.explication.valeur
        elif x.reserve:
            valeurs[x.critere.code] = None
        elif x.note is not None and (x.note.sans_objet or x.note.valeur is not None):
            valeurs[x.critere.code] = None if x.note.valeur is None else Fraction(x.note.valeur)
    return score_de(grille, valeurs)


def autres(acteur: Acteur, dossier: Dossier) -> LecturesAutres:
    """The sent scores, or why they are hidden; hidden ones are not even read."""
    droit = may(acteur, "evaluation.voir_autres", dossier)
    if not droit:
        return LecturesAutres(False, droit.raison, [], None, {})
    envoyees = evaluations_notees(dossier.campagne, dossier.id)
    scores = [e.score for e in envoyees if e.score is not None]
    grille = dossier.campagne.grille
    criteres = pour_le_calcul(grille) if grille else []
    return LecturesAutres(
        True, "", envoyees, disperser(scores), moyennes_par_critere(criteres, envoyees)
    )
