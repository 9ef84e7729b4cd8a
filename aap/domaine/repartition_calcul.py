"""The best sharing out: two transport problems in a row, each proven by its dual in integers.

A flow from works to people, with one unit per place whose cost grows (``weight × (2 load − 1)``),
gives the largest number of works in hands at the smallest imbalance; its dual says exactly which
choices every best answer may use. Among those alone, a second flow collects the most affinities.
Works that nothing tells apart are one class: a campaign of thousands is a few hundred rows.

HiGHS is loaded at the first calculation only. One thread, fixed seed, data sorted by code: the
same question gives the same answer. The matrix is that of a network, so that a vertex is in whole
numbers; the answer and its bound are computed again with Python integers before they are given.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from aap.domaine.repartition import Enonce, Travail, Valeur, fautes, valeur

GRAINE = 20_300
Suivi = Callable[[str, int], None]
"""Told of each step: its name in French, percent done."""


@dataclass(frozen=True)
class Reponse:
    """``borne``: no answer is better. ``prouvee``: it is reached."""

    attribution: dict[str, str]
    valeur: Valeur
    borne: Valeur

    @property
    def prouvee(self) -> bool:
        return self.valeur == self.borne


@dataclass(frozen=True)
class _Classe:
    """Works that nothing tells apart: same people possible, same points."""

    candidats: tuple[int, ...]
    points: tuple[int, ...]
    travaux: tuple[str, ...]


@dataclass
class _Flux:
    """Columns: an arc of a work class (or None) to a person (or None), bounds and cost."""

    lignes: int
    bas: list[int] = field(default_factory=list)
    haut: list[int] = field(default_factory=list)
    couts: list[int] = field(default_factory=list)
    plus: list[int] = field(default_factory=list)
    moins: list[int] = field(default_factory=list)

    def arc(self, plus: int, moins: int, bas: int, haut: int, cout: int) -> None:
        """+1 in row ``plus``, −1 in row ``moins`` (−1: no such row)."""
        self.plus.append(plus)
        self.moins.append(moins)
        self.bas.append(bas)
        self.haut.append(haut)
        self.couts.append(cout)


@dataclass(frozen=True)
class _Solution:
    """``flux`` per column and ``prix`` per row, whole; ``reste`` = cost above the dual bound."""

    flux: list[int]
    prix: list[int]
    reste: int


def repartir(enonce: Enonce, *, secondes: float = 60.0, suivi: Suivi | None = None) -> Reponse:
    """Share out. ``secondes``: a limit; past it the answer comes with its gap, never without one.

    Raises ArithmeticError when the solver's answer breaks a rule (never given out).
    """
    dire = suivi or (lambda _etape, _pour_cent: None)
    fin = time.monotonic() + secondes
    calcul = _Calcul(enonce, fin)
    dire("Équilibre des charges", 10)
    equilibre = calcul.equilibrer()
    if equilibre is None:
        return calcul.a_defaut()
    dire("Préférences et suivis", 60)
    reponse = calcul.preferer(equilibre)
    dire("Terminé", 100)
    return reponse


class _Calcul:
    """One question being answered."""

    def __init__(self, enonce: Enonce, fin: float) -> None:
        self.enonce, self.fin = enonce, fin
        self.personnes = sorted(enonce.personnes, key=lambda p: p.code)
        self.indice = {p.code: i for i, p in enumerate(self.personnes)}
        self.travaux = sorted(enonce.travaux, key=lambda t: t.code)
        self.possibles = {t.code: sorted(enonce.candidats(t)) for t in self.travaux}

    def classes(self, points: bool) -> list[_Classe]:
        """In the order of their first work; ``points``: told apart by their affinities too."""
        groupes: dict[tuple, list[str]] = defaultdict(list)
        for t in self.travaux:
            codes = self.possibles[t.code]
            if not codes:
                continue
            notes = tuple(_points(t, c) if points else 0 for c in codes)
            groupes[tuple(self.indice[c] for c in codes), notes].append(t.code)
        return [_Classe(c, n, tuple(t)) for (c, n), t in groupes.items()]

    def equilibrer(self) -> tuple[list[_Classe], _Solution, dict[str, str], int] | None:
        """First flow: the most works in hands, then the most even loads. None: out of time."""
        classes = self.classes(points=False)
        flux, n = _Flux(len(classes) + len(self.personnes)), len(classes)
        for rang, classe in enumerate(classes):
            for i in classe.candidats:
                flux.arc(rang, n + i, 0, len(classe.travaux), 0)
        places = self._places_utiles(classes)
        marges = [
            [p.poids * (2 * (p.charge + k) - 1) for k in range(1, places[i] + 1)]
            for i, p in enumerate(self.personnes)
        ]
        # One more work in hands lengthens one load only: dearer than the dearest place is enough.
        abandon = 1 + max((m[-1] for m in marges if m), default=0)
        for i, couts in enumerate(marges):
            for cout in couts:
                flux.arc(n + i, -1, 0, 1, cout)
        for rang, classe in enumerate(classes):
            flux.arc(rang, -1, 0, len(classe.travaux), abandon)
        besoins = [len(c.travaux) for c in classes] + [0] * len(self.personnes)
        solution = _resoudre(flux, besoins, self.fin)
        if solution is None:
            return None
        return classes, solution, self._distribuer(classes, solution.flux), abandon

    def _places_utiles(self, classes: list[_Classe]) -> list[int]:
        """Works that each person may get: those she may have, within her ceiling."""
        au_plus = [0] * len(self.personnes)
        for classe in classes:
            for i in classe.candidats:
                au_plus[i] += len(classe.travaux)
        return [
            au_plus[i] if p.places is None else min(p.places, au_plus[i])
            for i, p in enumerate(self.personnes)
        ]

    def preferer(self, equilibre: tuple[list[_Classe], _Solution, dict[str, str], int]) -> Reponse:
        """Second flow: the most affinities among the answers that the first dual lets pass."""
        larges, premiere, attribution, abandon = equilibre
        trouvee = valeur(self.enonce, attribution)
        if premiere.reste:
            return Reponse(attribution, trouvee, self._borne_large())
        prix_de = {c.candidats: premiere.prix[r] for r, c in enumerate(larges)}
        flux, besoins, classes = self._permis_par(premiere.prix[len(larges) :], prix_de, abandon)
        solution = _resoudre(flux, besoins, self.fin)
        if solution is None:
            return Reponse(attribution, trouvee, self._borne(trouvee))
        attribution = self._distribuer(classes, solution.flux)
        finale = valeur(self.enonce, attribution)
        if finale.rang < trouvee.rang or fautes(self.enonce, attribution):
            raise ArithmeticError("La répartition trouvée rompt une règle.")
        affinite = finale.affinite + solution.reste
        return Reponse(attribution, finale, Valeur(finale.confies, finale.desequilibre, affinite))

    def _permis_par(
        self, prix: Sequence[int], prix_de: dict[tuple[int, ...], int], abandon: int
    ) -> tuple[_Flux, list[int], list[_Classe]]:
        """The arcs without reduced cost in the first flow, and what the others are held to."""
        classes = self.classes(points=True)
        n = len(classes)
        flux = _Flux(n + len(self.personnes))
        for rang, classe in enumerate(classes):
            cher = prix_de[classe.candidats]
            for i, points in zip(classe.candidats, classe.points, strict=True):
                reduit = prix[i] - cher
                haut = len(classe.travaux) if reduit <= 0 else 0
                bas = haut if reduit < 0 else 0
                flux.arc(rang, n + i, bas, haut, -points)
        places = self._places_utiles(classes)
        for i, p in enumerate(self.personnes):
            plein, libre = _places(p.poids, p.charge, places[i], prix[i])
            flux.arc(n + i, -1, plein, plein + libre, 0)
        for rang, classe in enumerate(classes):
            reduit = abandon - prix_de[classe.candidats]
            haut = len(classe.travaux) if reduit <= 0 else 0
            flux.arc(rang, -1, haut if reduit < 0 else 0, haut, 0)
        besoins = [len(c.travaux) for c in classes] + [0] * len(self.personnes)
        return flux, besoins, classes

    def _distribuer(self, classes: list[_Classe], flux: list[int]) -> dict[str, str]:
        """Whole numbers per class -> a person for each work, in the order of the codes."""
        attribution, colonne = {}, 0
        for classe in classes:
            travaux = iter(classe.travaux)
            for i in classe.candidats:
                for _ in range(flux[colonne]):
                    attribution[next(travaux)] = self.personnes[i].code
                colonne += 1
        return dict(sorted(attribution.items()))

    def _borne(self, trouvee: Valeur) -> Valeur:
        """Every work with its best affinity."""
        mieux = sum(
            max((_points(t, c) for c in self.possibles[t.code]), default=0) for t in self.travaux
        )
        return Valeur(trouvee.confies, trouvee.desequilibre, mieux)

    def _borne_large(self) -> Valeur:
        """Every work that somebody may have, levelled as if everybody could do everything."""
        nombre = sum(1 for codes in self.possibles.values() if codes)
        total = {p.code: p.charge for p in self.personnes}
        for _ in range(nombre):
            libres = [p for p in self.personnes if not p.absente] or self.personnes
            suivante = min(libres, key=lambda p: (p.poids * (2 * total[p.code] + 1), p.code))
            total[suivante.code] += 1
        inegal = sum(p.poids * total[p.code] ** 2 for p in self.personnes)
        return self._borne(Valeur(nombre, inegal, 0))

    def a_defaut(self) -> Reponse:
        """Out of time: each work to the least loaded, those with few choices first; with a gap."""
        attribution: dict[str, str] = {}
        total = {p.code: p.charge for p in self.personnes}
        for t in sorted(self.travaux, key=lambda t: (len(self.possibles[t.code]), t.code)):
            ouvertes = [
                self.enonce.par_code[c] for c in self.possibles[t.code] if self._libre(c, total)
            ]
            if not ouvertes:
                continue
            choisie = min(
                ouvertes,
                key=lambda p: (p.poids * (2 * total[p.code] + 1), -_points(t, p.code), p.code),
            )
            attribution[t.code] = choisie.code
            total[choisie.code] += 1
        propre = dict(sorted(attribution.items()))
        return Reponse(propre, valeur(self.enonce, propre), self._borne_large())

    def _libre(self, code: str, total: dict[str, int]) -> bool:
        plafond = self.enonce.par_code[code].plafond
        return plafond is None or total[code] < plafond


def _points(t: Travail, code: str) -> int:
    return t.affinites.get(code, (0, ""))[0]


def _places(poids: int, charge: int, limite: int, prix: int) -> tuple[int, int]:
    """(places taken in every best answer, places that some of them take).

    A place costs ``poids × (2 load − 1)``: below the price it is taken, at the price it may be.
    """
    sous = _combien(poids, charge, prix - 1, limite)
    return sous, _combien(poids, charge, prix, limite) - sous


def _combien(poids: int, charge: int, prix: int, limite: int) -> int:
    """How many places cost at most ``prix``."""
    if prix < poids:
        return 0
    return max(0, min(limite, (prix // poids + 1) // 2 - charge))


def _resoudre(flux: _Flux, besoins: list[int], fin: float) -> _Solution | None:
    """Minimise; None when the time is over before the best is known."""
    reste = fin - time.monotonic()
    if reste <= 0:
        return None
    if not flux.couts:
        return _Solution([], [0] * flux.lignes, 0)
    solveur = import_module("highspy")
    h = _preparer(solveur, flux, besoins, reste)
    h.run()
    if h.getModelStatus() != solveur.HighsModelStatus.kOptimal:
        return None
    trouvee = h.getSolution()
    valeurs = [round(x) for x in trouvee.col_value]
    prix = [round(x) for x in trouvee.row_dual]
    return _Solution(valeurs, prix, _controler(flux, besoins, valeurs, prix))


def _controler(flux: _Flux, besoins: list[int], valeurs: list[int], prix: list[int]) -> int:
    """Cost above the dual bound, all in integers (0: proven best). Raises ArithmeticError."""
    bilan = [0] * flux.lignes
    cout = borne = 0
    for j, x in enumerate(valeurs):
        plus, moins = flux.plus[j], flux.moins[j]
        if not flux.bas[j] <= x <= flux.haut[j]:
            raise ArithmeticError("Le solveur sort des bornes.")
        reduit = flux.couts[j] - prix[plus]
        bilan[plus] += x
        if moins >= 0:
            bilan[moins] -= x
            reduit += prix[moins]
        cout += flux.couts[j] * x
        borne += reduit * (flux.bas[j] if reduit > 0 else flux.haut[j])
    if bilan != besoins:
        raise ArithmeticError("Le solveur perd des dossiers.")
    return cout - borne - sum(p * b for p, b in zip(prix, besoins, strict=True))


def _preparer(solveur: Any, flux: _Flux, besoins: list[int], secondes: float) -> Any:
    numpy = import_module("numpy")
    lp = solveur.HighsLp()
    n = len(flux.couts)
    lp.num_col_, lp.num_row_ = n, flux.lignes
    lp.col_cost_ = numpy.array(flux.couts, dtype=float)
    lp.col_lower_ = numpy.array(flux.bas, dtype=float)
    lp.col_upper_ = numpy.array(flux.haut, dtype=float)
    lp.row_lower_ = lp.row_upper_ = numpy.array(besoins, dtype=float)
    plus, moins = numpy.array(flux.plus), numpy.array(flux.moins)
    deux = moins >= 0
    debuts = numpy.concatenate(([0], numpy.cumsum(1 + deux)))
    index = numpy.empty(debuts[-1], dtype=numpy.int32)
    coefs = numpy.ones(debuts[-1])
    index[debuts[:-1]] = plus
    index[debuts[:-1][deux] + 1] = moins[deux]
    coefs[debuts[:-1][deux] + 1] = -1.0
    matrice = lp.a_matrix_
    matrice.format_ = solveur.MatrixFormat.kColwise
    matrice.start_, matrice.index_, matrice.value_ = debuts, index, coefs
    h = solveur.Highs()
    for nom, reglage in {
        "output_flag": False,
        "threads": 1,
        "random_seed": GRAINE,
        "time_limit": float(secondes),
        "solver": "simplex",
    }.items():
        h.setOptionValue(nom, reglage)
    h.passModel(lp)
    return h
