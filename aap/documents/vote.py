"""A vote of the committee, told in the minutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aap.domaine.scrutin import Issue, ModeScrutin, Voix
from aap.domaine.texte import accorder, enumerer


def raconter_vote(fait: Mapping[str, Any], membres: Mapping[str, str]) -> str:
    """The sentences of a vote, from the facts of the minutes; ``membres``: id -> name."""
    mode = ModeScrutin(fait["mode"])
    voix: dict[str, str] = fait["voix"]
    electeurs = [str(i) for i in fait["electeurs"]]
    phrases = [
        f"Vote {_mots(mode)}, «\u00a0{fait['question']}\u00a0»\u00a0: {fait['pour']} pour, "
        f"{fait['contre']} contre, {accorder(fait['abstention'], 'abstention')}, pour "
        f"{accorder(len(electeurs), 'membre')} appelés à voter. {Issue(fait['issue']).libelle}."
    ]
    if mode is ModeScrutin.NOMINATIF:
        phrases += [
            f"{v.libelle}\u00a0: {_noms(siens, membres)}."
            for v in Voix
            if (siens := [i for i in electeurs if voix.get(i) == v.value])
        ]
    if mode is not ModeScrutin.MAIN_LEVEE and (absents := [i for i in electeurs if i not in voix]):
        phrases.append(f"Pas de vote\u00a0: {_noms(absents, membres)}.")
    if fait["president"] and fait["pour"] == fait["contre"] and fait["pour"]:
        qui = membres.get(str(fait["president"]), "")
        phrases.append(f"À égalité, la voix de la présidence ({qui}) départage.")
    return " ".join(phrases)


def _mots(mode: ModeScrutin) -> str:
    libelle = mode.libelle
    return libelle[0].lower() + libelle[1:]


def _noms(ids: list[str], membres: Mapping[str, str]) -> str:
    return enumerer([membres.get(i, f"membre n° {i}") for i in ids])
