"""Allocation of a campaign as data: what is asked, what may pay, what must hold (parcours.md §6).

Amounts are integer cents. Every rule becomes one or several ``Contrainte``: a linear inequality
over the amounts (one variable per line and per enveloppe that may pay it) and over « this
dossier is funded » (0 or 1). The solver (``proposition_calcul``), the check of an answer, the
explanations and the simple sharing rules (``partages``) all read these same inequalities, so
that what is explained is what was computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

PAS = 10_000
"""Amounts are proposed by whole hundreds of euros."""

Cle: TypeAlias = tuple[str, ...]
"""A variable: ``("x", line, enveloppe)`` in cents, or ``("z", dossier)`` 0 or 1."""

Montants: TypeAlias = dict[str, tuple[str, int]]
"""An answer: line -> (enveloppe, cents). A line that receives nothing is absent."""


@dataclass(frozen=True)
class Caisse:
    """An enveloppe: ``disponible`` cents left once its children and what is decided are out."""

    code: str
    libelle: str
    disponible: int


@dataclass(frozen=True)
class Possible:
    """An enveloppe that may pay a line, and what it accepts to pay (cents); ``limite`` says in
    words what makes ``maximum`` lower than the request."""

    caisse: str
    maximum: int
    minimum: int = 0
    limite: str = ""


@dataclass(frozen=True)
class Verrou:
    """An amount that the calculation may not change. ``libelle`` says who wants it."""

    caisse: str
    montant: int
    libelle: str


@dataclass(frozen=True)
class Ligne:
    """What one funder is asked on one dossier."""

    code: str
    dossier: str
    demande: int
    possibles: tuple[Possible, ...] = ()
    verrou: Verrou | None = None


@dataclass(frozen=True)
class Candidat:
    """A dossier: ``points`` (integer, exact; only ratios count), ``besoin`` is the amount on
    which the smallest viable share is taken, ``plafond`` the most that its lines may add up to
    (rate of public money), ``rang`` its place in the ranking (1 is best)."""

    code: str
    points: int
    rang: int
    besoin: int
    plafond: int | None = None


@dataclass(frozen=True)
class Borne:
    """At least, at most so many cents on some lines (an orientation, a commune, the poches…)."""

    code: str
    libelle: str
    lignes: frozenset[str]
    minimum: int | None = None
    maximum: int | None = None
    caisses: frozenset[str] | None = None


@dataclass(frozen=True)
class Part:
    """Some dossiers make at least ``pour_mille`` of the whole, in number or in money."""

    code: str
    libelle: str
    dossiers: frozenset[str]
    pour_mille: int
    en_nombre: bool = False


@dataclass(frozen=True)
class Contrainte:
    """``bas <= sum(coefficient x variable) <= haut``, all integers, amounts in cents.

    ``regle`` is the code of the rule that people read (several constraints may share one).
    """

    regle: str
    libelle: str
    termes: Mapping[Cle, int]
    bas: int | None = None
    haut: int | None = None

    def valeur(self, solution: Mapping[Cle, int]) -> int:
        """Left-hand side for a solution; absent variables count for zero."""
        return sum(coef * solution.get(cle, 0) for cle, coef in self.termes.items())

    def tient(self, solution: Mapping[Cle, int]) -> bool:
        """Does the inequality hold?"""
        v = self.valeur(solution)
        return (self.bas is None or v >= self.bas) and (self.haut is None or v <= self.haut)


@dataclass(frozen=True)
class Enonce:
    """The whole question. ``part_minimale`` (per mille): a dossier receives at least this share
    of its ``besoin``, or nothing (rounded to the step, never above what its lines allow)."""

    caisses: tuple[Caisse, ...]
    candidats: tuple[Candidat, ...]
    lignes: tuple[Ligne, ...]
    bornes: tuple[Borne, ...] = ()
    parts: tuple[Part, ...] = ()
    part_minimale: int = 0
    levees: frozenset[str] = field(default_factory=frozenset)
    """Codes of rules left out, to see what changes without them."""

    @cached_property
    def lignes_de(self) -> dict[str, tuple[Ligne, ...]]:
        """Dossier -> its lines."""
        par_dossier: dict[str, list[Ligne]] = {c.code: [] for c in self.candidats}
        for ligne in self.lignes:
            par_dossier[ligne.dossier].append(ligne)
        return {d: tuple(v) for d, v in par_dossier.items()}

    @cached_property
    def par_ligne(self) -> dict[str, Ligne]:
        """Code -> line."""
        return {ligne.code: ligne for ligne in self.lignes}

    @cached_property
    def par_caisse(self) -> dict[str, Caisse]:
        """Code -> enveloppe."""
        return {c.code: c for c in self.caisses}

    @cached_property
    def par_candidat(self) -> dict[str, Candidat]:
        """Code -> dossier."""
        return {c.code: c for c in self.candidats}

    def verrou(self, ligne: Ligne) -> Verrou | None:
        """The lock of a line, unless this rule has been left out."""
        return None if code_verrou(ligne) in self.levees else ligne.verrou

    def domaine(self, ligne: Ligne) -> tuple[Possible, ...]:
        """Where the line may draw, each with its bounds by whole steps; locks excepted."""
        verrou = self.verrou(ligne)
        if verrou is not None:
            return (Possible(verrou.caisse, verrou.montant, verrou.montant),)
        return tuple(
            Possible(p.caisse, haut, bas, p.limite)
            for p in ligne.possibles
            if (haut := arrondi_bas(min(p.maximum, ligne.demande))) > 0
            and (bas := arrondi_haut(p.minimum)) <= haut
        )

    @cached_property
    def contraintes(self) -> tuple[Contrainte, ...]:
        """Every rule that holds, as inequalities."""
        toutes = [
            *self._caisses(),
            *self._plafonds(),
            *self._parts_minimales(),
            *(self._borne(b) for b in self.bornes),
            *(self._part(p) for p in self.parts),
        ]
        return tuple(c for c in toutes if c.regle not in self.levees and c.termes)

    @cached_property
    def par_variable(self) -> dict[Cle, tuple[Contrainte, ...]]:
        """Variable -> the constraints that hold it."""
        trouvees: dict[Cle, list[Contrainte]] = {}
        for contrainte in self.contraintes:
            for cle in contrainte.termes:
                trouvees.setdefault(cle, []).append(contrainte)
        return {cle: tuple(v) for cle, v in trouvees.items()}

    def _variables(
        self, lignes: Iterable[Ligne], caisses: frozenset[str] | None = None
    ) -> set[Cle]:
        return {
            ("x", ligne.code, p.caisse)
            for ligne in lignes
            for p in self.domaine(ligne)
            if caisses is None or p.caisse in caisses
        }

    def _caisses(self) -> Iterable[Contrainte]:
        termes: dict[str, dict[Cle, int]] = {c.code: {} for c in self.caisses}
        for ligne in self.lignes:
            for p in self.domaine(ligne):
                termes[p.caisse]["x", ligne.code, p.caisse] = 1
        for c in self.caisses:
            libelle = f"Enveloppe « {c.libelle} »"
            yield Contrainte(code_caisse(c.code), libelle, termes[c.code], haut=c.disponible)

    def _plafonds(self) -> Iterable[Contrainte]:
        for c in self.candidats:
            if c.plafond is not None:
                termes = dict.fromkeys(self._variables(self.lignes_de[c.code]), 1)
                libelle = "Part d’argent public dans le budget de l’action"
                yield Contrainte(f"plafond:{c.code}", libelle, termes, haut=c.plafond)

    def _parts_minimales(self) -> Iterable[Contrainte]:
        """sum of lines - need x z >= 0: nothing, or a viable share."""
        for c in self.candidats:
            lignes = self.lignes_de[c.code]
            if not self.part_minimale or any(self.verrou(ligne) for ligne in lignes):
                continue
            possible = sum(max((p.maximum for p in self.domaine(v)), default=0) for v in lignes)
            besoin = min(self.seuil(c), arrondi_bas(sum(v.demande for v in lignes)))
            termes = dict.fromkeys(self._variables(lignes), 1)
            if possible:
                termes["z", c.code] = -besoin
            yield Contrainte(REGLE_PART_MINIMALE, LIBELLE_PART_MINIMALE, termes, bas=0)

    def seuil(self, candidat: Candidat) -> int:
        """The least that this dossier may receive, if it receives something (cents)."""
        return arrondi_haut(-(-candidat.besoin * self.part_minimale // 1000))

    def _borne(self, b: Borne) -> Contrainte:
        lignes = (ligne for ligne in self.lignes if ligne.code in b.lignes)
        termes = dict.fromkeys(self._variables(lignes, b.caisses), 1)
        if b.minimum and not termes:
            # Nothing can reach this floor: keep the inequality, it tells that it cannot hold.
            termes = {("x", "", ""): 0}
        return Contrainte(b.code, b.libelle, termes, b.minimum, b.maximum)

    def _part(self, p: Part) -> Contrainte:
        """(1000 - share) x inside - share x outside >= 0."""
        dedans, dehors = 1000 - p.pour_mille, -p.pour_mille
        termes: dict[Cle, int] = {}
        for c in self.candidats:
            coef = dedans if c.code in p.dossiers else dehors
            lignes = self.lignes_de[c.code]
            cles = self._variables(lignes)
            if cles and coef:
                termes |= {("z", c.code): coef} if p.en_nombre else dict.fromkeys(cles, coef)
        return Contrainte(p.code, p.libelle, termes, bas=0)


REGLE_PART_MINIMALE = "part-minimale"
LIBELLE_PART_MINIMALE = "Part minimale de la demande pour que l’action soit viable"


def code_caisse(code: str) -> str:
    """Rule code of an enveloppe."""
    return f"enveloppe:{code}"


def code_verrou(ligne: Ligne) -> str:
    """Rule code of the lock of a line."""
    return f"verrou:{ligne.code}"


def arrondi_bas(montant: int) -> int:
    """Whole steps below an amount (cents)."""
    return montant // PAS * PAS


def arrondi_haut(montant: int) -> int:
    """Whole steps above an amount (cents)."""
    return -(-montant // PAS) * PAS


def solution_de(enonce: Enonce, montants: Montants) -> dict[Cle, int]:
    """The variables of an answer: amounts, and 1 for each dossier that receives something."""
    solution: dict[Cle, int] = {}
    for code, (caisse, montant) in montants.items():
        if montant:
            solution["x", code, caisse] = montant
            solution["z", enonce.par_ligne[code].dossier] = 1
    return solution


def valeur(enonce: Enonce, montants: Montants) -> int:
    """What is maximised: points x steps of money. A dossier without any point counts for one,
    so that money is not left aside."""
    return sum(
        max(1, enonce.par_candidat[enonce.par_ligne[code].dossier].points) * montant
        for code, (_, montant) in montants.items()
    )


def fautes(enonce: Enonce, montants: Montants) -> list[str]:
    """Codes of the rules that an answer breaks, bounds of the lines included; exact."""
    solution = solution_de(enonce, montants)
    rompues = [c.regle for c in enonce.contraintes if not c.tient(solution)]
    for ligne in enonce.lignes:
        caisse, montant = montants.get(ligne.code, ("", 0))
        domaine = {p.caisse: p for p in enonce.domaine(ligne)}
        verrou = enonce.verrou(ligne)
        if verrou is not None and montant != verrou.montant:
            rompues.append(code_verrou(ligne))
        elif montant and (
            caisse not in domaine
            or not domaine[caisse].minimum <= montant <= domaine[caisse].maximum
        ):
            rompues.append(f"ligne:{ligne.code}")
    return list(dict.fromkeys(rompues))
