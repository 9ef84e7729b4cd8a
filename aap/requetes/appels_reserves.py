"""Calls kept to a part of the contrat: which quartiers, and is the reader's organisme near?

Source: ``regles.fpcc.departements`` of the contrat (the fonds participatif is for the Essonne
only). It is the action that must be led there: an organisme seated elsewhere may apply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from aap.extensions import db
from aap.models import Campagne, Contrat, Organisme, Quartier, TypeCampagne

NOMS = {"91": "l’Essonne", "94": "le Val-de-Marne"}


@dataclass(frozen=True)
class Reserve:
    """Where the actions of a call must be led. ``ailleurs``: no organisme of the reader is there.

    ``quartiers``: (name, communes), by name.
    """

    departements: tuple[str, ...]
    quartiers: tuple[tuple[str, str], ...]
    ailleurs: bool

    @property
    def lieu(self) -> str:
        """« l’Essonne », or « le département 77 » for a department without a known name."""
        return " et ".join(NOMS.get(d, f"le département {d}") for d in self.departements)


def reserves(
    campagnes: Sequence[Campagne], organismes: Sequence[Organisme]
) -> Mapping[int, Reserve]:
    """Campaign id -> its reserve; open to the whole contrat when absent (3 queries at most)."""
    visees = [c for c in campagnes if c.type is TypeCampagne.FPCC]
    if not visees:
        return {}
    regles = {
        ident: regle
        for ident, regle in db.session.execute(
            select(Contrat.id, Contrat.regles).where(Contrat.id.in_({c.contrat_id for c in visees}))
        )
    }
    trouvees = {}
    for c in visees:
        permis = tuple(regles[c.contrat_id].get("fpcc", {}).get("departements", ()))
        if permis:
            trouvees[c.id] = Reserve(
                departements=permis,
                quartiers=_quartiers(c.contrat_id, permis),
                ailleurs=bool(organismes) and not any(_proche(o, permis) for o in organismes),
            )
    return trouvees


def _proche(organisme: Organisme, departements: tuple[str, ...]) -> bool:
    """Seated there, or nobody knows where."""
    return not organisme.code_postal or organisme.code_postal.startswith(departements)


def _quartiers(contrat_id: int, departements: Sequence[str]) -> tuple[tuple[str, str], ...]:
    lignes = db.session.scalars(
        select(Quartier)
        .where(
            Quartier.contrat_id == contrat_id,
            Quartier.departement.in_(departements),
            Quartier.retire_le.is_(None),
        )
        .options(selectinload(Quartier.communes))
        .order_by(Quartier.nom, Quartier.id)
    )
    return tuple((q.nom, ", ".join(c.nom for c in q.communes)) for q in lignes)
