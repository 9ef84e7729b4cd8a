"""Totals of a session and what it would do to the CPO objective. Constant queries.

An action that aims at several places is shared between them (by the declared shares of its
public, else equally), to the cent: every table sums to the same total.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.cpo import Acte, FiltreCpo, TauxCpo, calculer_taux, choisir_acte, cumuls
from aap.domaine.montants import repartir
from aap.domaine.regles import valeur_regle
from aap.extensions import db
from aap.models import (
    Decision,
    Dossier,
    DossierQuartier,
    Financement,
    FormeJuridique,
    Inscription,
    Quartier,
    Seance,
)
from aap.permissions import Acteur
from aap.requetes.copil import sans_conflit

SANS = "Non précisé"


@dataclass(frozen=True)
class LigneTotal:
    """Cents asked and given for one place or orientation; ``dossiers``: how many touch it."""

    libelle: str
    dossiers: int
    demande: int
    accorde: int


@dataclass(frozen=True)
class TableTotal:
    titre: str
    lignes: tuple[LigneTotal, ...]

    @property
    def demande(self) -> int:
        return sum(x.demande for x in self.lignes)

    @property
    def accorde(self) -> int:
        return sum(x.accorde for x in self.lignes)


@dataclass(frozen=True)
class Totaux:
    """``objectif_cpo``: share of CPO that the campaign aims at (rule ``cpo_objectif``).

    ``masques``: dossiers left out because the reader steps out for them.
    """

    tables: tuple[TableTotal, ...]
    cpo: TauxCpo
    dossiers: int
    objectif_cpo: Fraction
    masques: int = 0


Part = tuple[str, int]


def totaux_seance(acteur: Acteur, seance: Seance) -> Totaux:
    """Totals by orientation, secteur, commune, quartier, and the projected CPO rate (6 queries).

    A total with one dossier too many tells what that dossier gets: those for which the reader
    steps out are left out until their decision is published (parcours.md §1).
    """
    dossiers = db.session.scalars(
        select(Dossier)
        .join(Inscription, Inscription.dossier_id == Dossier.id)
        .where(Inscription.seance_id == seance.id, *_lisibles(acteur, seance))
        .options(
            joinedload(Dossier.organisme),
            joinedload(Dossier.orientation),
            selectinload(Dossier.quartiers)
            .joinedload(DossierQuartier.quartier)
            .options(joinedload(Quartier.secteur), selectinload(Quartier.communes)),
            selectinload(Dossier.financements).joinedload(Financement.financeur),
        )
        .order_by(Dossier.id)
    ).all()
    return Totaux(
        tables=(
            _table("Par orientation", dossiers, _orientation),
            _table("Par secteur", dossiers, _secteurs),
            _table("Par commune", dossiers, _communes),
            _table("Par quartier", dossiers, _quartiers),
        ),
        cpo=projection_cpo(dossiers, seance.campagne.exercice),
        dossiers=len(dossiers),
        objectif_cpo=Fraction(int(valeur_regle(seance.campagne, "cpo_objectif")), 1000),
        masques=len(seance.inscriptions) - len(dossiers),
    )


def _lisibles(acteur: Acteur, seance: Seance) -> list[ColumnElement[bool]]:
    """Condition on ``Dossier``: no conflict of interest, or a decision that everybody knows."""
    publie = exists().where(
        Decision.seance_id == seance.id,
        Decision.dossier_id == Dossier.id,
        Decision.publiee_le.is_not(None),
    )
    return [or_(publie, *sans_conflit(acteur))] if acteur.deports else []


def _table(titre: str, dossiers: Sequence[Dossier], parts: object) -> TableTotal:
    sommes: dict[str, list[int]] = {}
    for d in dossiers:
        demande = sum(f.montant_demande for f in d.financements)
        accorde = sum(f.montant_retenu for f in d.financements)
        poids = _fusionner(parts(d) or [(SANS, 1)])  # type: ignore[operator]
        noms = list(poids)
        for nom, a, b in zip(
            noms,
            repartir(demande, list(poids.values())),
            repartir(accorde, list(poids.values())),
            strict=True,
        ):
            ligne = sommes.setdefault(nom, [0, 0, 0])
            ligne[0] += 1
            ligne[1] += a
            ligne[2] += b
    return TableTotal(
        titre, tuple(LigneTotal(nom, *sommes[nom]) for nom in sorted(sommes, key=_cle))
    )


def _cle(nom: str) -> tuple[bool, str]:
    return nom == SANS, nom


def _fusionner(parts: Iterable[Part]) -> dict[str, int]:
    poids: dict[str, int] = {}
    for nom, p in parts:
        poids[nom] = poids.get(nom, 0) + p
    return poids


def _orientation(d: Dossier) -> list[Part]:
    return [(f"{d.orientation.code} – {d.orientation.titre}", 1)] if d.orientation else []


def _poids(d: Dossier) -> list[tuple[Quartier, int]]:
    """Quartiers with a weight: the declared shares when they are all known and not all zero."""
    liens = sorted(d.quartiers, key=lambda q: q.quartier_id)
    parts = [q.part for q in liens]
    declares = [p for p in parts if p is not None]
    if len(declares) == len(parts) and sum(declares) > 0:
        return [(q.quartier, p) for q, p in zip(liens, declares, strict=True)]
    return [(q.quartier, 1) for q in liens]


def _quartiers(d: Dossier) -> list[Part]:
    return [(q.nom, p) for q, p in _poids(d)]


def _secteurs(d: Dossier) -> list[Part]:
    return [(q.secteur.nom if q.secteur else SANS, p) for q, p in _poids(d)]


def _communes(d: Dossier) -> list[Part]:
    """A quartier on several communes is shared equally between them (weights times 60)."""
    parts: list[Part] = []
    for q, p in _poids(d):
        noms = sorted(c.nom for c in q.communes) or [SANS]
        parts += [
            (nom, part) for nom, part in zip(noms, repartir(p * 60, [1] * len(noms)), strict=True)
        ]
    return parts


def projection_cpo(dossiers: Sequence[Dossier], exercice: int) -> TauxCpo:
    """CPO rate that the amounts of the session would give: one act per line that gives money.

    A dossier of several years becomes a CPO; otherwise the act depends on what the funder gives
    to the organisme in the year (``domaine.cpo.choisir_acte``).
    """
    lignes = [(d, f) for d in dossiers for f in d.financements if f.montant_retenu > 0]
    sommes = cumuls(
        (f.financeur.code, str(d.organisme_id), f.exercice, f.montant_retenu) for d, f in lignes
    )
    actes = [
        Acte(
            financeur=f.financeur.code,
            organisme=str(d.organisme_id),
            exercice=f.exercice,
            type=choisir_acte(
                sommes[f.financeur.code, str(d.organisme_id), f.exercice],
                pluriannuel=d.duree_annees > 1,
            ),
            montant=f.montant_retenu,
            association=d.organisme.forme is FormeJuridique.ASSOCIATION,
        )
        for d, f in lignes
    ]
    return calculer_taux(actes, exercice, FiltreCpo())
