"""What a mailed invitation opens: its request, the deposit as frozen, the papers chosen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from aap.domaine.difference import Element
from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.questionnaire import sections_lues
from aap.extensions import db
from aap.models import (
    Avis,
    Campagne,
    DemandeAvis,
    Depot,
    Dossier,
    Fichier,
    InvitationAvis,
    PieceDossier,
    PieceInvitation,
)
from aap.permissions.avis import invitation_attend
from aap.requetes.versions import aplatir, noms_du_contrat

# What a guest may read of a deposit: the action, its budget, what it asks for. Of the organisme,
# its name and kind alone: no address, no number, no name of a person.
LUS = frozenset(
    {"orientation", "objectif", "quartier", "objectif_local", "indicateur", "aide",
     "budget"}
)  # fmt: skip
ORGANISME = frozenset({"nom", "forme"})


@cache
def _chargement() -> tuple[ORMOption, ...]:
    """Built at the first query: it needs every mapper, and the start does not."""
    return (
        joinedload(InvitationAvis.demande).joinedload(DemandeAvis.utilisateur),
        joinedload(InvitationAvis.demande)
        .joinedload(DemandeAvis.dossier)
        .joinedload(Dossier.campagne)
        .joinedload(Campagne.contrat),
        joinedload(InvitationAvis.demande)
        .joinedload(DemandeAvis.dossier)
        .joinedload(Dossier.organisme),
        selectinload(InvitationAvis.pieces).joinedload(PieceInvitation.fichier),
    )


def invitation_par_cle(cle_hachee: str) -> InvitationAvis | None:
    """The invitation of a link, whatever its state (2 queries)."""
    return db.session.scalar(
        select(InvitationAvis)
        .where(InvitationAvis.cle_hachee == cle_hachee)
        .options(*_chargement())
    )


def lecture_invitee(invitation: InvitationAvis) -> list[tuple[str, list[Element]]]:
    """The deposit of the day of the request, section by section (5 queries)."""
    depot = db.session.get_one(Depot, invitation.depot_id)
    dossier = invitation.demande.dossier
    siennes = {s.titre for s in sections_lues(dossier.profil)}
    sections: dict[str, list[Element]] = {}
    for e in aplatir(depot.contenu, noms_du_contrat(dossier)):
        if e.cle[0] == "organisme" and e.cle[-1] in ORGANISME:
            sections.setdefault("L’organisme", []).append(e)
        elif e.cle[0] == "reponse" and e.rubrique in siennes:
            rubrique = e.rubrique.replace("Votre action", "L’action")
            sections.setdefault(rubrique, []).append(e)
        elif e.cle[0] in LUS:
            sections.setdefault(e.rubrique, []).append(e)
    return list(sections.items())


def avis_rendu(invitation: InvitationAvis) -> Avis | None:
    """What was answered (1 query)."""
    return db.session.scalar(select(Avis).where(Avis.demande_avis_id == invitation.demande_avis_id))


def pieces_a_montrer(dossier: Dossier) -> list[tuple[int, str]]:
    """(file id, name) of the papers joined to the dossier that may be shown (1 query)."""
    pieces = db.session.scalars(
        select(PieceDossier)
        .where(PieceDossier.dossier_id == dossier.id, PieceDossier.retiree_le.is_(None))
        .options(joinedload(PieceDossier.fichier))
        .order_by(PieceDossier.id)
    )
    return [(p.fichier_id, p.libelle or p.fichier.nom) for p in pieces]


def piece_invitee(invitation: InvitationAvis, fichier_id: int) -> Fichier | None:
    """A file of this invitation, None for any other."""
    return next((p.fichier for p in invitation.pieces if p.fichier_id == fichier_id), None)


def dernier_depot(dossier: Dossier) -> Depot | None:
    """The dossier as last transmitted (1 query)."""
    return db.session.scalar(
        select(Depot)
        .where(Depot.dossier_id == dossier.id)
        .order_by(Depot.numero_depot.desc())
        .limit(1)
    )


def invitations_des(demandes: Collection[DemandeAvis]) -> dict[int, InvitationAvis]:
    """Request id -> its invitation, for those made by a link (1 query)."""
    if not demandes:
        return {}
    return {
        i.demande_avis_id: i
        for i in db.session.scalars(
            select(InvitationAvis).where(
                InvitationAvis.demande_avis_id.in_([d.id for d in demandes])
            )
        )
    }


def a_rappeler(avant: timedelta) -> Sequence[InvitationAvis]:
    """Living invitations due within ``avant`` whose guest was not reminded (2 queries)."""
    jour: date = aujourdhui()
    invitations = db.session.scalars(
        select(InvitationAvis)
        .join(DemandeAvis, DemandeAvis.id == InvitationAvis.demande_avis_id)
        .where(
            InvitationAvis.rappelee_le.is_(None),
            InvitationAvis.rendue_le.is_(None),
            InvitationAvis.revoquee_le.is_(None),
            InvitationAvis.recusee_le.is_(None),
            InvitationAvis.expire_le > maintenant(),
            DemandeAvis.echeance <= jour + avant,
        )
        .order_by(InvitationAvis.demande_avis_id)
        .options(*_chargement())
    ).all()
    return [i for i in invitations if invitation_attend(i)]
