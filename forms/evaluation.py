"""The scoring grid as a form: its fields depend on the grid, so it is read by hand.

One radio group ``note-<id>`` (``0`` to ``4``, ``so`` for « sans objet ») and one text
``commentaire-<id>`` per judged criterion, one text ``commentaire`` for the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aap.domaine.texte import nettoyer
from forms.base import FormulaireVersionne
from forms.champs import TexteLong
from forms.validateurs import Facultatif

SANS_OBJET = "so"


@dataclass(frozen=True)
class NoteLue:
    """What was typed for one criterion; nothing chosen leaves ``valeur`` None."""

    valeur: int | None
    sans_objet: bool
    commentaire: str


class EvaluationForm(FormulaireVersionne):
    """The version and the general comment; ``lire_notes`` reads the criteria."""

    commentaire = TexteLong(
        "Appréciation générale",
        [Facultatif()],
        description="Ce que le comité de pilotage doit retenir.",
        max_length=10_000,
        rows=5,
    )


def lire_notes(donnees: Mapping[str, str], criteres: Iterable[int]) -> dict[int, NoteLue]:
    """Criterion id -> note, for the criteria present in ``donnees``; other values are ignored."""
    notes = {}
    for cle in criteres:
        choix = donnees.get(f"note-{cle}", "")
        texte = donnees.get(f"commentaire-{cle}")
        if not choix and texte is None:
            continue
        notes[cle] = NoteLue(
            valeur=int(choix) if choix in {"0", "1", "2", "3", "4"} else None,
            sans_objet=choix == SANS_OBJET,
            commentaire=nettoyer(texte or ""),
        )
    return notes
