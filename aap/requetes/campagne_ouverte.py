"""Which calls take deposits now, and for which types of dossier."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from aap.domaine.calendrier import StatutDepot, statut_depot
from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Campagne, FormeJuridique, Organisme, TypeCampagne, TypeDossier
from workflows.campagne import EtatCampagne

# The fonds participatif only pays micro-projects, and nothing else does (contract l.7623).
TYPES_PERMIS: dict[TypeCampagne, tuple[TypeDossier, ...]] = {
    TypeCampagne.AAP_ANNUEL: (
        TypeDossier.ACTION,
        TypeDossier.FONCTIONNEMENT,
        TypeDossier.PRE,
        TypeDossier.ADULTE_RELAIS,
    ),
    TypeCampagne.FPCC: (TypeDossier.MICRO_PROJET,),
    TypeCampagne.QUARTIERS_ETE: (TypeDossier.ACTION,),
    TypeCampagne.FIL_DE_L_EAU: (TypeDossier.ACTION,),
}


def statut_de(campagne: Campagne) -> StatutDepot:
    """Where the present instant stands in the calendar of the call."""
    return statut_depot(
        campagne.ouverture_le,
        campagne.cloture_le,
        timedelta(minutes=campagne.grace_minutes),
        maintenant(),
    )


def prend_des_depots(campagne: Campagne) -> bool:
    """Open, or ready to open and its hour has come: the server's clock decides, to the second.

    A worker that is late to open (or to close) changes nothing for the porteurs.
    """
    prete = campagne.etat is EtatCampagne.PREPARATION and campagne.prete_le is not None
    return (prete or campagne.etat is EtatCampagne.OUVERTE) and statut_de(campagne).depot_possible


def types_permis(campagne: Campagne, organisme: Organisme | None = None) -> list[TypeDossier]:
    """Types of dossier that this call accepts (from this organisme when given).

    Operating grants are for associations only.
    """
    types = list(TYPES_PERMIS[campagne.type])
    if organisme is not None and organisme.forme is not FormeJuridique.ASSOCIATION:
        types = [t for t in types if t is not TypeDossier.FONCTIONNEMENT]
    return types


def campagnes_ouvertes() -> list[Campagne]:
    """Calls that take deposits now, the first to close first, sandboxes last."""
    ouvertes = db.session.scalars(
        select(Campagne)
        .where(Campagne.etat.in_((EtatCampagne.PREPARATION, EtatCampagne.OUVERTE)))
        .order_by(Campagne.bac_a_sable, Campagne.cloture_le, Campagne.id)
    )
    return [c for c in ouvertes if prend_des_depots(c)]
