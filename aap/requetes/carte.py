"""The map of the quartiers as an SVG picture drawn by the server; nothing without outlines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from aap.extensions import db
from aap.models import ContourQuartier, Quartier

LARGEUR = 1000
MARGE = 20
# Cosine of the latitude, in thousandths, by degree (45 to 51 N and the overseas near 0 and 21 S):
# enough to keep shapes right; nothing is measured on this map.
_COSINUS = {0: 1000, 5: 996, 15: 966, 21: 934, 42: 743, 45: 707, 47: 682, 49: 656, 51: 629}


@dataclass(frozen=True)
class FormeCarte:
    """A quartier on the map: SVG path, and where its number stands."""

    quartier: Quartier
    rang: int
    trace: str
    x: int
    y: int
    choisi: bool


@dataclass(frozen=True)
class Carte:
    """``formes`` in the order of the list beside the map; ``sans_contour``: the others."""

    largeur: int
    hauteur: int
    formes: Sequence[FormeCarte]
    sans_contour: Sequence[Quartier]
    source: str


def carte_des_quartiers(contrat_id: int, choisis: Collection[int] = ()) -> Carte | None:
    """The map of a contrat, None when no outline is loaded (3 queries)."""
    lignes = db.session.execute(
        select(Quartier, ContourQuartier)
        .outerjoin(ContourQuartier, ContourQuartier.quartier_id == Quartier.id)
        .where(Quartier.contrat_id == contrat_id, Quartier.retire_le.is_(None))
        .options(selectinload(Quartier.communes))
        .order_by(Quartier.nom, Quartier.id)
    ).all()
    traces = [(q, c) for q, c in lignes if c is not None]
    if not traces:
        return None
    cadre = _Cadre([c for _, c in traces])
    formes = [_forme(cadre, q, c, rang, q.id in choisis) for rang, (q, c) in enumerate(traces, 1)]
    return Carte(
        LARGEUR,
        cadre.hauteur,
        formes,
        [q for q, c in lignes if c is None],
        ", ".join(sorted({c.source for _, c in traces})),
    )


class _Cadre:
    """From millionths of a degree to the picture, north up, same scale on both axes."""

    def __init__(self, contours: Sequence[ContourQuartier]) -> None:
        points = [p for c in contours for s in c.surfaces for anneau in s for p in anneau]
        self.ouest, est = min(p[0] for p in points), max(p[0] for p in points)
        sud, self.nord = min(p[1] for p in points), max(p[1] for p in points)
        milieu = abs(sud + self.nord) // 2_000_000
        self.cosinus = _COSINUS[min(_COSINUS, key=lambda degre: abs(degre - milieu))]
        large = max((est - self.ouest) * self.cosinus // 1000, 1)
        haut = max(self.nord - sud, 1)
        self.etendue = max(large, haut * 2 // 3, 1)
        self.utile = LARGEUR - 2 * MARGE
        self.hauteur = haut * self.utile // self.etendue + 2 * MARGE

    def placer(self, longitude: int, latitude: int) -> tuple[int, int]:
        x = (longitude - self.ouest) * self.cosinus * self.utile // (1000 * self.etendue)
        y = (self.nord - latitude) * self.utile // self.etendue
        return x + MARGE, y + MARGE


def _forme(
    cadre: _Cadre, quartier: Quartier, contour: ContourQuartier, rang: int, choisi: bool
) -> FormeCarte:
    anneaux = [[cadre.placer(x, y) for x, y in anneau] for s in contour.surfaces for anneau in s]
    trace = "".join("M" + "L".join(f"{x} {y}" for x, y in anneau) + "Z" for anneau in anneaux)
    exterieur = anneaux[0]
    milieu_x = (min(x for x, _ in exterieur) + max(x for x, _ in exterieur)) // 2
    milieu_y = (min(y for _, y in exterieur) + max(y for _, y in exterieur)) // 2
    return FormeCarte(quartier, rang, trace, milieu_x, milieu_y, choisi)
