"""An action outside the quartiers of the contrat: under which conditions, or why not.

Source: ``regles.poches_de_pauvrete`` of the contrat and rule ``poches_part_max`` of the campaign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from aap.domaine.montants import pourcent
from aap.domaine.poches import TYPE_POCHE
from aap.domaine.regles import valeur_regle
from aap.extensions import db
from aap.models import Campagne, Commune, Quartier


@dataclass(frozen=True)
class GuideHorsQuartier:
    """``poches``: places that the contrat names; ``refus``: why not, empty when it may be."""

    conditions: Sequence[str]
    poches: Sequence[Quartier]
    refus: str
    contact: str


def guide_hors_quartier(campagne: Campagne, communes: Sequence[Commune] = ()) -> GuideHorsQuartier:
    """What to tell about an action led outside the QPV, in these communes when given (1 query)."""
    regle: dict[str, Any] = campagne.contrat.regles.get("poches_de_pauvrete") or {}
    poches = _poches(campagne.contrat_id, communes)
    return GuideHorsQuartier(
        _conditions(campagne, regle), poches, _refus(regle, poches, communes), campagne.contact
    )


def _poches(contrat_id: int, communes: Sequence[Commune]) -> list[Quartier]:
    requete = (
        select(Quartier)
        .where(
            Quartier.contrat_id == contrat_id,
            Quartier.type == TYPE_POCHE,
            Quartier.retire_le.is_(None),
        )
        .options(selectinload(Quartier.communes))
        .order_by(Quartier.nom, Quartier.id)
    )
    if communes:
        requete = requete.where(Quartier.communes.any(Commune.id.in_([c.id for c in communes])))
    return list(db.session.scalars(requete))


def _conditions(campagne: Campagne, regle: dict[str, Any]) -> list[str]:
    part = pourcent(Fraction(int(valeur_regle(campagne, "poches_part_max")), 1000))
    fixes = [
        "une collectivité (commune, établissement territorial ou département) finance aussi "
        "l’action",
        f"toutes les poches de pauvreté ensemble reçoivent au plus {part} de l’enveloppe "
        "départementale de l’État (programme 147)",
    ]
    ecrites = [str(c) for c in regle.get("conditions", []) if "cofinancement" not in str(c).lower()]
    return ecrites + fixes


def _refus(regle: dict[str, Any], poches: Sequence[Quartier], communes: Sequence[Commune]) -> str:
    if poches:
        return ""
    if not regle:
        return (
            "Le contrat de ville ne prévoit pas d’aide hors des quartiers prioritaires : une "
            "action qui n’en touche aucun ne relève pas de cet appel à projets."
        )
    ou = "dans cette commune" if communes else "pour l’instant"
    return (
        f"Le contrat de ville ne désigne aucune poche de pauvreté {ou}. Une action qui ne touche "
        "aucun quartier prioritaire ne peut donc pas être aidée ici : choisissez les quartiers "
        "où vivent des personnes qui y viendront, ou adressez-vous à la commune."
    )
