"""The ranked list of a campaign, from its inputs alone: exact, replayable, without a database.

``Entrees`` holds everything that the result depends on; ``classer_campagne`` is a pure function of
it, so that a frozen list can be made again years later (``figer``, ``relire``). The sources of
the rules: parcours.md §4 and docs/decisions/0006 and 0009.

- score of an evaluation: ``100 × Σ(weight × value) / (4 × Σ weight)`` over what she noted;
- score of a dossier: the consensus when there is one, else the mean of the evaluations sent;
  when the grid is shared out (a criterion kept for some funders), people score different parts:
  the score is that of the retained notes, so that each criterion keeps its weight whoever and
  however many scored it;
- eliminated: the retained note of a criterion below its threshold, or the score below the
  minimum of the campaign;
- equal scores: the named rule (``Departage``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from aap.domaine.notation import (
    SCORE_MAX,
    VALEUR_MAX,
    Candidat,
    Critere,
    Departage,
    Dispersion,
    classer,
    disperser,
    moyenne,
    normaliser_severite,
)

FORMULE = 1
NOTE_MINIMALE = "Note minimale"

Valeur = Fraction | int | None
Notes = Mapping[str, Valeur]


@dataclass(frozen=True)
class DossierEntre:
    """A deposited dossier; ``depot`` is an ISO instant in UTC."""

    id: int
    reference: str
    depot: str


@dataclass(frozen=True)
class EvaluationEntree:
    """An evaluation that counts: sent, without conflict of interest. ``grille``: its grid."""

    id: int
    assesseur: int
    dossier: int
    grille: int
    notes: Notes


@dataclass(frozen=True)
class Entrees:
    """``note_minimale`` 0–100; ``consensus``: dossier id -> notes agreed on."""

    grille: int | None
    grilles: Mapping[int, Sequence[Critere]]
    dossiers: Sequence[DossierEntre]
    evaluations: Sequence[EvaluationEntree]
    consensus: Mapping[int, Notes] = field(default_factory=dict)
    note_minimale: Fraction = Fraction(0)
    departage: Departage = Departage.CRITERES

    @property
    def criteres(self) -> Sequence[Critere]:
        return self.grilles[self.grille] if self.grille is not None else ()

    @property
    def partagee(self) -> bool:
        """Do people of different funders score different criteria?"""
        return any(c.reserve for c in self.criteres)


@dataclass(frozen=True)
class Resultat:
    """A dossier of the ranked list; ``rang`` None when eliminated or not scored.

    ``score``: what ranks (0–100, exact). ``score_normalise``: corrected of severities, beside.
    ``moyennes``: retained note per criterion code (None: « sans objet » for all).
    ``sous_seuil``: labels of what eliminates. ``evaluations``: how many count.
    """

    dossier_id: int
    reference: str
    rang: int | None
    egalite: bool
    score: Fraction | None
    score_normalise: Fraction | None
    dispersion: Dispersion | None
    moyennes: Mapping[str, Fraction | None]
    sous_seuil: tuple[str, ...]
    evaluations: int
    rang_normalise: int | None = None
    consensus: bool = False


def score_de_notes(criteres: Sequence[Critere], notes: Notes) -> Fraction | None:
    """Exact score 0–100 by integers, None when nothing applies (same as ``calculer_score``)."""
    entier, numerateur, denominateur, poids = 0, 0, 1, 0
    for c in criteres:
        valeur = notes.get(c.code)
        if valeur is None:
            continue
        poids += c.poids
        if isinstance(valeur, int):
            entier += c.poids * valeur
        else:
            d = valeur.denominator
            numerateur = numerateur * d + c.poids * valeur.numerator * denominateur
            denominateur *= d
    if not poids:
        return None
    somme = entier * denominateur + numerateur
    return Fraction(SCORE_MAX * somme, VALEUR_MAX * denominateur * poids)


def scores_des_evaluations(entrees: Entrees) -> dict[int, Fraction | None]:
    """Evaluation id -> raw score."""
    return {e.id: score_de_notes(entrees.grilles[e.grille], e.notes) for e in entrees.evaluations}


def scores_normalises(entrees: Entrees, bruts: Mapping[int, Fraction | None]) -> dict[int, Any]:
    """Evaluation id -> score corrected of its assessor's severity (``notation.severites``)."""
    cles = {e.id: (str(e.assesseur), str(e.dossier)) for e in entrees.evaluations}
    scores = {cles[i]: s for i, s in bruts.items() if s is not None}
    normes = normaliser_severite(scores)
    return {i: normes[cle] for i, cle in cles.items() if cle in normes}


