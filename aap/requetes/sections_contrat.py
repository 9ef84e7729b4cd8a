"""What the fiches of the contract ask for, theme by theme, as plain values kept in the process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.typographie import composer
from aap.extensions import db
from aap.models import (
    Contrat,
    Fiche,
    IndicateurEvaluation,
    ObjectifLocal,
    SectionTheme,
    Theme,
)
from aap.requetes.memoire_contrat import du_contrat


@dataclass(frozen=True)
class FicheLue:
    """The fiche where objectives are written; ``type``: quartier or commune."""

    id: int
    titre: str
    type: str


@dataclass(frozen=True)
class GroupeObjectifs:
    """One row of the fiche's table: ``operationnels`` (id, text) answer ``strategiques``."""

    strategiques: tuple[str, ...]
    operationnels: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class SectionLue:
    """One theme of one fiche, its words already composed; ``orientations``: their codes."""

    theme: str
    fiche: FicheLue
    orientations: tuple[str, ...]
    note: str
    groupes: tuple[GroupeObjectifs, ...]
    indicateurs: tuple[str, ...]


def sections_de(contrat: Contrat, fiches: Iterable[int]) -> list[SectionLue]:
    """Theme sections of fiches of ``contrat``, in the order of the themes.

    Three queries the first time, none until the contract is loaded again.
    """
    ids = tuple(sorted(set(fiches)))
    return du_contrat(contrat, ("sections", ids), lambda: [_lue(s) for s in _sections(ids)])


def _sections(fiches: tuple[int, ...]) -> Iterable[SectionTheme]:
    return db.session.scalars(
        select(SectionTheme)
        .join(Theme)
        .where(SectionTheme.fiche_id.in_(fiches), SectionTheme.retire_le.is_(None))
        .order_by(Theme.ordre, SectionTheme.fiche_id)
        .options(
            joinedload(SectionTheme.theme).joinedload(Theme.orientations),
            joinedload(SectionTheme.fiche),
            selectinload(SectionTheme.objectifs.and_(ObjectifLocal.retire_le.is_(None))),
            selectinload(
                SectionTheme.indicateurs_evaluation.and_(IndicateurEvaluation.retire_le.is_(None))
            ),
        )
    ).unique()


def _lue(s: SectionTheme) -> SectionLue:
    return SectionLue(
        theme=composer(s.theme.titre),
        fiche=_fiche_lue(s.fiche),
        orientations=tuple(o.code for o in s.theme.orientations),
        note=composer(s.note or ""),
        groupes=_groupes(s.objectifs),
        indicateurs=tuple(composer(i.texte) for i in s.indicateurs_evaluation),
    )


def _fiche_lue(fiche: Fiche) -> FicheLue:
    return FicheLue(fiche.id, composer(fiche.titre), fiche.type)


def _groupes(objectifs: Iterable[ObjectifLocal]) -> tuple[GroupeObjectifs, ...]:
    ranges = sorted(objectifs, key=lambda x: x.groupe)
    return tuple(
        GroupeObjectifs(
            tuple(composer(x.texte) for x in lignes if x.niveau == "strategique"),
            tuple((x.id, composer(x.texte)) for x in lignes if x.niveau == "operationnel"),
        )
        for lignes in (list(g) for _, g in groupby(ranges, key=lambda x: x.groupe))
    )
