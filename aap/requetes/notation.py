"""Scores of the campaign: only what was sent, exact, in a constant number of queries.

The score of an evaluation uses the judged notes and the computed criteria **as they were when
it was sent** (``Evaluation.calcules``): the ranking can be made again years later. The score of a
dossier is the mean of the scores sent. A dossier is eliminated when the mean of the notes on a
criterion with a threshold is below it: one severe assessor alone does not eliminate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from aap.domaine import notation as calcul
from aap.domaine.notation import Candidat, Departage, Dispersion, Note, Severite
from aap.extensions import db
from aap.models import (
    Campagne,
    Critere,
    Dossier,
    EtatEvaluation,
    Evaluation,
    Financeur,
    Grille,
    ModeCritere,
    Utilisateur,
)
from aap.requetes.conflits import EVALUATION_SANS_CONFLIT
from aap.requetes.criteres_calcules import degeler


@dataclass(frozen=True)
class EvaluationNotee:
    """An evaluation that was sent. ``score`` 0–100 exact, ``normalise`` beside it."""

    evaluation_id: int
    dossier_id: int
    utilisateur_id: int
    evaluateur: str
    financeur: str
    score: Fraction | None
    valeurs: dict[str, Fraction | None]
    commentaires: dict[str, str]
    commentaire: str
    normalise: Fraction | None = None


@dataclass(frozen=True)
class Resultat:
    """A dossier of the ranked list; ``rang`` None when eliminated or not scored.

    ``moyennes``: mean of the notes per criterion code (None: « sans objet » for all).
    ``sous_seuil``: labels of the criteria that eliminate.
    """

    dossier_id: int
    reference: str
    rang: int | None
    egalite: bool
    score: Fraction | None
    score_normalise: Fraction | None
    dispersion: Dispersion | None
    moyennes: dict[str, Fraction | None]
    sous_seuil: tuple[str, ...]
    evaluations: int


def pour_le_calcul(grille: Grille) -> list[calcul.Critere]:
    """The grid in its pure form."""
    return [
        calcul.Critere(
            code=c.code,
            poids=c.poids,
            libelle=c.libelle,
            seuil=c.eliminatoire_sous,
            kind="calcule" if c.mode is ModeCritere.CALCULE else "apprecie",
            sans_objet_permis=c.sans_objet_permis or c.mode is ModeCritere.CALCULE,
        )
        for c in grille.criteres
    ]


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


SANS_DEPORT = EVALUATION_SANS_CONFLIT


def _envoyees(campagne_id: int) -> Sequence[Evaluation]:
    """Sent evaluations of the campaign with their notes and grids (5 queries at most)."""
    return db.session.scalars(
        select(Evaluation)
        .join(Dossier, Dossier.id == Evaluation.dossier_id)
        .where(
            Dossier.campagne_id == campagne_id,
            Evaluation.etat == EtatEvaluation.ENVOYEE,
            SANS_DEPORT,
        )
        .options(
            selectinload(Evaluation.notes),
            selectinload(Evaluation.grille).selectinload(Grille.criteres),
        )
        .order_by(Evaluation.id)
    ).all()


def _noms(campagne_id: int) -> dict[int, tuple[str, str]]:
    """Evaluation id -> (assessor, funder)."""
    lignes = db.session.execute(
        select(Evaluation.id, Utilisateur.prenom, Utilisateur.nom, Financeur.sigle, Financeur.nom)
        .join(Dossier, Dossier.id == Evaluation.dossier_id)
        .join(Utilisateur, Utilisateur.id == Evaluation.utilisateur_id)
        .join(Financeur, Financeur.id == Evaluation.financeur_id)
        .where(Dossier.campagne_id == campagne_id)
    )
    return {i: (f"{prenom} {nom}".strip(), sigle or f) for i, prenom, nom, sigle, f in lignes}


def evaluations_notees(campagne: Campagne) -> list[EvaluationNotee]:
    """Every evaluation sent in the campaign, with its raw and normalised scores (6 queries)."""
    noms = _noms(campagne.id)
    brutes = []
    for e in _envoyees(campagne.id):
        valeurs = valeurs_de(e)
        codes = {c.id: c.code for c in e.grille.criteres}
        brutes.append(
            EvaluationNotee(
                evaluation_id=e.id,
                dossier_id=e.dossier_id,
                utilisateur_id=e.utilisateur_id,
                evaluateur=noms[e.id][0],
                financeur=noms[e.id][1],
                score=score_de(e.grille, valeurs).valeur,
                valeurs=valeurs,
                commentaires={codes[n.critere_id]: n.commentaire for n in e.notes},
                commentaire=e.commentaire,
            )
        )
    normes = calcul.normaliser_severite(_scores(brutes))
    return [EvaluationNotee(**{**vars(e), "normalise": normes.get(_cle(e))}) for e in brutes]


def _cle(e: EvaluationNotee) -> tuple[str, str]:
    return str(e.utilisateur_id), str(e.dossier_id)


def _scores(evaluations: Sequence[EvaluationNotee]) -> dict[tuple[str, str], Fraction]:
    return {_cle(e): e.score for e in evaluations if e.score is not None}


def severites(campagne: Campagne) -> dict[int, Severite]:
    """Assessor id -> severity over the campaign."""
    trouvees = calcul.severites(_scores(evaluations_notees(campagne)))
    return {int(a): s for a, s in trouvees.items()}


def _moyenne(valeurs: Sequence[Fraction | None]) -> Fraction | None:
    connues = [v for v in valeurs if v is not None]
    return calcul.moyenne(connues) if connues else None


def moyennes_par_critere(
    criteres: Sequence[Critere], evaluations: Sequence[EvaluationNotee]
) -> dict[str, Fraction | None]:
    """Mean of the notes of each criterion, « sans objet » left out."""
    return {c.code: _moyenne([e.valeurs.get(c.code) for e in evaluations]) for c in criteres}


def _elimines(criteres: Sequence[Critere], moyennes: dict[str, Fraction | None]) -> tuple[str, ...]:
    libelles = []
    for c in criteres:
        seuil, moyenne = c.eliminatoire_sous, moyennes.get(c.code)
        if seuil is not None and moyenne is not None and moyenne < seuil:
            libelles.append(c.libelle)
    return tuple(libelles)


def resultats(campagne: Campagne, regle: Departage = Departage.CRITERES) -> list[Resultat]:
    """The ranked list of the deposited dossiers of the campaign, best first.

    Ties are separated by ``regle`` (its ``libelle`` is to be displayed above the list). Eliminated
    and unscored dossiers come last, without rank. Constant number of queries (9).
    """
    grille = campagne.grille
    criteres = list(grille.criteres) if grille else []
    par_dossier: dict[int, list[EvaluationNotee]] = {}
    for e in evaluations_notees(campagne):
        par_dossier.setdefault(e.dossier_id, []).append(e)
    dossiers = db.session.execute(
        select(Dossier.id, Dossier.numero, Dossier.depose_le)
        .where(Dossier.campagne_id == campagne.id, Dossier.depose_le.is_not(None))
        .order_by(Dossier.id)
    ).all()
    partiels = {
        numero or str(i): _resultat(i, numero or str(i), criteres, par_dossier.get(i, []))
        for i, numero, _ in dossiers
    }
    depots = {
        numero or str(i): depose_le.isoformat() if depose_le else ""
        for i, numero, depose_le in dossiers
    }
    ordre = sorted(criteres, key=lambda c: (-c.poids, c.ordre))
    places = calcul.classer(
        [
            Candidat(
                reference=ref,
                score=r.score,
                depot=depots[ref],
                elimine=bool(r.sous_seuil),
                notes=tuple(r.moyennes.get(c.code) for c in ordre),
            )
            for ref, r in partiels.items()
        ],
        regle,
    )
    return [
        Resultat(**{**vars(partiels[p.candidat.reference]), "rang": p.rang, "egalite": p.egalite})
        for p in places
    ]


def _resultat(
    dossier_id: int,
    reference: str,
    criteres: Sequence[Critere],
    evaluations: Sequence[EvaluationNotee],
) -> Resultat:
    moyennes = moyennes_par_critere(criteres, evaluations)
    scores = [e.score for e in evaluations if e.score is not None]
    return Resultat(
        dossier_id=dossier_id,
        reference=reference,
        rang=None,
        egalite=False,
        score=_moyenne(scores),
        score_normalise=_moyenne([e.normalise for e in evaluations]),
        dispersion=calcul.disperser(scores),
        moyennes=moyennes,
        sous_seuil=_elimines(criteres, moyennes),
        evaluations=len(evaluations),
    )
