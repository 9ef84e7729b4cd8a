"""Every computed criterion of every dossier of a campaign, and what it was when frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from aap.extensions import db
from aap.models import (
    Campagne,
    Critere,
    Dossier,
    DossierQuartier,
    EtatEvaluation,
    Evaluation,
    ModeCritere,
)
from aap.requetes.criteres_calcules import expliquer_tout
from aap.requetes.matiere_criteres import Matiere

Suivi = Callable[[Sequence[Dossier]], Iterable[Dossier]]


@dataclass
class BilanCritere:
    """One criterion over the campaign; ``ecarts``: references whose frozen value differs now."""

    critere: Critere
    connus: int = 0
    sans_objet: int = 0
    somme: Fraction = Fraction(0)
    ecarts: list[str] = field(default_factory=list)

    @property
    def moyenne(self) -> Fraction | None:
        return self.somme / self.connus if self.connus else None


@dataclass(frozen=True)
class Recalcul:
    """``valeurs``: reference -> criterion code -> exact value, None when « sans objet »."""

    valeurs: dict[str, dict[str, Fraction | None]]
    criteres: list[BilanCritere]


def dossiers_a_calculer(campagne: Campagne) -> Sequence[Dossier]:
    """The deposited dossiers with all that the rules read (a constant number of queries)."""
    return db.session.scalars(
        select(Dossier)
        .where(Dossier.campagne_id == campagne.id, Dossier.depose_le.is_not(None))
        .options(
            joinedload(Dossier.organisme),
            joinedload(Dossier.theme),
            selectinload(Dossier.quartiers).joinedload(DossierQuartier.quartier),
            selectinload(Dossier.objectifs),
            selectinload(Dossier.objectifs_locaux),
            selectinload(Dossier.lignes),
        )
        .order_by(Dossier.numero, Dossier.id)
    ).all()


def _figees(campagne: Campagne) -> dict[int, list[dict[str, str | None]]]:
    """Dossier id -> values kept by each evaluation sent on the grid of the campaign."""
    figees: dict[int, list[dict[str, str | None]]] = {}
    for dossier_id, calcules in db.session.execute(
        select(Evaluation.dossier_id, Evaluation.calcules)
        .join(Dossier, Dossier.id == Evaluation.dossier_id)
        .where(
            Dossier.campagne_id == campagne.id,
            Evaluation.etat == EtatEvaluation.ENVOYEE,
            Evaluation.grille_id == campagne.grille_id,
        )
    ):
        valeurs = {code: c["valeur"] for code, c in calcules.items()}
        figees.setdefault(dossier_id, []).append(valeurs)
    return figees


def recalculer(campagne: Campagne, suivre: Suivi = iter) -> Recalcul:
    """Compute everything again; nothing is written, what is frozen stays.

    ``suivre`` wraps the dossiers (a progress bar).
    """
    criteres = list(campagne.grille.criteres) if campagne.grille else []
    bilans = [BilanCritere(c) for c in criteres if c.mode is ModeCritere.CALCULE]
    figees = _figees(campagne)
    matiere = Matiere(campagne)
    valeurs: dict[str, dict[str, Fraction | None]] = {}
    for dossier in suivre(dossiers_a_calculer(campagne)):
        lues = {c: e.valeur for c, e in expliquer_tout(dossier, criteres, matiere).items()}
        valeurs[dossier.reference] = lues
        for bilan in bilans:
            _compter(bilan, dossier, lues[bilan.critere.code], figees.get(dossier.id, []))
    return Recalcul(valeurs, bilans)


def _compter(
    bilan: BilanCritere,
    dossier: Dossier,
    valeur: Fraction | None,
    figees: list[dict[str, str | None]],
) -> None:
    if valeur is None:
        bilan.sans_objet += 1
    else:
        bilan.connus += 1
        bilan.somme += valeur
    actuelle = None if valeur is None else str(valeur)
    code = bilan.critere.code
    if any(code in f and f[code] != actuelle for f in figees):
        bilan.ecarts.append(dossier.reference)
