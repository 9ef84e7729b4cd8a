"""Which calls take deposits now, and for which types of dossier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from aap.domaine.calendrier import StatutDepot, statut_depot
from aap.domaine.horloge import maintenant
from aap.domaine.texte import enumerer
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


F = FormeJuridique
# Who may ask for what, and why not the others.
FORMES_PERMISES: dict[TypeDossier, tuple[frozenset[FormeJuridique], str]] = {
    TypeDossier.FONCTIONNEMENT: (
        frozenset({F.ASSOCIATION}),
        "L’aide au fonctionnement est réservée aux petites associations : demandez une action.",
    ),
    TypeDossier.PRE: (
        frozenset({F.COMMUNE, F.GIP, F.ETABLISSEMENT_PUBLIC}),
        "Un programme de réussite éducative est porté par une caisse des écoles, un CCAS, un "
        "groupement d’intérêt public ou un autre établissement public.",
    ),
    # Code du travail, art. L. 5134-101.
    TypeDossier.ADULTE_RELAIS: (
        frozenset(F) - {F.COOPERATIVE, F.AUTRE},
        "Un poste d’adulte-relais est porté par une association, une fondation, une collectivité, "
        "un établissement public ou un bailleur social.",
    ),
    # Contract l.7623: « des associations et des établissements scolaires ».
    TypeDossier.MICRO_PROJET: (
        frozenset({F.ASSOCIATION, F.ETABLISSEMENT_SCOLAIRE}),
        "Le fonds participatif finance des associations et des établissements scolaires.",
    ),
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
    """Types of dossier that this call accepts (from this organisme when given)."""
    types = TYPES_PERMIS[campagne.type]
    if organisme is None:
        return list(types)
    return [t for t in types if not refus_forme(organisme.forme, t)]


def refus_forme(forme: FormeJuridique, type_dossier: TypeDossier) -> str:
    """Why an organisme of this legal form may not ask for this; empty when it may."""
    permis, phrase = FORMES_PERMISES.get(type_dossier, (frozenset({forme}), ""))
    return "" if forme in permis else phrase


def refus_type(campagne: Campagne, organisme: Organisme, type_dossier: TypeDossier) -> str:
    """Why this organisme may not ask for this in this call, in words; empty when it may."""
    if type_dossier not in TYPES_PERMIS[campagne.type]:
        acceptes = enumerer([f"« {t.libelle} »" for t in TYPES_PERMIS[campagne.type]], "ou")
        return f"Cet appel à projets n’accepte que les demandes {acceptes}."
    return refus_forme(organisme.forme, type_dossier)


@dataclass(frozen=True)
class Offre:
    """A call as these organismes may use it: what they may ask for, or why they may not."""

    campagne: Campagne
    types: tuple[TypeDossier, ...]
    refus: str = ""


def offres(campagnes: Sequence[Campagne], organismes: Sequence[Organisme]) -> list[Offre]:
    """Each call with the types that one of these organismes at least may ask for (no query).

    Without any organisme, everything that the calls take.
    """
    lues = []
    for c in campagnes:
        permis = [
            t
            for t in TYPES_PERMIS[c.type]
            if not organismes or any(not refus_forme(o.forme, t) for o in organismes)
        ]
        refus = (
            [] if permis else [refus_forme(organismes[0].forme, t) for t in TYPES_PERMIS[c.type]]
        )
        lues.append(Offre(c, tuple(permis), " ".join(refus)))
    return lues


def campagnes_ouvertes() -> list[Campagne]:
    """Calls that take deposits now, the first to close first, sandboxes last."""
    ouvertes = db.session.scalars(
        select(Campagne)
        .where(Campagne.etat.in_((EtatCampagne.PREPARATION, EtatCampagne.OUVERTE)))
        .order_by(Campagne.bac_a_sable, Campagne.cloture_le, Campagne.id)
    )
    return [c for c in ouvertes if prend_des_depots(c)]
