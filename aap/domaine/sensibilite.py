"""How much the ranking depends on the weights: one weight moves, the others follow.

A weight moves by ± 5 points (kept within 0 and 100); the others are rescaled in proportion so
that the sum stays 100: ``w'ᵢ = wᵢ × (100 − w'ₖ) / (100 − wₖ)``. Everything else stays: notes,
« sans objet », thresholds, minimum, consensus, tie rule (in the order of the grid's own weights).
A dossier whose rank never moves does not owe its place to the weights. Exact, like the ranking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from aap.domaine.classement import (
    NOTE_MINIMALE,
    Entrees,
    Notes,
    Resultat,
    candidats,
    classer_campagne,
    notes_retenues,
)
from aap.domaine.notation import (
    SCORE_MAX,
    VALEUR_MAX,
    Candidat,
    Critere,
    Departage,
    cle_departage,
    cle_score,
)

PAS = 5


@dataclass(frozen=True)
class Variante:
    """One weight moved: ``code`` from ``avant`` to ``apres`` (points of 100)."""

    code: str
    libelle: str
    avant: int
    apres: int

    @property
    def ecart(self) -> int:
        return self.apres - self.avant


@dataclass(frozen=True)
class Mouvement:
    """Ranks of a dossier, in the order of the variants; None where it is eliminated."""

    dossier_id: int
    reference: str
    rang: int | None
    rangs: tuple[int | None, ...]

    @property
    def meilleur(self) -> int | None:
        return min(self._connus, default=None)

    @property
    def pire(self) -> int | None:
        return max(self._connus, default=None)

    @property
    def amplitude(self) -> int:
        """Places between the best and the worst rank, the present one included."""
        return max(self._connus) - min(self._connus) if self._connus else 0

    @property
    def perd_sa_place(self) -> bool:
        """Ranked today and eliminated in a variant, or the other way round."""
        return any((r is None) != (self.rang is None) for r in self.rangs)

    @property
    def _connus(self) -> list[int]:
        return [r for r in (self.rang, *self.rangs) if r is not None]


@dataclass(frozen=True)
class Sensibilite:
    """``mouvements`` in the order of the ranked list."""

    variantes: tuple[Variante, ...]
    mouvements: tuple[Mouvement, ...]

    @property
    def stables(self) -> int:
        """Ranked dossiers whose rank never moves."""
        return sum(m.rang is not None and m.amplitude == 0 for m in self.mouvements)


def variantes(criteres: Sequence[Critere], pas: int = PAS) -> tuple[Variante, ...]:
    """Every weight moved by ± ``pas``; those that cannot move are left out."""
    if len(criteres) < 2:
        return ()
    trouvees = []
    for c in criteres:
        for ecart in (-pas, pas):
            apres = min(SCORE_MAX, max(0, c.poids + ecart))
            if apres != c.poids:
                trouvees.append(Variante(c.code, c.libelle or c.code, c.poids, apres))
    return tuple(trouvees)


def poids_deplaces(criteres: Sequence[Critere], v: Variante) -> dict[str, int]:
    """Integer weights in the proportions of the variant (multiplied by 100 − wₖ)."""
    total = sum(c.poids for c in criteres)
    return {
        c.code: v.apres * (total - v.avant) if c.code == v.code else c.poids * (total - v.apres)
        for c in criteres
    }


@dataclass(frozen=True)
class _Base:
    """Notes of one evaluation (or of the consensus) as integers over ``diviseur``.

    ``somme`` is Σ weight × note, ``poids`` Σ weight over what applies; ``notes`` code -> integer.
    """

    somme: int
    poids: int
    diviseur: int
    notes: Mapping[str, int]

    def score(self, v: Variante, total: int) -> Fraction | None:
        """Score with the weight of the variant; None when nothing has any weight left."""
        note = self.notes.get(v.code)
        reste, plein = total - v.apres, self.poids
        somme = reste * self.somme
        if note is not None:
            somme += note * (v.apres * (total - v.avant) - reste * v.avant)
            plein -= v.avant
        poids = reste * plein + (v.apres * (total - v.avant) if note is not None else 0)
        if not poids:
            return None
        return Fraction(SCORE_MAX * somme, VALEUR_MAX * self.diviseur * poids)


def _base(criteres: Sequence[Critere], notes: Mapping[str, Fraction | int | None]) -> _Base:
    connues = {c.code: (c.poids, v) for c in criteres if (v := notes.get(c.code)) is not None}
    diviseur = 1
    for _, v in connues.values():
        if isinstance(v, Fraction):
            diviseur *= v.denominator
    entiers = {code: int(v * diviseur) for code, (_, v) in connues.items()}
    return _Base(
        sum(connues[code][0] * n for code, n in entiers.items()),
        sum(p for p, _ in connues.values()),
        diviseur,
        entiers,
    )


def _bases(entrees: Entrees) -> dict[int, list[_Base]]:
    bases: dict[int, list[_Base]] = {d.id: [] for d in entrees.dossiers}
    for e in entrees.evaluations:
        if e.dossier in bases and e.dossier not in entrees.consensus:
            base = _base(entrees.grilles[e.grille], e.notes)
            # Scored on an older grid: the weights of this one do not move it.
            bases[e.dossier].append(base if e.grille == entrees.grille else replace(base, notes={}))
    communes = {**(_retenues(entrees) if entrees.partagee else {}), **entrees.consensus}
    for i, notes in communes.items():
        if i in bases:
            bases[i] = [_base(entrees.criteres, notes)]
    return bases


def _retenues(entrees: Entrees) -> dict[int, Notes]:
    """Dossier id -> retained notes: what a shared grid is scored on."""
    lues: dict[int, list[Notes]] = {}
    for e in entrees.evaluations:
        lues.setdefault(e.dossier, []).append(e.notes)
    return {i: notes_retenues(entrees.criteres, n) for i, n in lues.items()}


def sensibilite(entrees: Entrees, classes: Sequence[Resultat] | None = None) -> Sensibilite:
    """Rank of every dossier in every variant. ``classes``: the present list when known."""
    classes = classer_campagne(entrees) if classes is None else classes
    essais = variantes(entrees.criteres)
    bases = _bases(entrees)
    ordre = _ordre_a_egalite(entrees, classes)
    colonnes = [_rangs(entrees, classes, bases, ordre, v) for v in essais]
    return Sensibilite(
        essais,
        tuple(
            Mouvement(
                r.dossier_id, r.reference, r.rang, tuple(c.get(r.dossier_id) for c in colonnes)
            )
            for r in classes
        ),
    )


def _ordre_a_egalite(entrees: Entrees, classes: Sequence[Resultat]) -> dict[int, int]:
    """Dossier id -> place if every score were equal: the tie rule, computed once."""
    tous: list[Candidat] = candidats(entrees, {r.dossier_id: r for r in classes})
    tous.sort(key=lambda c: cle_departage(c, entrees.departage))
    return {c.cle: i for i, c in enumerate(tous)}


def _rangs(
    entrees: Entrees,
    classes: Sequence[Resultat],
    bases: Mapping[int, list[_Base]],
    ordre: Mapping[int, int],
    v: Variante,
) -> dict[int, int]:
    total = sum(c.poids for c in entrees.criteres)
    en_lice = []
    for r in classes:
        if any(s != NOTE_MINIMALE for s in r.sous_seuil):
            continue  # below the threshold of a criterion: weights change nothing to it
        score = _moyenne([b.score(v, total) for b in bases[r.dossier_id]])
        if score is not None and score >= entrees.note_minimale:
            en_lice.append((cle_score(score), ordre[r.dossier_id], r.dossier_id))
    en_lice.sort()
    rangs: dict[int, int] = {}
    avant: tuple[object, int] = (None, 0)
    for place, (cle, _, i) in enumerate(en_lice, start=1):
        partage = entrees.departage is Departage.EX_AEQUO and avant[0] == cle
        rangs[i] = avant[1] if partage else place
        avant = (cle, rangs[i])
    return rangs


def _moyenne(scores: Sequence[Fraction | None]) -> Fraction | None:
    connus = [s for s in scores if s is not None]
    if not connus:
        return None
    return sum(connus, Fraction(0)) / len(connus) if len(connus) > 1 else connus[0]
