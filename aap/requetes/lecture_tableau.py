"""Reading of the board: every dossier that an allocation may serve, line by line.

Constant number of queries whatever the number of dossiers; the dossiers of the reader's déports
are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, exists, func, select
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
    Financeur,
    FormeJuridique,
    Organisme,
    Orientation,
    OrigineCredits,
    Quartier,
)
from aap.permissions import Acteur
from aap.requetes.copil import classement, sans_conflit
from aap.requetes.eligibilite import conditions_de
from aap.requetes.memoire_tableau import rangees_de
from aap.requetes.notation import Resultat
from aap.requetes.poches import COLLECTIVITES
from aap.requetes.soldes import RETENU
from aap.requetes.tableau import (
    REPARTIS,
    CaisseTableau,
    LigneTableau,
    OffreTableau,
    RangeeTableau,
    Tableau,
)
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

Valeurs = tuple[Any, ...]
Offres = dict[tuple[int, OrigineCredits], list[tuple[int, Conditions]]]
"""(Funder, nature of the credits) -> enveloppes and their conditions."""


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
    lu = _Lu(
        dossiers=dossiers,
        offres=_offres(enveloppes),
        quartiers=_quartiers_de(campagne),
        visites=_visites(campagne),
        lignes=_lignes(campagne),
        financeurs=_financeurs_de(campagne),
        places=classement(campagne),
        deja_venus=_deja_venus(campagne),
    )
    gardees = rangees_de(lu, _Composition(lu).rangees)
    return Tableau(
        caisses=_caisses(campagne, enveloppes),
        rangees=gardees.rangees,
        masques=_compter(campagne) - len(dossiers) if conflits else 0,
        dessins=gardees.dessins,
    )


def _valeurs(lignes: Iterable[Row[Any]]) -> list[Valeurs]:
    return [tuple(ligne) for ligne in lignes]


def _par_dossier(lignes: Iterable[Valeurs]) -> dict[int, list[Valeurs]]:
    groupes: dict[int, list[Valeurs]] = {}
    for ligne in lignes:
        groupes.setdefault(ligne[0], []).append(ligne)
    return groupes


def _en_jeu(campagne: Campagne) -> ColumnElement[bool]:
    return (Dossier.campagne_id == campagne.id) & Dossier.etat.in_(REPARTIS)


def _compter(campagne: Campagne) -> int:
    return db.session.scalar(select(func.count(Dossier.id)).where(_en_jeu(campagne))) or 0


class _DossierLu(NamedTuple):
    id: int
    etat: EtatDossier
    numero: str | None
    intitule: str
    organisme_id: int
    organisme: str
    forme: FormeJuridique
    orientation: str | None
    orientation_titre: str | None
    total_charges: int
    duree_annees: int
    precedent_id: int | None


def _dossiers(campagne: Campagne, conflits: list[ColumnElement[bool]]) -> list[_DossierLu]:
    """Narrow rows: a thousand whole objects would cost more than all the rest."""
    lus = db.session.execute(
        select(
            Dossier.id,
            Dossier.etat,
            Dossier.numero,
            Dossier.intitule,
            Dossier.organisme_id,
            Organisme.nom,
            Organisme.forme,
            Orientation.code,
            Orientation.titre,
            Dossier.total_charges,
            Dossier.duree_annees,
            Dossier.precedent_id,
        )
        .join(Organisme, Organisme.id == Dossier.organisme_id)
        .outerjoin(Orientation, Orientation.id == Dossier.orientation_id)
        .where(_en_jeu(campagne), *conflits)
        .order_by(Dossier.id)
    )
    return [_DossierLu._make(d) for d in lus]


def _visites(campagne: Campagne) -> list[Valeurs]:
    """(Dossier, quartier) rows."""
    return _valeurs(
        db.session.execute(
            select(DossierQuartier.dossier_id, DossierQuartier.quartier_id)
            .join(Dossier, Dossier.id == DossierQuartier.dossier_id)
            .where(_en_jeu(campagne))
            .order_by(DossierQuartier.dossier_id, DossierQuartier.quartier_id)
        )
    )


def _lignes(campagne: Campagne) -> list[Valeurs]:
    """The lines whose opinion is given, in their order; the dossier comes first."""
    return _valeurs(
        db.session.execute(
            select(
                Financement.dossier_id,
                Financement.id,
                Financement.financeur_id,
                Financement.origine,
                Financement.montant_demande,
                Financement.montant_propose,
                Financement.montant_arbitre,
                Financement.enveloppe_id,
            )
            .join(Dossier, Dossier.id == Financement.dossier_id)
            .where(_en_jeu(campagne), Financement.etat == EtatFinancement.AVIS_RENDU)
            .order_by(Financement.id)
        )
    )


def _financeurs_de(campagne: Campagne) -> dict[int, tuple[str, bool]]:
    """Funder -> (short name, is it a local authority?)."""
    lus = db.session.execute(
        select(Financeur.id, Financeur.sigle, Financeur.nom, Financeur.type).where(
            Financeur.contrat_id == campagne.contrat_id
        )
    )
    return {cle: (sigle or nom, genre in COLLECTIVITES) for cle, sigle, nom, genre in lus}


class _QuartierLu(NamedTuple):
    """``communes``: (code, name)."""

    code: str
    nom: str
    type: str
    departement: str
    secteur: str
    communes: tuple[tuple[str, str], ...]


def _quartiers_de(campagne: Campagne) -> dict[int, _QuartierLu]:
    return {
        q.id: _QuartierLu(
            q.code,
            q.nom,
            q.type,
            q.departement,
            q.secteur.nom if q.secteur else "",
            tuple((c.code, c.nom) for c in q.communes),
        )
        for q in db.session.scalars(
            select(Quartier)
            .where(Quartier.contrat_id == campagne.contrat_id)
            .options(joinedload(Quartier.secteur), selectinload(Quartier.communes))
        )
    }


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


def _offres(enveloppes: Sequence[Enveloppe]) -> Offres:
    offres: Offres = {}
    for e in enveloppes:
        offres.setdefault((e.financeur_id, e.origine), []).append((e.id, conditions_de(e)))
    return offres


class _Lieux(NamedTuple):
    """The quartiers of a dossier, by name and as the conditions of an enveloppe read them."""

    quartiers: tuple[str, ...]
    communes: tuple[str, ...]
    secteurs: tuple[str, ...]
    poche: bool
    codes_quartiers: frozenset[str]
    codes_communes: frozenset[str]
    departements: frozenset[str]


def _lieux(quartiers: Sequence[_QuartierLu]) -> _Lieux:
    communes = [c for q in quartiers for c in q.communes]
    return _Lieux(
        tuple(sorted(q.nom for q in quartiers)),
        tuple(sorted({nom for _, nom in communes})),
        tuple(sorted({q.secteur for q in quartiers if q.secteur})),
        seulement_en_poche(q.type for q in quartiers),
        frozenset(q.code for q in quartiers),
        frozenset(code for code, _ in communes),
        frozenset(q.departement for q in quartiers),
    )


class _Lu(NamedTuple):
    """All that the rows are made of, as plain values: two equal readings give the same rows."""

    dossiers: list[_DossierLu]
    offres: Offres
    quartiers: dict[int, _QuartierLu]
    visites: list[Valeurs]
    lignes: list[Valeurs]
    financeurs: dict[int, tuple[str, bool]]
    places: dict[int, Resultat]
    deja_venus: set[int]


class _Composition:
    """Makes the rows; what depends on the places alone is worked out once for all of them."""

    def __init__(self, lu: _Lu) -> None:
        self.lu = lu
        self._lieux: dict[tuple[int, ...], _Lieux] = {}
        self._eligibles: dict[Any, list[tuple[int, Conditions]]] = {}

    def rangees(self) -> tuple[RangeeTableau, ...]:
        """Best rank first."""
        self.visites, self.lignes = _par_dossier(self.lu.visites), _par_dossier(self.lu.lignes)
        rangees = [self.rangee(d) for d in self.lu.dossiers]
        return tuple(sorted(rangees, key=lambda r: (r.rang, r.id)))

    def rangee(self, d: _DossierLu) -> RangeeTableau:
        cles = tuple(x[1] for x in self.visites.get(d.id, ()))
        lieux = self._lieux.get(cles)
        if lieux is None:
            lieux = self._lieux[cles] = _lieux([self.lu.quartiers[q] for q in cles])
        demande = Demande(
            communes=lieux.codes_communes,
            quartiers=lieux.codes_quartiers,
            orientation=d.orientation or "",
            forme_juridique=d.forme.value,
            departements=lieux.departements,
            budget=d.total_charges,
        )
        return RangeeTableau(
            id=d.id,
            etat=d.etat,
            reference=d.numero or f"brouillon {d.id}",
            intitule=d.intitule,
            organisme=d.organisme,
            organisme_id=d.organisme_id,
            orientation=f"{d.orientation} – {d.orientation_titre}" if d.orientation else "",
            quartiers=lieux.quartiers,
            communes=lieux.communes,
            secteurs=lieux.secteurs,
            budget=d.total_charges,
            pluriannuel=d.duree_annees > 1,
            premiere=d.organisme_id not in self.lu.deja_venus,
            renouvellement=d.precedent_id is not None,
            poche=lieux.poche,
            resultat=self.lu.places.get(d.id),
            lignes=tuple(self.ligne(x, cles, demande) for x in self.lignes.get(d.id, ())),
        )

    def ligne(self, f: Valeurs, cles: tuple[int, ...], demande: Demande) -> LigneTableau:
        dossier_id, numero, financeur_id, origine, voulu, propose, arbitre, enveloppe_id = f
        nom, collectivite = self.lu.financeurs[financeur_id]
        profil = (financeur_id, origine, cles, demande.orientation, demande.forme_juridique)
        eligibles = self._eligibles.get(profil)
        if eligibles is None:
            eligibles = self._eligibles[profil] = [
                (e, conditions)
                for e, conditions in self.lu.offres.get((financeur_id, origine), ())
                if not raisons_ineligible(conditions, demande)
            ]
        offres = (_offre(e, conditions, demande, voulu) for e, conditions in eligibles)
        return LigneTableau(
            numero,
            dossier_id,
            financeur_id,
            nom,
            collectivite,
            voulu,
            propose,
            arbitre,
            enveloppe_id,
            tuple(offre for offre in offres if offre is not None),
        )


def _offre(cle: int, conditions: Conditions, demande: Demande, voulu: int) -> OffreTableau | None:
    """The same rules as at the session (``requetes/eligibilite``), as bounds."""
    maximum = voulu
    if conditions.montant_max is not None:
        maximum = min(maximum, conditions.montant_max)
    if conditions.taux_max is not None:
        maximum = min(maximum, int(Fraction(demande.budget) * conditions.taux_max))
    minimum = conditions.montant_min or 0
    if maximum <= 0 or minimum > maximum or raisons_montant(conditions, demande, maximum):
        return None
    return OffreTableau(cle, maximum, minimum)
