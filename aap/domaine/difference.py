"""What changed between two versions of a dossier, in words (pure; no database).

A version is a flat list of ``Element``; two versions are compared element by element, then word
by word inside a text. Every piece says whether it is kept, added or removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

MOTS = re.compile(r"\s+|\S+")
# Beyond this many words the whole text is shown removed, then added (cost of the comparison).
MOTS_MAX = 4000
# Unchanged words between two changes that are read as one change.
PONT = 3


class Sorte(StrEnum):
    GARDE = "garde"
    AJOUTE = "ajoute"
    SUPPRIME = "supprime"

    @property
    def mot(self) -> str:
        return {"garde": "", "ajoute": "ajouté", "supprime": "supprimé"}[self.value]


@dataclass(frozen=True)
class Element:
    """One thing said in a version: ``cle`` is stable, ``rubrique`` and ``titre`` are shown."""

    cle: tuple[str, ...]
    rubrique: str
    titre: str
    texte: str


@dataclass(frozen=True)
class Morceau:
    sorte: Sorte
    texte: str


@dataclass(frozen=True)
class Changement:
    """An element added, removed or rewritten; ``morceaux`` in reading order."""

    rubrique: str
    titre: str
    nature: str
    morceaux: tuple[Morceau, ...]


def comparer(avant: Iterable[Element], apres: Iterable[Element]) -> list[Changement]:
    """The changes from ``avant`` to ``apres``, in the order of ``apres``, removals last."""
    vieux = {e.cle: e for e in avant}
    neufs = {e.cle: e for e in apres}
    changements = []
    for cle, e in neufs.items():
        ancien = vieux.get(cle)
        if ancien is None:
            morceaux: tuple[Morceau, ...] = (Morceau(Sorte.AJOUTE, e.texte),)
            changements.append(Changement(e.rubrique, e.titre, "ajouté", morceaux))
        elif ancien.texte != e.texte:
            morceaux = tuple(mots_changes(ancien.texte, e.texte))
            changements.append(Changement(e.rubrique, e.titre, "modifié", morceaux))
    retires = [e for cle, e in vieux.items() if cle not in neufs]
    changements += [
        Changement(e.rubrique, e.titre, "supprimé", (Morceau(Sorte.SUPPRIME, e.texte),))
        for e in retires
    ]
    rangs = {r: i for i, r in enumerate(dict.fromkeys(e.rubrique for e in neufs.values()))}
    return sorted(changements, key=lambda c: rangs.get(c.rubrique, len(rangs)))


def mots_changes(avant: str, apres: str) -> list[Morceau]:
    """The two texts as one, word by word; neighbouring changes are joined."""
    a, b = MOTS.findall(avant), MOTS.findall(apres)
    if len(a) > MOTS_MAX or len(b) > MOTS_MAX or not (a and b):
        return _remplace(a, b)
    morceaux: list[Morceau] = []
    for debut_a, fin_a, debut_b, fin_b, egal in _blocs(a, b):
        if egal:
            morceaux.append(Morceau(Sorte.GARDE, "".join(b[debut_b:fin_b])))
        else:
            morceaux += _remplace(a[debut_a:fin_a], b[debut_b:fin_b])
    return morceaux


def _remplace(a: Sequence[str], b: Sequence[str]) -> list[Morceau]:
    paires = ((Sorte.SUPPRIME, "".join(a)), (Sorte.AJOUTE, "".join(b)))
    return [Morceau(sorte, texte) for sorte, texte in paires if texte]


def _blocs(a: list[str], b: list[str]) -> list[tuple[int, int, int, int, bool]]:
    """Runs of equal or changed words; a short equal run between two changes joins them."""
    codes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    blocs: list[tuple[int, int, int, int, bool]] = []
    for rang, (code, i1, i2, j1, j2) in enumerate(codes):
        bord = rang in (0, len(codes) - 1)
        egal = code == "equal" and (bord or sum(not x.isspace() for x in a[i1:i2]) >= PONT)
        if blocs and not egal and not blocs[-1][4]:
            blocs[-1] = (blocs[-1][0], i2, blocs[-1][2], j2, False)
        else:
            blocs.append((i1, i2, j1, j2, egal))
    return blocs
