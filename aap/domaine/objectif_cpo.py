"""The 50 % objective: where an act stands, the rates of each stage, what is missing.

An act is counted once per exercice (a running CPO gives one act a year). Each one stands at one
stage; a stage adds up every act that is at least as far: what is in force, then what is signed,
then what is being prepared, then what is decided without an act yet. Source: circulaire du
29 septembre 2015 (objective), parcours.md §5. Amounts are in cents.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from math import ceil

from aap.domaine.cpo import OBJECTIF_CPO
from aap.domaine.montants import rapport


class Stade(IntEnum):
    """How far an act is, the furthest first; each one has its word for the address."""

    EN_VIGUEUR = 1
    SIGNE = 2
    PREPARE = 3
    PREVU = 4

    @property
    def code(self) -> str:
        return {1: "aujourdhui", 2: "signes", 3: "preparation", 4: "projection"}[self.value]

    @property
    def titre(self) -> str:
        return {
            1: "Aujourd’hui",
            2: "Signés",
            3: "Avec les actes en préparation",
            4: "Projection de l’année",
        }[self.value]

    @property
    def seul(self) -> str:
        """The state of one act of this stage."""
        return {
            1: "En vigueur",
            2: "Signé, à notifier",
            3: "En préparation",
            4: "Décidé, sans acte",
        }[self.value]

    @property
    def definition(self) -> str:
        return {
            1: "Actes signés et notifiés au porteur, dont l’exercice est ferme ou clos. Un acte "
            "échu compte toujours\u00a0; un acte résilié compte pour les exercices déjà payés.",
            2: "Les précédents, et les actes signés qui restent à notifier.",
            3: "Les précédents, les projets d’actes, les actes en cours de signature et les "
            "exercices prévisionnels des CPO signées, qui attendent leur acte de l’année.",
            4: "Les précédents, et les aides décidées sans acte encore\u00a0: décision publiée, "
            "aide votée ou notifiée. Une action demandée sur plusieurs ans y compte comme une "
            "CPO. L’exercice d’une CPO n’y est jamais compté deux fois.",
        }[self.value]


def stade_de(code: str, defaut: Stade = Stade.SIGNE) -> Stade:
    """The stage whose word is in the address, the signed acts otherwise."""
    return next((s for s in Stade if s.code == code), defaut)


@dataclass(frozen=True)
class Compte:
    """Acts and cents, those of a CPO and all those counted."""

    nombre_cpo: int = 0
    nombre: int = 0
    montant_cpo: int = 0
    montant: int = 0

    def plus(self, autre: Compte) -> Compte:
        return Compte(
            self.nombre_cpo + autre.nombre_cpo,
            self.nombre + autre.nombre,
            self.montant_cpo + autre.montant_cpo,
            self.montant + autre.montant,
        )

    @property
    def en_nombre(self) -> Fraction | None:
        return rapport(self.nombre_cpo, self.nombre)

    @property
    def en_euros(self) -> Fraction | None:
        return rapport(self.montant_cpo, self.montant)

    def manque_nombre(self, objectif: Fraction = OBJECTIF_CPO) -> int:
        """Acts already counted that should become CPO; 0 when the objective is reached."""
        return max(0, ceil(self.nombre * objectif) - self.nombre_cpo)

    def manque_euros(self, objectif: Fraction = OBJECTIF_CPO) -> int:
        """Cents already counted that should be granted by CPO; 0 when it is reached."""
        return max(0, ceil(self.montant * objectif) - self.montant_cpo)


def somme(comptes: Iterable[Compte]) -> Compte:
    """All of them together."""
    total = Compte()
    for c in comptes:
        total = total.plus(c)
    return total


@dataclass(frozen=True)
class Situation:
    """A stage and what is counted up to it."""

    stade: Stade
    compte: Compte


def situations(par_stade: dict[Stade, Compte]) -> list[Situation]:
    """The four readings of a year, each one adding to the one before."""
    return [Situation(s, somme(par_stade.get(x, Compte()) for x in Stade if x <= s)) for s in Stade]
