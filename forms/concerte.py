"""A form over settings without a version: two people who write at once lose nothing.

The page carries a print of each value it showed. When the form comes back, a field that its
author left alone takes what somebody else has saved meanwhile; a field that both have changed is
refused, beside what is saved, and the answer stays on the page. Sent again, it wins.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from wtforms import Field, FileField, HiddenField

from aap.domaine.texte import typo
from forms.base import Formulaire

_EMPREINTE = re.compile(r"([\w-]{1,100}):([0-9a-f]{8})")
EXTRAIT = 120  # characters of the saved text that the refusal quotes


def _texte(valeur: Any) -> str:
    """A value whatever its type: an empty answer is one, 7 and « 7 » are the same."""
    if valeur is None or valeur is False:
        return ""
    if isinstance(valeur, list | tuple | set | frozenset):
        return "\n".join(sorted(str(v) for v in valeur))
    return str(valeur).replace("\r\n", "\n")


def _empreinte(valeur: Any) -> str:
    return sha256(_texte(valeur).encode("utf-8", "replace")).hexdigest()[:8]


def _montre(champ: Field) -> str:
    """What is saved, as the page would show it."""
    valeur = champ.object_data
    if _texte(valeur) == "":
        return "rien"
    choix = getattr(champ, "choices", None)
    if choix:
        voulus = _texte(valeur).split("\n")
        return ", ".join(str(c.label) for c in choix if str(c.value) in voulus) or "rien"
    if hasattr(champ, "ecrire"):
        return str(champ.ecrire(valeur))
    if valeur is True:
        return "oui"
    texte = " ".join(_texte(valeur).split())
    return texte if len(texte) <= EXTRAIT else f"{texte[:EXTRAIT]}…"


class FormulaireConcerte(Formulaire):
    """Root of the forms that are reconciled so. A page without prints is taken as it is."""

    vus = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lus = dict(_EMPREINTE.findall(str(self.vus.data or "")))
        if not self.is_submitted():
            self._lus = {c.name: _empreinte(c.object_data) for c in self._concertes()}
            self._ecrire_vus()

    def _concertes(self) -> list[Field]:
        return [c for c in self if not isinstance(c, HiddenField | FileField)]

    def _ecrire_vus(self) -> None:
        """The prints that the page carries: kept from one sending to the next, but the settled."""
        self.vus.data = ",".join(f"{nom}:{lu}" for nom, lu in self._lus.items())

    def validate(self, extra_validators: Any = None) -> bool:
        juste = bool(super().validate(extra_validators))
        conflits = [c for c in self._concertes() if self._concilier(c)]
        self._lus |= {c.name: _empreinte(c.object_data) for c in conflits}
        self._ecrire_vus()
        return juste and not conflits

    def _concilier(self, champ: Field) -> bool:
        """Take what was saved meanwhile, or (True) say that both have changed this answer."""
        lu, actuel = self._lus.get(champ.name), _empreinte(champ.object_data)
        envoye = _empreinte(champ.data)
        if lu is None or actuel in (lu, envoye) or champ.errors:
            return False
        if envoye == lu:
            champ.data, champ.raw_data = champ.object_data, None
            return False
        debut = typo("Quelqu’un a enregistré entre-temps : ")
        fin = typo(". Votre réponse est gardée ici ; envoyez de nouveau pour la mettre à la place.")
        champ.errors = (*champ.errors, f"{debut}{_montre(champ)}{fin}")
        return True
