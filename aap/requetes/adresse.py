"""From what people type (name, address, postcode) to the quartiers of a contrat; no network.

An exact address is not placed inside or outside a quartier: only its commune is found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from aap.domaine.texte import enumerer, normaliser
from aap.extensions import db
from aap.models import Commune, Quartier
from aap.requetes.choix_dossier import chercher_quartiers

_POSTAL = re.compile(r"(?<!\d)(\d{5})(?!\d)")
# Words that many names of communes share: alone they name none.
_VIDES = frozenset({"le", "la", "les", "de", "du", "des", "sur", "sous", "en", "l", "d"})
_VIDES |= {"roi", "roses", "seine", "orge", "saint"}


@dataclass(frozen=True)
class Lieu:
    """What a search found. ``phrase``: how it was understood; ``communes``: those recognised."""

    quartiers: Sequence[Quartier]
    phrase: str = ""
    communes: Sequence[Commune] = ()

    @property
    def hors_quartier(self) -> bool:
        """A commune was recognised and none of its quartiers is in the contrat."""
        return bool(self.communes) and not self.quartiers


def chercher_lieu(contrat_id: int, texte: str, commune: str = "") -> Lieu:
    """Quartiers by name or nickname, else those of the commune of the address (4 queries)."""
    codes = _POSTAL.findall(texte)
    if not codes:
        trouves = chercher_quartiers(contrat_id, texte, commune)
        if trouves or not texte.strip():
            return Lieu(trouves)
    communes = _communes(contrat_id, texte, codes)
    if not communes:
        return Lieu([], _inconnu(codes))
    noms = enumerer([c.nom for c in communes], "ou")
    quartiers = _quartiers_des(communes)
    if not quartiers:
        phrase = f"Le contrat de ville n’a aucun quartier à {noms}."
    else:
        phrase = (
            f"Commune reconnue : {noms}. Le site ne sait pas si une adresse précise est dans un "
            "quartier : en cas de doute, demandez à la mairie."
        )
    return Lieu(quartiers, phrase, communes)


def _inconnu(codes: Sequence[str]) -> str:
    if codes:
        return f"Le code postal {codes[-1]} n’est celui d’aucune commune du contrat de ville."
    return ""


def _communes(contrat_id: int, texte: str, codes: Sequence[str]) -> list[Commune]:
    """The communes that the postcode names, else the words; the best named ones only."""
    mots = {m for m in normaliser(texte).split() if not m.isdigit()} - _VIDES
    toutes = db.session.scalars(
        select(Commune)
        .where(Commune.contrat_id == contrat_id, Commune.retire_le.is_(None))
        .order_by(Commune.nom)
    ).all()
    if codes:
        postales = [c for c in toutes if set(codes) & set(c.recherche.split())]
        nommees = [c for c in postales if _nommee(c, mots)]
        return nommees or postales
    notes = {c.id: _nommee(c, mots) for c in toutes}
    meilleure = max(notes.values(), default=0)
    return [c for c in toutes if meilleure and notes[c.id] == meilleure]


def _nommee(commune: Commune, mots: set[str]) -> int:
    """How many telling words of the commune's names are in the text."""
    return len(mots & (set(commune.recherche.split()) - _VIDES))


def _quartiers_des(communes: Sequence[Commune]) -> list[Quartier]:
    return list(
        db.session.scalars(
            select(Quartier)
            .where(
                Quartier.communes.any(Commune.id.in_([c.id for c in communes])),
                Quartier.retire_le.is_(None),
            )
            .options(selectinload(Quartier.communes))
            .order_by(Quartier.nom, Quartier.id)
        )
    )
