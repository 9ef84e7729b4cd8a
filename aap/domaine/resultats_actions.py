"""Results of the actions that add up, with the quality of what is added (issue 6 §7).

One ``Fait`` per bilan. A bilan is controlled (accepted), declared (handed in, not accepted yet)
or missing. People of an action spread over several quartiers are split by the shares of its
public (largest remainder, so the parts sum exactly to the action); an action that serves several
objectifs or funders counts wholly in each, and the total counts it once. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from aap.domaine.montants import rapport, repartir

NOMBRE = re.compile(r"\d{1,12}([.,]\d{1,3})?", re.ASCII)
# A rate is not added to another one, even typed without its sign.
TAUX = re.compile(r"(taux|part|pourcentage|proportion)\b", re.IGNORECASE)
ESPACES = re.compile(r"[\s\u00a0\u202f]")


class Qualite(StrEnum):
    CONTROLEE = "controlee"
    DECLAREE = "declaree"
    MANQUANTE = "manquante"

    @property
    def libelle(self) -> str:
        return {
            "controlee": "Contrôlé",
            "declaree": "Déclaré, pas encore contrôlé",
            "manquante": "Manquant",
        }[self.value]


@dataclass(frozen=True)
class Part:
    """A group to which an action belongs; ``poids`` splits people when ``partage`` is asked."""

    cle: str
    libelle: str
    poids: int = 1


@dataclass(frozen=True)
class Fait:
    """What one bilan says; None: not said. ``prevus``: people planned in the deposited dossier."""

    qualite: Qualite
    prevus: int | None
    reels: int | None
    femmes: int | None
    qpv: int | None
    parts: tuple[Part, ...]


@dataclass
class Groupe:
    """Sums of one group. ``sans_*``: bilans handed in that do not give the figure."""

    libelle: str
    bilans: dict[Qualite, int] = field(default_factory=lambda: dict.fromkeys(Qualite, 0))
    prevus: int = 0
    controles: int = 0
    declares: int = 0
    femmes: int = 0
    qpv: int = 0
    sans_reels: int = 0
    sans_femmes: int = 0
    sans_qpv: int = 0

    @property
    def actions(self) -> int:
        return sum(self.bilans.values())

    @property
    def reels(self) -> int:
        return self.controles + self.declares

    @property
    def rendus(self) -> Fraction | None:
        """Bilans handed in over bilans expected."""
        return rapport(self.actions - self.bilans[Qualite.MANQUANTE], self.actions)

    def ajouter(self, fait: Fait, nombres: dict[str, int]) -> None:
        """Add an action, or its share: ``nombres`` holds its people in this group."""
        self.bilans[fait.qualite] += 1
        self.prevus += nombres["prevus"]
        if fait.qualite is Qualite.MANQUANTE:
            return
        if fait.qualite is Qualite.CONTROLEE:
            self.controles += nombres["reels"]
        else:
            self.declares += nombres["reels"]
        self.femmes += nombres["femmes"]
        self.qpv += nombres["qpv"]
        self.sans_reels += fait.reels is None
        self.sans_femmes += fait.femmes is None
        self.sans_qpv += fait.qpv is None


CHAMPS = ("prevus", "reels", "femmes", "qpv")
SANS_PART = Part("", "Non précisé")


def additionner(faits: Iterable[Fait], *, partage: bool) -> tuple[list[Groupe], Groupe]:
    """(groups by label, total counted once). ``partage``: people are split between the parts."""
    groupes: dict[str, Groupe] = {}
    total = Groupe("Total, chaque action comptée une fois")
    for fait in faits:
        entiers = {c: getattr(fait, c) or 0 for c in CHAMPS}
        total.ajouter(fait, entiers)
        parts = fait.parts or (SANS_PART,)
        morceaux = {c: _morceaux(n, parts, partage) for c, n in entiers.items()}
        for rang, part in enumerate(parts):
            groupe = groupes.setdefault(part.cle, Groupe(part.libelle))
            groupe.ajouter(fait, {c: morceaux[c][rang] for c in CHAMPS})
    return sorted(groupes.values(), key=lambda g: g.libelle), total


def _morceaux(nombre: int, parts: Sequence[Part], partage: bool) -> list[int]:
    if not partage:
        return [nombre] * len(parts)
    poids = [p.poids for p in parts]
    return repartir(nombre, poids if any(poids) else [1] * len(parts))


@dataclass(frozen=True)
class Mesure:
    """A value typed for an indicator of a fiche; « » when nothing is."""

    indicateur: str
    qualite: Qualite
    valeur: str


@dataclass
class SommeIndicateur:
    """``total``: sum of the plain numbers; percentages and sentences are counted, never added."""

    libelle: str
    total: Fraction = Fraction(0)
    controlees: int = 0
    declarees: int = 0
    non_chiffrees: int = 0
    manquantes: int = 0


def lire_valeur(valeur: str) -> Fraction | None:
    """A plain number (« 1 250 », « 12,5 »), or None: « 80 % » and words do not add up."""
    compact = ESPACES.sub("", valeur)
    return Fraction(compact.replace(",", ".")) if NOMBRE.fullmatch(compact) else None


def additionner_indicateurs(mesures: Iterable[Mesure]) -> list[SommeIndicateur]:
    """One line per indicator, by label."""
    sommes: dict[str, SommeIndicateur] = {}
    for m in mesures:
        somme = sommes.setdefault(m.indicateur, SommeIndicateur(m.indicateur))
        lue = None if TAUX.match(m.indicateur) else lire_valeur(m.valeur)
        if m.qualite is Qualite.MANQUANTE or not m.valeur.strip():
            somme.manquantes += 1
        elif lue is None:
            somme.non_chiffrees += 1
        else:
            somme.total += lue
            somme.controlees += m.qualite is Qualite.CONTROLEE
            somme.declarees += m.qualite is Qualite.DECLAREE
    return sorted(sommes.values(), key=lambda s: s.libelle)
