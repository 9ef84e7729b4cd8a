"""The calls for projects that everybody may read about."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Campagne, Contrat
from aap.requetes.campagne_ouverte import campagnes_ouvertes
from workflows.campagne import EtatCampagne


def appels_publics(limite: int = 20) -> list[Campagne]:
    """Open calls, then those that are announced (ready), the nearest closing first."""
    lignes = db.session.scalars(
        select(Campagne)
        .where(
            Campagne.bac_a_sable.is_(False),
            Campagne.etat.in_([EtatCampagne.OUVERTE, EtatCampagne.PREPARATION]),
            Campagne.prete_le.is_not(None),
            Campagne.cloture_le > maintenant(),
        )
        .order_by(Campagne.cloture_le, Campagne.id)
        .limit(limite)
        .options(joinedload(Campagne.contrat))
    )
    return sorted(lignes, key=lambda c: c.etat is not EtatCampagne.OUVERTE)


def prend_des_propositions(contrat: Contrat) -> bool:
    """Does a call of this contrat take deposits now (1 query)?"""
    return any(c.contrat_id == contrat.id for c in campagnes_ouvertes())
