"""The hidden sheet of a scenario's workbook: where the file comes from, and what it held then."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aap.tableur.classeur import ENTIER, TEXTE, Rangee
from aap.tableur.lecture import Feuille

DEPART = "Départ"
SIGNATURE = "aap-scenario-1"
ENTIER_MAX = 2**53


@dataclass(frozen=True)
class Depart:
    """What a file says of the scenario that it came from. ``montants``: line -> enveloppe, cents,
    motif as they were sent."""

    scenario_id: int
    campagne_id: int
    numero: int
    envoye_le: str
    montants: Mapping[int, tuple[int, int, str]]

    def sceau(self, cle: bytes) -> str:
        """Proof that this house wrote these amounts."""
        lignes = (
            f"{ligne}:{e}:{m}:{motif}" for ligne, (e, m, motif) in sorted(self.montants.items())
        )
        tete = f"{self.scenario_id}:{self.campagne_id}:{self.numero}:{self.envoye_le}"
        message = "\n".join((SIGNATURE, tete, *lignes))
        return hmac.new(cle, message.encode(), hashlib.sha256).hexdigest()


def rangees_depart(depart: Depart, cle: bytes) -> Iterator[Rangee]:
    """The sheet: one row for the scenario, one per line that had an amount."""
    tete: list[str | int] = [
        SIGNATURE,
        depart.scenario_id,
        depart.campagne_id,
        depart.numero,
        depart.envoye_le,
        depart.sceau(cle),
    ]
    yield [(c, v, TEXTE if isinstance(v, str) else ENTIER) for c, v in enumerate(tete)]
    for ligne, (enveloppe, montant, motif) in sorted(depart.montants.items()):
        yield [
            (0, ligne, ENTIER),
            (1, enveloppe, ENTIER),
            (2, montant, ENTIER),
            *([(3, motif, TEXTE)] if motif else []),
        ]


def lire_depart(feuilles: Sequence[Feuille], cle: bytes) -> Depart | None:
    """What the file was when it was sent; None when it does not say it, or was changed."""
    for feuille in feuilles:
        if feuille.cellules and feuille.cellules[0][:1] == [SIGNATURE]:
            try:
                depart = _lire(feuille.cellules)
            except (ValueError, TypeError, IndexError):
                return None
            sceau = str(feuille.cellules[0][5]).encode()
            return depart if hmac.compare_digest(depart.sceau(cle).encode(), sceau) else None
    return None


def _lire(cellules: Sequence[Sequence[object]]) -> Depart:
    tete = cellules[0]
    montants = {}
    for rangee in cellules[1:]:
        if any(c != "" for c in rangee):
            motif = str(rangee[3]) if len(rangee) > 3 else ""
            montants[_entier(rangee[0])] = (_entier(rangee[1]), _entier(rangee[2]), motif)
    return Depart(_entier(tete[1]), _entier(tete[2]), _entier(tete[3]), str(tete[4]), montants)


def _entier(valeur: object) -> int:
    """A whole number, as spreadsheets store it. Raises ValueError."""
    if isinstance(valeur, bool) or not isinstance(valeur, int | float):
        raise ValueError("not a number")
    if valeur != valeur or abs(valeur) > ENTIER_MAX or int(valeur) != valeur:
        raise ValueError("not a whole number")
    return int(valeur)
