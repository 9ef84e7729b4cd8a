"""Who is away, who stands in, and the work that comes with a dossier passed on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import (
    Absence,
    Affectation,
    Dossier,
    Evaluation,
    Habilitation,
    NoteCritere,
    Passation,
    RoleHabilitation,
    Utilisateur,
)
from aap.permissions import Acteur
from aap.requetes.comptes import en_vigueur


def remplacees(acteur: Acteur) -> ColumnElement[bool]:
    """On ``Affectation``: given to somebody whom the reader stands in for today."""
    jour = aujourdhui()
    return Affectation.utilisateur_id.in_(
        select(Absence.utilisateur_id).where(
            Absence.remplacant_id == acteur.utilisateur_id,
            Absence.annulee_le.is_(None),
            Absence.du <= jour,
            Absence.au >= jour,
        )
    )


def collegues_de(utilisateur: Utilisateur) -> Sequence[Utilisateur]:
    """People who examine for one of her funders today, by name (1 query)."""
    siens = select(Habilitation.financeur_id).where(
        Habilitation.utilisateur_id == utilisateur.id,
        Habilitation.role == RoleHabilitation.INSTRUCTEUR,
        *en_vigueur(),
    )
    return db.session.scalars(
        select(Utilisateur)
        .join(Habilitation, Habilitation.utilisateur_id == Utilisateur.id)
        .where(
            *en_vigueur(),
            Habilitation.role == RoleHabilitation.INSTRUCTEUR,
            Habilitation.financeur_id.in_(siens),
            Utilisateur.id != utilisateur.id,
            Utilisateur.desactive_le.is_(None),
        )
        .distinct()
        .order_by(Utilisateur.nom, Utilisateur.prenom, Utilisateur.id)
    ).all()


def instructeurs_des_contrats(contrats: Collection[int]) -> Sequence[Utilisateur]:
    """People who examine on one of these contrats today, by name (1 query)."""
    return db.session.scalars(
        select(Utilisateur)
        .join(Habilitation, Habilitation.utilisateur_id == Utilisateur.id)
        .where(
            *en_vigueur(),
            Habilitation.role == RoleHabilitation.INSTRUCTEUR,
            or_(Habilitation.contrat_id.is_(None), Habilitation.contrat_id.in_(contrats)),
            Utilisateur.desactive_le.is_(None),
        )
        .distinct()
        .order_by(Utilisateur.nom, Utilisateur.prenom, Utilisateur.id)
    ).all()


def absences_de(personnes: Collection[int]) -> Sequence[Absence]:
    """Absences declared, not over and not cancelled, by date (1 query)."""
    return db.session.scalars(
        select(Absence)
        .where(
            Absence.utilisateur_id.in_(sorted(personnes)),
            Absence.annulee_le.is_(None),
            Absence.au >= aujourdhui(),
        )
        .order_by(Absence.du, Absence.id)
        .options(joinedload(Absence.utilisateur), joinedload(Absence.remplacant))
    ).all()


@dataclass(frozen=True)
class TravailTransmis:
    """The scores that somebody began, for the person who takes over. ``titre``: why she sees it."""

    auteur: str
    titre: str
    evaluation: Evaluation | None


def travaux_transmis(acteur: Acteur, dossier: Dossier) -> list[TravailTransmis]:
    """Work of those whose dossier was passed to the reader, or whom she stands in for (4 queries).

    Following the chain: what A passed to B and B to C is shown to C. Of the same funder only.
    """
    passations = db.session.scalars(
        select(Passation)
        .where(Passation.dossier_id == dossier.id)
        .order_by(Passation.id.desc())
        .options(joinedload(Passation.de))
    ).all()
    titres: dict[tuple[int, int], tuple[str, str]] = {}
    tenus = {(acteur.utilisateur_id, p.financeur_id) for p in passations}
    for p in passations:  # newest first: the chain is walked backwards
        if (p.a_id, p.financeur_id) in tenus and p.de_id != acteur.utilisateur_id:
            tenus.add((p.de_id, p.financeur_id))
            titres[p.de_id, p.financeur_id] = (p.de.nom_complet, "Dossier passé")
    for a in db.session.scalars(
        select(Affectation)
        .where(Affectation.dossier_id == dossier.id, remplacees(acteur))
        .options(joinedload(Affectation.utilisateur))
    ):
        titres[a.utilisateur_id, a.financeur_id] = (a.utilisateur.nom_complet, "Absence")
    financeurs = {h.financeur_id for h in acteur.avec(RoleHabilitation.INSTRUCTEUR)}
    titres = {cle: t for cle, t in titres.items() if cle[1] in financeurs}
    evaluations = {
        (e.utilisateur_id, e.financeur_id): e
        for e in db.session.scalars(
            select(Evaluation)
            .where(
                Evaluation.dossier_id == dossier.id,
                Evaluation.utilisateur_id.in_(sorted({u for u, _ in titres})),
            )
            .options(selectinload(Evaluation.notes).joinedload(NoteCritere.critere))
        )
    }
    return [TravailTransmis(*titres[cle], evaluations.get(cle)) for cle in sorted(titres)]
