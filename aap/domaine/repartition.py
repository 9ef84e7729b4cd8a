"""Sharing work out among people: plain data, the objective, and the words that explain an answer.

Three aims, in this order, each one settled before the next (stated on the screen):

1. as many pieces of work as possible are given to somebody;
2. loads are as even as possible: the sum over people of ``load² × weight`` is the smallest, where
   ``load`` counts what the person already has and ``weight = 10 000 // part`` grows when she works
   part time (the least squares of a fair division: Harvey et al., « Semi-matchings for bipartite
   graphs and load balancing », 2006);
3. the affinities (rules of the coordination, follow-up of the same action…) add up to the most.

Everything is an integer; the answer depends neither on the order of the data nor on a clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from aap.domaine.texte import enumerer

POIDS_PLEIN = 10_000
PART_PLEINE = 100


@dataclass(frozen=True)
class Travail:
    """One piece of work. ``permis``: codes of the people whose field it is.

    ``obligatoires``: those that a mandatory rule names. ``affinites``: person -> (points, reason
    « parce que … »), points being a positive integer.
    """

    code: str
    permis: frozenset[str]
    conflits: frozenset[str] = frozenset()
    obligatoires: frozenset[str] = frozenset()
    affinites: Mapping[str, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Personne:
    """``charge``: what she has already. ``plafond``: the most she may have in all (None: no limit).

    ``part``: percent of a full time. ``absente``: away, gets nothing.
    """

    code: str
    nom: str
    charge: int = 0
    plafond: int | None = None
    part: int = PART_PLEINE
    absente: bool = False

    @property
    def poids(self) -> int:
        return POIDS_PLEIN // max(1, self.part)

    @property
    def places(self) -> int | None:
        """How many more she may be given; None without limit."""
        return None if self.plafond is None else max(0, self.plafond - self.charge)


@dataclass(frozen=True)
class Enonce:
    """What is to be shared out, and among whom; codes are unique."""

    travaux: tuple[Travail, ...]
    personnes: tuple[Personne, ...]

    @cached_property
    def par_code(self) -> dict[str, Personne]:
        return {p.code: p for p in self.personnes}

    def candidats(self, t: Travail) -> frozenset[str]:
        """People who may be given it: allowed, present, without conflict; those of a mandatory
        rule only, while one of them is possible."""
        presents = {c for c in t.permis - t.conflits if not self.par_code[c].absente}
        return frozenset(presents & t.obligatoires or presents)


Attribution = Mapping[str, str]
"""Code of the work -> code of the person; what nobody gets is not in it."""


@dataclass(frozen=True)
class Valeur:
    """The three aims of an answer, to be compared in this order."""

    confies: int
    desequilibre: int
    affinite: int

    @property
    def rang(self) -> tuple[int, int, int]:
        """Greater is better."""
        return self.confies, -self.desequilibre, self.affinite


def charges(enonce: Enonce, attribution: Attribution) -> dict[str, int]:
    """Person -> load once the answer is applied."""
    nouveaux = Counter(attribution.values())
    return {p.code: p.charge + nouveaux[p.code] for p in enonce.personnes}


def valeur(enonce: Enonce, attribution: Attribution) -> Valeur:
    """What an answer is worth."""
    total = charges(enonce, attribution)
    return Valeur(
        confies=len(attribution),
        desequilibre=sum(p.poids * total[p.code] ** 2 for p in enonce.personnes),
        affinite=sum(
            t.affinites.get(attribution[t.code], (0, ""))[0]
            for t in enonce.travaux
            if t.code in attribution
        ),
    )


def fautes(enonce: Enonce, attribution: Attribution) -> list[str]:
    """Codes of the works given against a rule, and of the people over their limit."""
    mauvais = [
        t.code
        for t in enonce.travaux
        if t.code in attribution and attribution[t.code] not in enonce.candidats(t)
    ]
    nouveaux = Counter(attribution.values())
    return mauvais + [
        p.code for p in enonce.personnes if p.places is not None and nouveaux[p.code] > p.places
    ]


def expliquer(enonce: Enonce, attribution: Attribution) -> dict[str, str]:
    """Work -> one or two sentences in French: given to whom and why, or why to nobody."""
    total = charges(enonce, attribution)
    return {t.code: _expliquer(enonce, attribution, t, total) for t in enonce.travaux}


def _expliquer(
    enonce: Enonce, attribution: Attribution, t: Travail, total: Mapping[str, int]
) -> str:
    choisie = attribution.get(t.code)
    if choisie is None:
        return _personne(enonce, t)
    candidats = enonce.candidats(t)
    raisons = []
    if choisie in t.obligatoires:
        raisons.append("une règle obligatoire désigne cette personne")
    points, raison = t.affinites.get(choisie, (0, ""))
    if points and raison:
        raisons.append(raison)
    raisons.append(_charge(enonce, candidats, choisie, total))
    dites = "\u202f; ".join(raisons)
    phrase = f"Confié à {enonce.par_code[choisie].nom} parce que\u00a0: {dites}."
    return phrase + _ecartes(enonce, t, candidats)


def _charge(
    enonce: Enonce, candidats: frozenset[str], choisie: str, total: Mapping[str, int]
) -> str:
    if len(candidats) == 1:
        return "elle seule peut l’instruire"
    p = enonce.par_code[choisie]
    en_tout = _dossiers(total[choisie])
    part = f" pour un temps de {p.part}\u00a0%" if p.part < PART_PLEINE else ""
    moyenne = round(sum(total[c] for c in candidats) / len(candidats))
    return (
        f"les charges restent égales ainsi (elle aura {en_tout}{part}, la moyenne des "
        f"{len(candidats)} personnes possibles est de {moyenne})"
    )


def _ecartes(enonce: Enonce, t: Travail, candidats: frozenset[str]) -> str:
    """Who could have been chosen and was not, for a reason that must be known."""
    phrases = []
    deportes = sorted(enonce.par_code[c].nom for c in t.permis & t.conflits)
    absents = sorted(
        enonce.par_code[c].nom for c in t.permis - t.conflits if enonce.par_code[c].absente
    )
    if deportes:
        phrases.append(f" Déport de {enumerer(deportes)}.")
    if absents:
        phrases.append(f" Absence de {enumerer(absents)}.")
    if t.obligatoires and not candidats & t.obligatoires:
        phrases.append(" La personne désignée par la règle obligatoire ne peut pas l’instruire.")
    return "".join(phrases)


def _personne(enonce: Enonce, t: Travail) -> str:
    if not t.permis:
        return "Confié à personne\u00a0: ce dossier n’est dans le périmètre de personne."
    candidats = enonce.candidats(t)
    if candidats:
        noms = sorted(enonce.par_code[c].nom for c in candidats)
        qui = enumerer(noms) if len(noms) <= 3 else f"les {len(noms)} personnes possibles"
        return f"Confié à personne\u00a0: plafond atteint pour {qui}." + _ecartes(
            enonce, t, candidats
        )
    return "Confié à personne\u00a0: aucune personne possible." + _ecartes(enonce, t, candidats)


def _dossiers(nombre: int) -> str:
    return f"{nombre} dossier{'s' if nombre > 1 else ''}"
