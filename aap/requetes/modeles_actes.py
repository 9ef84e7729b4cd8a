"""Models of acts: those that a reader may see, the version in force, the version of an act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import contains_eager

from aap.domaine.horloge import aujourdhui
from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import (
    Convention,
    Dossier,
    Financement,
    Financeur,
    ModeleActe,
    Organisme,
    RoleHabilitation,
    TypeConvention,
)
from aap.permissions import Acteur
from aap.requetes.essai import hors_essai
from aap.requetes.finance import financeurs_de, sans_deport

APERCUS_MAX = 50


@dataclass(frozen=True)
class Situation:
    """Where a funder stands for a type of act. ``applicable`` None: the standard text."""

    financeur: Financeur
    type: TypeConvention
    applicable: ModeleActe | None
    brouillon: ModeleActe | None
    versions: list[ModeleActe]


def _lisibles(acteur: Acteur) -> ColumnElement[bool]:
    contrats = {h.contrat_id for h in acteur.avec(RoleHabilitation.COORDINATEUR)}
    if None in contrats:
        return Financeur.id.is_not(None)
    suivis = Financeur.contrat_id.in_(sorted(c for c in contrats if c)) if contrats else false()
    return or_(financeurs_de(acteur), suivis)


def en_vigueur(versions: Iterable[ModeleActe], jour: date) -> ModeleActe | None:
    """Among the versions of one model, the one that new acts of ``jour`` take."""
    prises = [
        v for v in versions if v.effet_le is not None and v.effet_le <= jour and not v.retire_le
    ]
    return max(prises, key=lambda v: (v.effet_le, v.numero), default=None)


def versions_de(financeur_id: int, type_acte: TypeConvention) -> list[ModeleActe]:
    """All the versions of one model, newest first."""
    return list(
        db.session.scalars(
            select(ModeleActe)
            .where(ModeleActe.financeur_id == financeur_id, ModeleActe.type == type_acte)
            .order_by(ModeleActe.numero.desc())
        )
    )


def version_en_vigueur(
    financeur_id: int, type_acte: TypeConvention, jour: date
) -> ModeleActe | None:
    return en_vigueur(versions_de(financeur_id, type_acte), jour)


def texte_de(acte: Convention) -> tuple[ModeleActe, date] | None:
    """The version of an act and the day of its dated articles; None: the standard text.

    A draft takes what is in force today; once sent to signature its text no longer moves.
    """
    if acte.sha256 is not None:
        return (acte.texte.modele, acte.texte.jour) if acte.texte is not None else None
    jour = aujourdhui()
    modele = version_en_vigueur(acte.financeur_id, acte.type, jour)
    return (modele, jour) if modele is not None else None


def situations(acteur: Acteur) -> list[Situation]:
    """Each funder and type of act that the reader may see (2 queries)."""
    financeurs = db.session.scalars(
        select(Financeur).where(_lisibles(acteur), Financeur.actif.is_(True))
    ).all()
    lues = db.session.scalars(
        select(ModeleActe)
        .join(Financeur, Financeur.id == ModeleActe.financeur_id)
        .where(_lisibles(acteur))
        .options(contains_eager(ModeleActe.financeur))
        .order_by(ModeleActe.numero.desc())
    ).all()
    jour = aujourdhui()
    sortie = []
    for f in sorted(financeurs, key=lambda f: (normaliser(f.nom), f.id)):
        for t in TypeConvention:
            versions = [v for v in lues if v.financeur_id == f.id and v.type is t]
            brouillon = next((v for v in versions if v.modifiable), None)
            sortie.append(Situation(f, t, en_vigueur(versions, jour), brouillon, versions))
    return sortie


def lignes_apercu(acteur: Acteur, modele: ModeleActe) -> list[Financement]:
    """Aids voted by the funder, newest first, on which a text may be tried (1 query)."""
    return list(
        db.session.scalars(
            select(Financement)
            .join(Financement.dossier)
            .join(Dossier.organisme)
            .where(
                Financement.financeur_id == modele.financeur_id,
                Financement.montant_vote > 0,
                hors_essai(),
                *sans_deport(acteur),
            )
            .options(contains_eager(Financement.dossier).contains_eager(Dossier.organisme))
            .order_by(Financement.exercice.desc(), Organisme.nom, Financement.id)
            .limit(APERCUS_MAX)
        )
    )
