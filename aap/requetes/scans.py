"""Scans of signed acts, within the reader's funders."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from aap.extensions import db
from aap.models import Avenant, Convention, Financeur, LotPages, Scan
from aap.permissions import Acteur, may
from aap.requetes.finance import financeurs_de

MONTRES = 50


@dataclass(frozen=True)
class ScanVu:
    """``a_traiter``: piles of pages that are not joined to an act yet."""

    scan: Scan
    lots: int
    a_traiter: int


def scans(acteur: Acteur) -> list[ScanVu]:
    """The last ones, newest first."""
    lus = db.session.execute(
        select(
            Scan,
            func.count(LotPages.id),
            func.count(case((LotPages.copie_id.is_(None), LotPages.id))),
        )
        .join(Financeur, Financeur.id == Scan.financeur_id)
        .outerjoin(LotPages, LotPages.scan_id == Scan.id)
        .where(financeurs_de(acteur))
        .options(joinedload(Scan.fichier), joinedload(Scan.financeur), joinedload(Scan.auteur))
        .group_by(Scan.id)
        .order_by(Scan.id.desc())
        .limit(MONTRES)
    )
    return [ScanVu(*ligne) for ligne in lus]


@dataclass(frozen=True)
class LotVu:
    """``lisible``: the reader may read the act (no déport); its pages are shown to her only."""

    lot: LotPages
    lisible: bool

    @property
    def joignable(self) -> bool:
        """Known, whole, not joined yet."""
        lot = self.lot
        return self.lisible and lot.objet is not None and not lot.copie_id and not lot.absentes


# What the page and its rights read of an act.
_LUS = (Convention.organisme, Convention.dossier, Convention.financeur)


def lots_vus(acteur: Acteur, scan: Scan) -> list[LotVu]:
    """Piles of a scan, in the order of its pages."""
    lus = db.session.scalars(
        select(LotPages)
        .where(LotPages.scan_id == scan.id)
        .options(
            *(joinedload(LotPages.convention).joinedload(x) for x in _LUS),
            *(
                joinedload(LotPages.avenant).joinedload(Avenant.convention).joinedload(x)
                for x in _LUS
            ),
        )
        .order_by(LotPages.rang)
    )
    return [LotVu(x, bool(may(acteur, "lot_pages.traiter", x))) for x in lus]


def lots_choisis(scan: Scan, ids: Collection[int]) -> list[LotPages]:
    return [x for x in scan.lots if x.id in ids]
