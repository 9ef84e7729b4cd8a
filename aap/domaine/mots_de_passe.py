"""What a password must be: long, not guessable by habit, not made of its owner's name.

Length rather than mixtures of signs, and refusal of frequent choices: recommendation of the
CNIL (deliberation 2022-100) and NIST SP 800-63B §5.1.1.2.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from aap.domaine.texte import sans_accents

LONGUEUR_MIN = 12
LONGUEUR_MAX = 128
DISTINCTS_MIN = 5
_FICHIER = Path(__file__).parent / "donnees" / "mots_de_passe_courants.txt"
_SOSIES = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a"})
_SOSIES[ord("$")] = "s"
_RANGEES = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
    "aqwzsxedcrfvtgbyhnujik",
    "qazwsxedcrfvtgbyhnujmik",
)
TROP_COURANT = (
    "Ce mot de passe est trop facile à deviner. Choisissez plutôt plusieurs mots sans rapport "
    "entre eux."
)


def normaliser_mot_de_passe(texte: str) -> str:
    """NFKC: the same password typed on another keyboard gives the same bytes."""
    return unicodedata.normalize("NFKC", texte)


@cache
def mots_courants() -> frozenset[str]:
    """The words of the data file."""
    lignes = _FICHIER.read_text(encoding="utf-8").splitlines()
    return frozenset(mot for ligne in lignes if not ligne.startswith("#") for mot in ligne.split())


def _plat(texte: str) -> str:
    return sans_accents(texte).casefold()


def _lettres(texte: str) -> str:
    return re.sub(r"[^a-z]", "", texte)


def _repete(texte: str) -> bool:
    """« abcabcabcabc »: one short piece, again and again."""
    return any(
        texte == (texte[:n] * (len(texte) // n + 1))[: len(texte)]
        for n in range(1, len(texte) // 2 + 1)
    )


def _suite(texte: str) -> bool:
    """A walk along the keyboard, the alphabet or the digits, in either direction."""
    brut = re.sub(r"[^a-z0-9]", "", texte)
    couverts = 0
    i = 0
    while i < len(brut):
        longueur = _longueur_suite(brut[i:])
        couverts += longueur if longueur >= 4 else 0
        i += max(longueur, 1)
    return bool(brut) and couverts >= len(brut) - 3


def _longueur_suite(texte: str) -> int:
    """Length of the longest walk that ``texte`` begins with."""
    rangees = (*_RANGEES, *(r[::-1] for r in _RANGEES))
    for n in range(len(texte), 1, -1):
        if any(texte[:n] in rangee for rangee in rangees):
            return n
    return 1


def _fait_de_mots(lettres: str, reste: int = 2) -> bool:
    """Is it at most two frequent words put together?"""
    if not lettres:
        return True
    if reste == 0:
        return False
    return any(
        lettres[:n] in mots_courants() and _fait_de_mots(lettres[n:], reste - 1)
        for n in range(len(lettres), 1, -1)
    )


def courant(mot_de_passe: str) -> bool:
    """Would it be among the first tries of somebody who guesses?"""
    plat = _plat(mot_de_passe)
    if len(set(plat)) < DISTINCTS_MIN or _repete(plat) or _suite(plat):
        return True
    bord = re.sub(r"^[^a-z]+|[^a-z]+$", "", plat)
    formes = {_lettres(plat), _lettres(bord.translate(_SOSIES)), _lettres(plat.translate(_SOSIES))}
    return plat.isdigit() or any(forme and _fait_de_mots(forme) for forme in formes)


def _contient(plat: str, identite: Iterable[str]) -> bool:
    """Does it hold a piece (4 letters or more) of the address or of the name?"""
    for morceau in identite:
        for mot in re.split(r"[^a-z0-9]+", _plat(morceau.partition("@")[0])):
            if len(mot) >= 4 and mot in plat:
                return True
    return False


def refus_mot_de_passe(mot_de_passe: str, identite: Iterable[str] = ()) -> str:
    """Why it is refused, in a French sentence; "" when it is accepted.

    ``identite``: e-mail address and names of the person.
    """
    texte = normaliser_mot_de_passe(mot_de_passe)
    if len(texte) < LONGUEUR_MIN:
        return f"Choisissez un mot de passe d’au moins {LONGUEUR_MIN} caractères."
    if len(texte) > LONGUEUR_MAX:
        return f"Ce mot de passe dépasse {LONGUEUR_MAX} caractères."
    if courant(texte):
        return TROP_COURANT
    if _contient(_plat(texte), identite):
        return "Votre mot de passe ne doit contenir ni votre nom ni votre adresse."
    return ""
