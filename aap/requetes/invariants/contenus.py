"""Frozen contents: each one still hashes to the value kept beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from aap.domaine.budget_revise import contenu_revision, totaux_revision
from aap.domaine.empreinte import empreinte
from aap.models import Bilan, Convention, Depot, RevisionBudget, Seance
from aap.requetes.invariants.socle import Ecart, Suivre, invariant, lignes
from aap.requetes.revisions_budget import plan_comptable

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


@invariant("contenu.budget_revise", "Chaque budget révisé rendu est équilibré et intact")
def _budgets_revises(suivre: Suivre) -> Iterator[Ecart]:
    requete = (
        select(RevisionBudget)
        .where(RevisionBudget.rendue_le.is_not(None))
        .order_by(RevisionBudget.id)
    )
    for (r,) in suivre(lignes(requete)):
        nom = f"revision_budget {r.id}"
        fige = contenu_revision(r.dossier_id, r.rang, r.lignes, r.aides, r.explication)
        if empreinte(fige) != r.sha256:
            yield Ecart(nom, ROMPU)
        totaux = totaux_revision(plan_comptable(r.dossier), r.lignes, sum(x[2] for x in r.aides))
        if totaux.ecart:
            yield Ecart(nom, f"charges {totaux.charges}, produits {totaux.produits}")
