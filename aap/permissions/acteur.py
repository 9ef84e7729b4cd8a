"""Who acts: a person with what she may do today, or the clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import BindParameter, and_, bindparam, or_, select
from sqlalchemy.orm import joinedload

from aap.domaine.horloge import aujourdhui
from aap.ensemble import Ensemble, Part
from aap.models import (
    Deport,
    Habilitation,
    Mandat,
    Membre,
    RoleHabilitation,
    RoleMembre,
    Utilisateur,
)


@dataclass(frozen=True)
class HabilitationActive:
    """A right in force today. Empty perimeter sets mean « the whole contrat »."""

    id: int
    role: RoleHabilitation
    contrat_id: int | None
    financeur_id: int | None
    communes: frozenset[int] = frozenset()
    secteurs: frozenset[int] = frozenset()
    quartiers: frozenset[int] = frozenset()
    orientations: frozenset[int] = frozenset()
    delegation: bool = False

    @property
    def sans_limite(self) -> bool:
        return not (self.communes or self.secteurs or self.quartiers or self.orientations)


@dataclass(frozen=True)
class Acteur:
    """``membres``: organisme id -> role. ``deports``: organismes this person must not touch.

    One is always déporté for one's own organismes: a member reads them as a porteur does.

    ``mandats``: organismes for which she signs dossiers and bilans today without being signatory.
    """

    utilisateur_id: int | None
    nom: str
    habilitations: tuple[HabilitationActive, ...] = ()
    membres: dict[int, RoleMembre] = field(default_factory=dict)
    deports: frozenset[int] = frozenset()
    systeme: bool = False
    mandats: frozenset[int] = frozenset()

    def avec(
        self, role: RoleHabilitation, contrat_id: int | None = None
    ) -> tuple[HabilitationActive, ...]:
        """The person's rights of this role (on this contrat when given)."""
        return tuple(
            h
            for h in self.habilitations
            if h.role is role
            and (contrat_id is None or h.contrat_id is None or h.contrat_id == contrat_id)
        )

    def est(self, role: RoleHabilitation, contrat_id: int | None = None) -> bool:
        return bool(self.avec(role, contrat_id))

    @property
    def est_porteur(self) -> bool:
        return bool(self.membres)

    @property
    def est_agent(self) -> bool:
        return bool(self.habilitations)


SYSTEME = Acteur(utilisateur_id=None, nom="Horloge de la plateforme", systeme=True)
ANONYME = Acteur(utilisateur_id=None, nom="Visiteur")


def _active(h: Habilitation) -> HabilitationActive:
    return HabilitationActive(
        id=h.id,
        role=h.role,
        contrat_id=h.contrat_id,
        financeur_id=h.financeur_id,
        communes=frozenset(p.commune_id for p in h.perimetre if p.commune_id),
        secteurs=frozenset(p.secteur_id for p in h.perimetre if p.secteur_id),
        quartiers=frozenset(p.quartier_id for p in h.perimetre if p.quartier_id),
        orientations=frozenset(p.orientation_id for p in h.perimetre if p.orientation_id),
        delegation=h.delegue_par_id is not None,
    )


def _droits() -> tuple[Part, ...]:
    """What a person (``qui``) may do on a day (``jour``)."""
    qui: BindParameter[int] = bindparam("qui")
    jour: BindParameter[date] = bindparam("jour")
    siens = select(Membre.id).where(Membre.utilisateur_id == qui, Membre.parti_le.is_(None))
    return (
        (
            Habilitation,
            and_(
                Habilitation.utilisateur_id == qui,
                Habilitation.retiree_le.is_(None),
                Habilitation.du <= jour,
                or_(Habilitation.au.is_(None), Habilitation.au >= jour),
            ),
        ),
        (Membre, and_(Membre.utilisateur_id == qui, Membre.parti_le.is_(None))),
        (Deport, and_(Deport.utilisateur_id == qui, Deport.leve_le.is_(None))),
        (
            Mandat,
            and_(
                Mandat.membre_id.in_(siens),
                Mandat.repris_le.is_(None),
                Mandat.du <= jour,
                Mandat.au >= jour,
            ),
        ),
    )


DROITS = Ensemble(_droits, lambda: (joinedload(Habilitation.perimetre),))


def charger_acteur(utilisateur: Utilisateur) -> Acteur:
    """The rights of a person today (1 query whatever their number); none once disabled.

    A closed account signs in nowhere, but the jobs that it asked for still run.
    """
    if utilisateur.desactive_le is not None:
        return Acteur(utilisateur_id=utilisateur.id, nom=utilisateur.nom_complet)
    habilitations, membres, deports, mandats = DROITS.lire(qui=utilisateur.id, jour=aujourdhui())
    mandants = {m.membre_id for m in mandats}
    return Acteur(
        utilisateur_id=utilisateur.id,
        nom=utilisateur.nom_complet,
        habilitations=tuple(_active(h) for h in sorted(habilitations, key=lambda h: h.id)),
        membres={m.organisme_id: m.role for m in sorted(membres, key=lambda m: m.organisme_id)},
        deports=frozenset(d.organisme_id for d in (*deports, *membres)),
        mandats=frozenset(m.organisme_id for m in membres if m.id in mandants),
    )
