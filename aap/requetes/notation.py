"""Scores of the campaign: only what was sent, exact, in a constant number of queries.

The score of an evaluation uses the judged notes and the computed criteria **as they were when
it was sent** (``Evaluation.calcules``): the ranking can be made again years later. The score of a
dossier is its consensus, else the mean of the scores sent. A dossier is eliminated when the
retained note of a criterion with a threshold is below it (one severe assessor alone does not
eliminate), or when its score is below the minimum of the campaign. The computation itself is
``aap.domaine.classement``; what it starts from, ``requetes.entrees_notation``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from aap.domaine import notation as calcul
from aap.domaine.classement import Resultat, notes_retenues
from aap.domaine.notation import Note, Severite
from aap.extensions import db
from aap.models import Campagne, Evaluation, Financeur, Grille, NoteCritere, Utilisateur
from aap.requetes.conflits import EVALUATION_SANS_CONFLIT
from aap.requetes.criteres_calcules import degeler
from aap.requetes.entrees_notation import pour_le_calcul
from aap.requetes.memoire_resultats import ResultatsCampagne, resultats_campagne

__all__ = [
    "SANS_DEPORT",
    "EvaluationNotee",
    "Resultat",
    "evaluations_notees",
    "moyennes_par_critere",
    "pour_le_calcul",
    "resultats",
    "score_de",
    "severites",
    "valeurs_de",
]
SANS_DEPORT = EVALUATION_SANS_CONFLIT


@dataclass(frozen=True)
class EvaluationNotee:
    """An evaluation that was sent. ``score`` 0–100 exact, ``normalise`` beside it."""

    evaluation_id: int
    dossier_id: int
    utilisateur_id: int
    evaluateur: str
    financeur: str
    score: Fraction | None
    valeurs: Mapping[str, Fraction | int | None]
    commentaires: Mapping[str, str]
    commentaire: str
    normalise: Fraction | None = None


def valeurs_de(evaluation: Evaluation) -> dict[str, Fraction | None]:
    """Code -> exact value, judged and computed; what is not scored yet is absent."""
    codes = {c.id: c.code for c in evaluation.grille.criteres}
    valeurs: dict[str, Fraction | None] = {
        codes[n.critere_id]: None if n.valeur is None else Fraction(n.valeur)
        for n in evaluation.notes
        if n.sans_objet or n.valeur is not None
    }
    for code, e in degeler(evaluation.calcules).items():
        valeurs[code] = e.valeur
    return valeurs


def score_de(grille: Grille, valeurs: dict[str, Fraction | None]) -> calcul.Score:
    """Score of a set of notes on a grid."""
    return calcul.calculer_score(
        pour_le_calcul(grille), [Note(code, v) for code, v in valeurs.items()]
    )


def evaluations_notees(
    campagne: Campagne, dossier_id: int | None = None, tout: ResultatsCampagne | None = None
) -> list[EvaluationNotee]:
    """Every evaluation that counts in the campaign, or for one dossier, with its raw and
    normalised scores (4 queries, 2 when the results, ``tout``, are already read)."""
    tout = tout or resultats_campagne(campagne)
    voulues = (
        tout.evaluations
        if dossier_id is None
        else {e.id: e for e in tout.evaluations_du_dossier.get(dossier_id, ())}
    )
    return [
        EvaluationNotee(
            evaluation_id=e.id,
            dossier_id=e.dossier_id,
            utilisateur_id=e.utilisateur_id,
            evaluateur=f"{prenom} {nom}".strip(),
            financeur=sigle or financeur,
            score=tout.bruts[e.id],
            valeurs=voulues[e.id].notes,
            commentaires={n.critere.code: n.commentaire for n in e.notes},
            commentaire=e.commentaire,
            normalise=tout.normes.get(e.id),
        )
        for e, prenom, nom, sigle, financeur in _lues(sorted(voulues))
    ]


def _lues(ids: Sequence[int]) -> list[tuple[Evaluation, str, str, str, str]]:
    """Evaluations with their notes, their author and her funder (3 queries)."""
    lignes = db.session.execute(
        select(Evaluation, Utilisateur.prenom, Utilisateur.nom, Financeur.sigle, Financeur.nom)
        .join(Utilisateur, Utilisateur.id == Evaluation.utilisateur_id)
        .join(Financeur, Financeur.id == Evaluation.financeur_id)
        .where(Evaluation.id.in_(ids))
        .options(selectinload(Evaluation.notes).joinedload(NoteCritere.critere))
        .order_by(Evaluation.id)
    )
    return [(e, prenom, nom, sigle, financeur) for e, prenom, nom, sigle, financeur in lignes]


def severites(campagne: Campagne) -> Mapping[int, Severite]:
    """Assessor id -> severity over the campaign."""
    return resultats_campagne(campagne).severites


def moyennes_par_critere(
    criteres: Sequence[calcul.Critere], evaluations: Sequence[EvaluationNotee]
) -> dict[str, Fraction | None]:
    """Mean of the notes of each criterion, « sans objet » left out."""
    return notes_retenues(criteres, [e.valeurs for e in evaluations])


def resultats(campagne: Campagne) -> list[Resultat]:
    """The ranked list of the deposited dossiers of the campaign, best first: the frozen one when
    there is one. Eliminated and unscored dossiers come last, without rank.

    Ties are separated by ``Departage.CRITERES``, whose sentence is displayed above the list.
    """
    return resultats_campagne(campagne).classes
