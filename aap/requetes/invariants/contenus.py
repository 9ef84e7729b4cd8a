"""Frozen contents: each one still hashes to the value kept beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from aap.domaine.empreinte import empreinte
from aap.models import Bilan, Convention, Depot, Seance
from aap.requetes.invariants.socle import Ecart, Suivre, invariant, lignes

ROMPU = "le contenu figé ne correspond plus à son empreinte"


def _comparer(suivre: Suivre, nom: str, cle: Any, contenu: Any, sha256: Any) -> Iterator[Ecart]:
    requete = select(cle, contenu, sha256).where(sha256.is_not(None)).order_by(cle)
    for i, fige, attendue in suivre(lignes(requete)):
        if fige is None or empreinte(fige) != attendue:
            yield Ecart(f"{nom} {i}", ROMPU)


@invariant("contenu.depot", "Le contenu de chaque dépôt correspond à son empreinte")
def _depots(suivre: Suivre) -> Iterator[Ecart]:
    yield from _comparer(suivre, "depot", Depot.id, Depot.contenu, Depot.sha256)


@invariant("contenu.convention", "Le texte de chaque acte correspond à son empreinte")
def _conventions(suivre: Suivre) -> Iterator[Ecart]:
    c = Convention
    yield from _comparer(suivre, "convention", c.id, c.contenu, c.sha256)


@invariant("contenu.bilan", "Le contenu de chaque bilan déposé correspond à son empreinte")
def _bilans(suivre: Suivre) -> Iterator[Ecart]:
    yield from _comparer(suivre, "bilan", Bilan.id, Bilan.contenu, Bilan.sha256)


@invariant("contenu.pv", "Le contenu de chaque procès-verbal correspond à son empreinte")
def _pv(suivre: Suivre) -> Iterator[Ecart]:
    yield from _comparer(suivre, "seance", Seance.id, Seance.pv_contenu, Seance.pv_sha256)
