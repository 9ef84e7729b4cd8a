"""The board of a campaign: every dossier that an allocation may serve, line by line.

A scenario and the calculation read the same rows. Constant number of queries whatever the
number of dossiers; the dossiers of the reader's déports are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from aap.domaine.enveloppe import Conditions, Demande, raisons_ineligible, raisons_montant
from aap.domaine.poches import seulement_en_poche
from aap.extensions import db
from aap.models import (
    Campagne,
    Dossier,
    DossierQuartier,
    Enveloppe,
    Financement,
    OrigineCredits,
    Quartier,
)
from aap.permissions import Acteur
from aap.requetes.copil import classement, sans_conflit
from aap.requetes.eligibilite import conditions_de, demande_de
from aap.requetes.notation import Resultat
from aap.requetes.poches import COLLECTIVITES
from aap.requetes.soldes import RETENU
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

REPARTIS = (
    EtatDossier.INSTRUIT,
    EtatDossier.INSCRIT,
    EtatDossier.AJOURNE,
    EtatDossier.LISTE_ATTENTE,
)
"""Dossiers that may still receive an amount: examined, and not decided for good."""

SANS_RANG = 1_000_000
Offres = dict[tuple[int, OrigineCredits], list[tuple[int, Conditions]]]
"""(Funder, nature of the credits) -> enveloppes and their conditions."""


@dataclass(frozen=True)
class CaisseTableau:
    """An enveloppe as a column. ``disponible``: cents once its children and the lines of other
    dossiers (decided, out of the board) are taken off."""

    id: int
    code: str
    libelle: str
    financeur_id: int
    financeur: str
    montant: int
    disponible: int


@dataclass(frozen=True)
class OffreTableau:
    """An enveloppe that may pay a line, up to ``maximum`` and from ``minimum`` cents."""

    enveloppe_id: int
    maximum: int
    minimum: int


@dataclass(frozen=True)
class LigneTableau:
    """What one funder is asked on one dossier; ``propose``: after its opinion (cents)."""

    id: int
    dossier_id: int
    financeur_id: int
    financeur: str
    collectivite: bool
    demande: int
    propose: int | None
    arbitre: int | None
    enveloppe_id: int | None
    offres: tuple[OffreTableau, ...]


@dataclass(frozen=True)
class RangeeTableau:
    """A dossier as a row. Places by name; ``poche``: led only outside QPV, in pockets."""

    id: int
    etat: EtatDossier
    reference: str
    intitule: str
    organisme: str
    organisme_id: int
    orientation: str
    quartiers: tuple[str, ...]
    communes: tuple[str, ...]
    secteurs: tuple[str, ...]
    budget: int
    pluriannuel: bool
    premiere: bool
    renouvellement: bool
    poche: bool
    resultat: Resultat | None
    lignes: tuple[LigneTableau, ...]

    @property
    def rang(self) -> int:
        """Place in the ranking; dossiers without one come last."""
        place = self.resultat.rang if self.resultat else None
        return SANS_RANG if place is None else place

    @property
    def demande(self) -> int:
        return sum(v.demande for v in self.lignes)


@dataclass(frozen=True)
class Tableau:
    """Columns (by funder, then code) and rows (by rank). ``masques``: rows left out by déport."""

    caisses: tuple[CaisseTableau, ...]
    rangees: tuple[RangeeTableau, ...]
    masques: int


def lire_tableau(campagne: Campagne, acteur: Acteur | None = None) -> Tableau:
    """The whole board (about 20 queries). Without ``acteur``: for the machine, nothing hidden."""
    enveloppes = db.session.scalars(
        select(Enveloppe)
        .where(Enveloppe.campagne_id == campagne.id)
        .options(
            joinedload(Enveloppe.financeur),
            selectinload(Enveloppe.communes),
            selectinload(Enveloppe.quartiers),
            selectinload(Enveloppe.orientations),
        )
        .order_by(Enveloppe.code)
    ).all()
    conflits = sans_conflit(acteur) if acteur is not None else []
    dossiers = _dossiers(campagne, conflits)
    places, premieres = classement(campagne), _deja_venus(campagne)
    offres: Offres = {}
    for e in enveloppes:
        offres.setdefault((e.financeur_id, e.origine), []).append((e.id, conditions_de(e)))
    rangees = [_rangee(d, places.get(d.id), premieres, offres) for d in dossiers]
    return Tableau(
        caisses=_caisses(campagne, enveloppes),
        rangees=tuple(sorted(rangees, key=lambda r: (r.rang, r.id))),
        masques=_compter(campagne) - len(dossiers) if conflits else 0,
    )


def _en_jeu(campagne: Campagne) -> ColumnElement[bool]:
    return (Dossier.campagne_id == campagne.id) & Dossier.etat.in_(REPARTIS)


def _compter(campagne: Campagne) -> int:
    return db.session.scalar(select(func.count(Dossier.id)).where(_en_jeu(campagne))) or 0


def _dossiers(campagne: Campagne, conflits: list[ColumnElement[bool]]) -> Sequence[Dossier]:
    return db.session.scalars(
        select(Dossier)
        .where(_en_jeu(campagne), *conflits)
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


def _deja_venus(campagne: Campagne) -> set[int]:
    """Organismes that have already deposited a dossier in an earlier call of the contrat."""
    autre = aliased(Dossier)
    return set(
        db.session.scalars(
            select(autre.organisme_id)
            .join(Campagne, Campagne.id == autre.campagne_id)
            .where(
                autre.depose_le.is_not(None),
                Campagne.contrat_id == campagne.contrat_id,
                Campagne.exercice < campagne.exercice,
                Campagne.bac_a_sable.is_(False),
                exists().where(
                    Dossier.organisme_id == autre.organisme_id,
                    Dossier.campagne_id == campagne.id,
                ),
            )
            .distinct()
        )
    )


def _caisses(campagne: Campagne, enveloppes: Sequence[Enveloppe]) -> tuple[CaisseTableau, ...]:
    delegue: dict[int, int] = {}
    for e in enveloppes:
        if e.parent_id is not None:
            delegue[e.parent_id] = delegue.get(e.parent_id, 0) + e.montant
    lignes = db.session.execute(
        select(Financement.enveloppe_id, func.sum(RETENU))
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .where(Dossier.campagne_id == campagne.id, Dossier.etat.not_in(REPARTIS))
        .group_by(Financement.enveloppe_id)
    )
    ailleurs = {cle: int(somme or 0) for cle, somme in lignes}
    colonnes = [
        CaisseTableau(
            e.id,
            e.code,
            e.libelle,
            e.financeur_id,
            e.financeur.sigle or e.financeur.nom,
            e.montant,
            e.montant - delegue.get(e.id, 0) - ailleurs.get(e.id, 0),
        )
        for e in enveloppes
    ]
    return tuple(sorted(colonnes, key=lambda c: (c.financeur, c.code)))


def _rangee(
    d: Dossier,
    place: Resultat | None,
    deja_venus: set[int],
    offres: Offres,
) -> RangeeTableau:
    quartiers = [lien.quartier for lien in d.quartiers]
    demande = demande_de(d)
    lignes = [
        _ligne(demande, f, offres.get((f.financeur_id, f.origine), []))
        for f in d.financements
        if f.etat is EtatFinancement.AVIS_RENDU
    ]
    return RangeeTableau(
        id=d.id,
        etat=d.etat,
        reference=d.reference,
        intitule=d.intitule,
        organisme=d.organisme.nom,
        organisme_id=d.organisme_id,
        orientation=f"{d.orientation.code} – {d.orientation.titre}" if d.orientation else "",
        quartiers=tuple(sorted(q.nom for q in quartiers)),
        communes=tuple(sorted({c.nom for q in quartiers for c in q.communes})),
        secteurs=tuple(sorted({q.secteur.nom for q in quartiers if q.secteur})),
        budget=d.total_charges,
        pluriannuel=d.duree_annees > 1,
        premiere=d.organisme_id not in deja_venus,
        renouvellement=d.precedent_id is not None,
        poche=seulement_en_poche(q.type for q in quartiers),
        resultat=place,
        lignes=tuple(lignes),
    )


def _ligne(
    demande: Demande, f: Financement, offres: Sequence[tuple[int, Conditions]]
) -> LigneTableau:
    return LigneTableau(
        id=f.id,
        dossier_id=f.dossier_id,
        financeur_id=f.financeur_id,
        financeur=f.financeur.sigle or f.financeur.nom,
        collectivite=f.financeur.type in COLLECTIVITES,
        demande=f.montant_demande,
        propose=f.montant_propose,
        arbitre=f.montant_arbitre,
        enveloppe_id=f.enveloppe_id,
        offres=tuple(
            offre
            for cle, conditions in offres
            if (offre := _offre(cle, conditions, demande, f.montant_demande)) is not None
        ),
    )


def _offre(cle: int, conditions: Conditions, demande: Demande, voulu: int) -> OffreTableau | None:
    """The same rules as at the session (``requetes/eligibilite``), as bounds."""
    if raisons_ineligible(conditions, demande):
        return None
    maximum = voulu
    if conditions.montant_max is not None:
        maximum = min(maximum, conditions.montant_max)
    if conditions.taux_max is not None:
        maximum = min(maximum, int(Fraction(demande.budget) * conditions.taux_max))
    minimum = conditions.montant_min or 0
    if maximum <= 0 or minimum > maximum or raisons_montant(conditions, demande, maximum):
        return None
    return OffreTableau(cle, maximum, minimum)
