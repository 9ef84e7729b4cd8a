"""Scoring of dossiers: exact, explained, never rounded before ranking (parcours.md §4).

A score is a ``Fraction`` between 0 and 100:
``100 × Σ(poids × valeur / 4) / Σ(poids)`` over the criteria that apply. A criterion answered
« sans objet » leaves both sums. Drafts are excluded by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from math import isqrt
from statistics import median
from typing import Literal

from aap.domaine.erreurs import Probleme

VALEUR_MAX = 4
SCORE_MAX = 100
COMMUNS_MIN = 3


@dataclass(frozen=True)
class Critere:
    """Criterion of a grid; ``seuil``: a value strictly below it eliminates the dossier.

    ``reserve``: scored by the people of some funders only; the grid is then shared out.
    """

    code: str
    poids: int
    libelle: str = ""
    seuil: int | None = None
    kind: Literal["calcule", "apprecie"] = "apprecie"
    sans_objet_permis: bool = False
    reserve: bool = False


@dataclass(frozen=True)
class Note:
    """Value 0 to 4 given to a criterion (exact fraction when computed); None is « sans objet »."""

    critere: str
    valeur: Fraction | int | None


@dataclass(frozen=True)
class Score:
    """``valeur`` 0 to 100, None when no criterion applies; ``sous_seuil`` holds codes."""

    valeur: Fraction | None
    poids_applique: int
    sous_seuil: tuple[str, ...] = ()
    manquants: tuple[str, ...] = ()

    @property
    def elimine(self) -> bool:
        return bool(self.sous_seuil)


def verifier_grille(criteres: Sequence[Critere]) -> list[Probleme]:
    """What prevents a grid from being used: weights of 100 in all, distinct codes, thresholds."""
    problemes = []
    somme = sum(c.poids for c in criteres)
    if somme != SCORE_MAX:
        problemes.append(Probleme(f"La somme des poids doit faire 100, elle fait {somme}."))
    if len({c.code for c in criteres}) != len(criteres):
        problemes.append(Probleme("Deux critères portent le même code."))
    for c in criteres:
        nom = c.libelle or c.code
        if c.poids <= 0:
            problemes.append(
                Probleme(f"Le poids de «\u00a0{nom}\u00a0» doit être positif.", c.code)
            )
        if c.seuil is not None and not 1 <= c.seuil <= VALEUR_MAX:
            problemes.append(Probleme(f"Le seuil de «\u00a0{nom}\u00a0» va de 1 à 4.", c.code))
    return problemes


def verifier_notes(criteres: Sequence[Critere], notes: Sequence[Note]) -> list[Probleme]:
    """Everything that prevents an evaluation from being sent, one problem per criterion."""
    par_code = {n.critere: n for n in notes}
    problemes = []
    for c in criteres:
        nom = c.libelle or c.code
        note = par_code.get(c.code)
        if note is None:
            problemes.append(Probleme(f"Donnez une note de 0 à 4 à «\u00a0{nom}\u00a0».", c.code))
        elif note.valeur is None and not c.sans_objet_permis:
            problemes.append(Probleme(f"«\u00a0{nom}\u00a0» ne peut pas être sans objet.", c.code))
    return problemes


def calculer_score(criteres: Sequence[Critere], notes: Sequence[Note]) -> Score:
    """Score over what is noted; ``manquants`` lists the criteria not noted yet.

    Raises ``ValueError`` on an unknown or repeated criterion or a value outside 0–4: these are
    programming faults, refused before any arithmetic.
    """
    par_code = _notes_par_code(criteres, notes)
    somme, poids = Fraction(0), 0
    sous_seuil, manquants = [], []
    for c in criteres:
        if c.code not in par_code:
            manquants.append(c.code)
            continue
        valeur = par_code[c.code]
        if valeur is None:
            continue
        somme += c.poids * Fraction(valeur)
        poids += c.poids
        if c.seuil is not None and valeur < c.seuil:
            sous_seuil.append(c.code)
    score = somme * SCORE_MAX / (VALEUR_MAX * poids) if poids else None
    return Score(score, poids, tuple(sous_seuil), tuple(manquants))


def _notes_par_code(
    criteres: Sequence[Critere], notes: Sequence[Note]
) -> dict[str, Fraction | int | None]:
    connus = {c.code for c in criteres}
    par_code: dict[str, Fraction | int | None] = {}
    for n in notes:
        if n.critere not in connus or n.critere in par_code:
            raise ValueError(f"Critère inconnu ou noté deux fois\u00a0: {n.critere}.")
        if n.valeur is not None and not 0 <= n.valeur <= VALEUR_MAX:
            raise ValueError(f"La note de {n.critere} doit être entre 0 et 4.")
        par_code[n.critere] = n.valeur
    return par_code


@dataclass(frozen=True)
class Dispersion:
    """Several assessors on one dossier: shown together, never the mean alone."""

    effectif: int
    moyenne: Fraction
    mediane: Fraction
    minimum: Fraction
    maximum: Fraction
    variance: Fraction

    @property
    def etendue(self) -> Fraction:
        return self.maximum - self.minimum

    def ecart_type(self, decimales: int = 1) -> Fraction:
        """Population standard deviation rounded half up, for display only."""
        return racine(self.variance, decimales)


def moyenne(valeurs: Iterable[Fraction]) -> Fraction:
    """Exact mean; raises ``ValueError`` on an empty sequence."""
    liste = list(valeurs)
    if not liste:
        raise ValueError("Aucune valeur\u00a0: la moyenne n’existe pas.")
    return sum(liste, Fraction(0)) / len(liste)


def disperser(scores: Sequence[Fraction]) -> Dispersion | None:
    """Mean, median and spread of the scores of one dossier; None without score."""
    if not scores:
        return None
    m = moyenne(scores)
    return Dispersion(
        effectif=len(scores),
        moyenne=m,
        mediane=Fraction(median(scores)),
        minimum=min(scores),
        maximum=max(scores),
        variance=moyenne((s - m) ** 2 for s in scores),
    )


def racine(valeur: Fraction, decimales: int) -> Fraction:
    """Square root rounded half up to ``decimales`` digits, by integers only."""
    echelle = 10**decimales
    # floor(2·10^d·√v) is exact with isqrt; adding one and halving rounds half up.
    double = isqrt(4 * echelle**2 * valeur.numerator // valeur.denominator)
    return Fraction((double + 1) // 2, echelle)


@dataclass(frozen=True)
class Severite:
    """How far an assessor stands from the panel, in points of score; positive is severe."""

    ecart: Fraction
    communs: int

    @property
    def correction(self) -> Fraction:
        """Points added in the normalised column: none under ``COMMUNS_MIN`` shared dossiers."""
        return self.ecart if self.communs >= COMMUNS_MIN else Fraction(0)


Scores = Mapping[tuple[str, str], Fraction]
"""(assessor, dossier) -> score of an evaluation that was sent."""


def severites(scores: Scores) -> dict[str, Severite]:
    """Severity per assessor: mean, over the dossiers that somebody else also scored, of
    (mean of the dossier − score of the assessor). Zero without shared dossier.

    Source: the additive two-way model (score = worth of the dossier − severity of the assessor),
    first step of its least-squares fit; documented in docs/decisions/0009.
    """
    par_dossier: dict[str, list[Fraction]] = {}
    for (_, dossier), s in scores.items():
        par_dossier.setdefault(dossier, []).append(s)
    moyennes = {d: moyenne(liste) for d, liste in par_dossier.items() if len(liste) > 1}
    ecarts: dict[str, list[Fraction]] = {}
    for (assesseur, dossier), s in scores.items():
        liste = ecarts.setdefault(assesseur, [])
        if dossier in moyennes:
            liste.append(moyennes[dossier] - s)
    return {
        a: Severite(moyenne(e) if e else Fraction(0), len(e)) for a, e in sorted(ecarts.items())
    }


def normaliser_severite(scores: Scores) -> dict[tuple[str, str], Fraction]:
    """Score + correction of its assessor, kept within 0–100. Shown beside the raw score only."""
    corrections = {a: s.correction for a, s in severites(scores).items()}
    return {
        (a, d): min(Fraction(SCORE_MAX), max(Fraction(0), s + corrections[a]))
        for (a, d), s in scores.items()
    }


class Departage(StrEnum):
    """Named rule that separates equal scores, displayed above the ranked list."""

    CRITERES = "criteres"
    DEPOT = "depot"
    EX_AEQUO = "ex_aequo"

    @property
    def libelle(self) -> str:
        return {
            "criteres": "À égalité, la meilleure note sur le critère de plus fort poids passe "
            "devant, puis sur le suivant, puis le dossier déposé le premier.",
            "depot": "À égalité, le dossier déposé le premier passe devant.",
            "ex_aequo": "À égalité, les dossiers partagent le même rang.",
        }[self.value]


@dataclass(frozen=True)
class Candidat:
    """A dossier to rank. ``notes`` in the decreasing order of weights (means per criterion).

    ``cle``: what the caller knows it by; it never separates anything.
    """

    reference: str
    score: Fraction | None
    depot: str = ""
    elimine: bool = False
    notes: tuple[Fraction | None, ...] = field(default=())
    cle: int = 0


@dataclass(frozen=True)
class Place:
    """``rang`` None for eliminated or unscored dossiers, listed last; ``egalite``: tie met."""

    candidat: Candidat
    rang: int | None
    egalite: bool


def classer(candidats: Sequence[Candidat], regle: Departage = Departage.CRITERES) -> list[Place]:
    """Ranked list on exact scores; the outcome does not depend on the order given.

    ``depot`` is an ISO instant. What is still equal after the rule goes by reference, so that
    two computations always agree; under ``EX_AEQUO`` equal scores share a rank (1, 1, 3).
    """
    classables = [c for c in candidats if c.score is not None and not c.elimine]
    classables.sort(key=lambda c: (*cle_score(c.score or Fraction(0)), cle_departage(c, regle)))
    effectifs: dict[Fraction | None, int] = {}
    for c in classables:
        effectifs[c.score] = effectifs.get(c.score, 0) + 1
    places: list[Place] = []
    for i, c in enumerate(classables, start=1):
        suite = places and places[-1].candidat.score == c.score and regle is Departage.EX_AEQUO
        places.append(Place(c, places[-1].rang if suite else i, effectifs[c.score] > 1))
    reste = [c for c in candidats if c.score is None or c.elimine]
    reste.sort(key=lambda c: (c.score is None, -(c.score or 0), c.reference))
    return places + [Place(c, None, False) for c in reste]


def cle_score(score: Fraction) -> tuple[int, Fraction]:
    """Sort key, best first. The integer part of score × 2³² decides nearly always and is cheap to
    compare; the exact score decides the rest, so that nothing is ever rounded."""
    return -(score.numerator << 32) // score.denominator, -score


def cle_departage(c: Candidat, regle: Departage) -> tuple[object, ...]:
    """What separates two equal scores: the named rule, then the reference."""
    if regle is Departage.CRITERES:
        notes = tuple(Fraction(1) if n is None else -n for n in c.notes)
        return (notes, c.depot, c.reference)
    return (c.depot, c.reference) if regle is Departage.DEPOT else (c.reference,)