def moyenne_ou_rien(valeurs: Sequence[Valeur]) -> Fraction | None:
    """Mean of what is known, None when nothing is."""
    connues = [v for v in valeurs if v is not None]
    if not connues:
        return None
    if all(isinstance(v, int) for v in connues):
        return Fraction(sum(int(v) for v in connues), len(connues))
    return moyenne(Fraction(v) for v in connues)


def notes_retenues(
    criteres: Sequence[Critere], notes: Sequence[Notes]
) -> dict[str, Fraction | None]:
    """Mean of the notes of each criterion, « sans objet » left out."""
    return {c.code: moyenne_ou_rien([n.get(c.code) for n in notes]) for c in criteres}


def sous_les_seuils(
    criteres: Sequence[Critere], retenues: Mapping[str, Fraction | None]
) -> tuple[str, ...]:
    """Labels of the criteria whose retained note is strictly below the threshold."""
    libelles = []
    for c in criteres:
        note = retenues.get(c.code)
        if c.seuil is not None and note is not None and note < c.seuil:
            libelles.append(c.libelle or c.code)
    return tuple(libelles)


def classer_campagne(entrees: Entrees) -> list[Resultat]:
    """The ranked list, best first; eliminated and unscored dossiers last, without rank."""
    bruts = scores_des_evaluations(entrees)
    normes = scores_normalises(entrees, bruts)
    par_dossier: dict[int, list[EvaluationEntree]] = {}
    for e in entrees.evaluations:
        par_dossier.setdefault(e.dossier, []).append(e)
    partiels = {
        d.id: _resultat(entrees, d, par_dossier.get(d.id, []), bruts, normes)
        for d in entrees.dossiers
    }
    places = classer(candidats(entrees, partiels), entrees.departage)
    a_cote = classer(candidats(entrees, partiels, normalise=True), entrees.departage)
    rangs = {int(p.candidat.cle): p.rang for p in a_cote}
    return [
        replace(
            partiels[int(p.candidat.cle)],
            rang=p.rang,
            egalite=p.egalite,
            rang_normalise=rangs[int(p.candidat.cle)],
        )
        for p in places
    ]


def _resultat(
    entrees: Entrees,
    dossier: DossierEntre,
    evaluations: Sequence[EvaluationEntree],
    bruts: Mapping[int, Fraction | None],
    normes: Mapping[int, Fraction],
) -> Resultat:
    accord = entrees.consensus.get(dossier.id)
    bases = [e.notes for e in evaluations] if accord is None else [accord]
    retenues = notes_retenues(entrees.criteres, bases)
    scores = [s for e in evaluations if (s := bruts[e.id]) is not None]
    if accord is not None:
        score = normalise = score_de_notes(entrees.criteres, accord)
    else:
        score = moyenne(scores) if scores else None
        normalise = moyenne_ou_rien([normes.get(e.id) for e in evaluations])
        if entrees.partagee and score is not None and normalise is not None:
            correction = normalise - score
            score = score_de_notes(entrees.criteres, retenues)
            normalise = None if score is None else _borner(score + correction)
    seuils = sous_les_seuils(entrees.criteres, retenues)
    if score is not None and score < entrees.note_minimale:
        seuils = (*seuils, NOTE_MINIMALE)
    return Resultat(
        dossier_id=dossier.id,
        reference=dossier.reference,
        rang=None,
        egalite=False,
        score=score,
        score_normalise=normalise,
        dispersion=disperser(scores),
        moyennes=retenues,
        sous_seuil=seuils,
        evaluations=len(evaluations),
        consensus=accord is not None,
    )


def _borner(score: Fraction) -> Fraction:
    return min(Fraction(SCORE_MAX), max(Fraction(0), score))


def candidats(
    entrees: Entrees, resultats: Mapping[int, Resultat], *, normalise: bool = False
) -> list[Candidat]:
    """What ``notation.classer`` ranks: notes in the decreasing order of weights."""
    ordre = [c.code for c in sorted(entrees.criteres, key=lambda c: -c.poids)]
    return [
        Candidat(
            reference=d.reference,
            score=r.score_normalise if normalise else r.score,
            depot=d.depot,
            elimine=bool(r.sous_seuil),
            notes=tuple(r.moyennes.get(code) for code in ordre),
            cle=d.id,
        )
        for d in entrees.dossiers
        if (r := resultats[d.id])
    ]
