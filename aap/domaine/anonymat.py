"""Reading without the name: words that tell who asks are replaced in what the porteur wrote.

A help against habit, not a secret: a street, a partner or a style may still tell (the page says
it). Accents, case, spaces and punctuation do not matter, except for an acronym, which must be
written as it is registered (« ASE » is not « ase »).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aap.domaine.texte import normaliser

MARQUE = "[nom masqué]"
_MOT = re.compile(r"[^\W_]+")
_GENERIQUES = {"association", "asso", "fondation", "collectif", "societe", "l", "d", "de", "la"}
_LETTRES_MIN = 3
_CHIFFRES_MIN = 9


@dataclass(frozen=True)
class Signes:
    """What names an organisme: ``noms`` (it and its people), ``sigles``, ``numeros`` (digits)."""

    noms: tuple[str, ...] = ()
    sigles: tuple[str, ...] = ()
    numeros: tuple[str, ...] = ()


def masquer(texte: str, signes: Signes) -> str:
    """``texte`` with every sign replaced by ``MARQUE``; the rest is unchanged."""
    mots = list(_MOT.finditer(texte))
    plats = [normaliser(m.group()) for m in mots]
    zones = [*_noms(mots, plats, signes.noms), *_sigles(mots, signes.sigles)]
    for numero in signes.numeros:
        zones += _chiffres(texte, numero)
    return _remplacer(texte, zones)


Zone = tuple[int, int]


def _noms(mots: Sequence[re.Match[str]], plats: Sequence[str], noms: Iterable[str]) -> list[Zone]:
    zones = []
    for suite in {tuple(x) for nom in noms for x in _formes(nom)}:
        n = len(suite)
        zones += [
            (mots[i].start(), mots[i + n - 1].end())
            for i in range(len(plats) - n + 1)
            if tuple(plats[i : i + n]) == suite
        ]
    return zones


def _formes(nom: str) -> list[list[str]]:
    """The whole name, and the name without « Association », when enough is left to tell it."""
    entier = [m for mot in _MOT.findall(nom) for m in normaliser(mot).split()]
    court = list(entier)
    while court and court[0] in _GENERIQUES:
        court = court[1:]
    return [x for x in (entier, court) if sum(map(len, x)) > _LETTRES_MIN]


def _sigles(mots: Sequence[re.Match[str]], sigles: Iterable[str]) -> list[Zone]:
    connus = {s for s in sigles if len(s) >= _LETTRES_MIN}
    return [(m.start(), m.end()) for m in mots if m.group() in connus]


def _chiffres(texte: str, numero: str) -> list[Zone]:
    """A SIRET or a telephone, however its digits are spaced."""
    chiffres = [c for c in numero if c.isdigit()]
    if len(chiffres) < _CHIFFRES_MIN:
        return []
    motif = r"[\s.\u00a0\u202f-]*".join(chiffres)
    return [m.span() for m in re.finditer(rf"(?<!\d){motif}(?!\d)", texte)]


def _remplacer(texte: str, zones: Iterable[Zone]) -> str:
    morceaux, fin = [], 0
    for debut, apres in sorted(zones, key=lambda z: (z[0], -z[1])):
        if debut >= fin:
            morceaux += [texte[fin:debut], MARQUE]
        fin = max(fin, apres)
    return "".join([*morceaux, texte[fin:]])
