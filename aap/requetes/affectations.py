"""Who examines what: lists to assign, people who may examine, late drafts, déports."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import (
    Affectation,
    Campagne,
    Deport,
    Dossier,
    DossierQuartier,
    Financement,
    Financeur,
    Habilitation,
    Organisme,
    Quartier,
    RoleHabilitation,
    Utilisateur,
)
from aap.models.referentiel import quartier_commune
from aap.permissions import Acteur, charger_acteur, dans_perimetre
from aap.requetes.affectations_vacantes import A_INSTRUIRE, vacante
from aap.requetes.comptes import en_vigueur
from aap.requetes.perimetre import dossiers_lisibles, hors_deports
from workflows.dossier import EtatDossier

PAR_PAGE = 25
LAISSES = -1  # filter: given to somebody who can no longer examine
NON_TRANSMIS = (EtatDossier.BROUILLON, EtatDossier.EN_ATTENTE_SIGNATURE, EtatDossier.CADUC)


@dataclass(frozen=True)
class FiltresAffectation:
    """Every filter is optional. ``instructeur``: an id, 0 for « nobody », ``LAISSES`` for people
    who no longer can, None for all."""

    recherche: str = ""
    commune: int | None = None
    orientation: int | None = None
    financeur: int | None = None
    instructeur: int | None = None

    @property
    def actif(self) -> bool:
        return self != FiltresAffectation()


@dataclass(frozen=True)
class PageDossiers:
    """One page of a list; ranks from 1."""

    dossiers: Sequence[Dossier]
    total: int
    page: int
    par_page: int = PAR_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.par_page))

    @property
    def premier(self) -> int:
        return min(self.total, (self.page - 1) * self.par_page + 1)

    @property
    def dernier(self) -> int:
        return min(self.total, self.page * self.par_page)


def _filtrer(requete: Select, f: FiltresAffectation) -> Select:
    if f.commune is not None:
        requete = requete.where(
            exists().where(
                DossierQuartier.dossier_id == Dossier.id,
                DossierQuartier.quartier_id == quartier_commune.c.quartier_id,
                quartier_commune.c.commune_id == f.commune,
            )
        )
    if f.orientation is not None:
        requete = requete.where(Dossier.orientation_id == f.orientation)
    if f.financeur is not None:
        requete = requete.where(
            exists().where(
                Financement.dossier_id == Dossier.id, Financement.financeur_id == f.financeur
            )
        )
    affecte = exists().where(Affectation.dossier_id == Dossier.id)
    if f.instructeur == 0:
        requete = requete.where(~affecte)
    elif f.instructeur == LAISSES:
        requete = requete.where(affecte.where(vacante()))
    elif f.instructeur is not None:
        requete = requete.where(affecte.where(Affectation.utilisateur_id == f.instructeur))
    mots = normaliser(f.recherche)
    if mots:
        requete = requete.where(
            or_(
                Dossier.intitule_recherche.contains(mots, autoescape=True),
                Organisme.nom_recherche.contains(mots, autoescape=True),
                Dossier.numero == f.recherche.strip().upper(),
            )
        )
    return requete


def dossiers_a_affecter(
    acteur: Acteur, campagne: Campagne, filtres: FiltresAffectation, page: int = 1
) -> PageDossiers:
    """Deposited dossiers that somebody must examine, by number (9 queries)."""
    base = _filtrer(
        select(Dossier)
        .join(Organisme, Organisme.id == Dossier.organisme_id)
        .where(
            Dossier.campagne_id == campagne.id,
            Dossier.etat.in_(A_INSTRUIRE),
            dossiers_lisibles(acteur, (RoleHabilitation.COORDINATEUR,)),
        ),
        filtres,
    )
    total = db.session.scalar(select(func.count()).select_from(base.subquery())) or 0
    pages = max(1, -(-total // PAR_PAGE))
    page = min(max(1, page), pages)
    dossiers = db.session.scalars(
        base.order_by(Dossier.numero, Dossier.id)
        .limit(PAR_PAGE)
        .offset((page - 1) * PAR_PAGE)
        .options(*_chargements())
    ).all()
    return PageDossiers(dossiers, total, page)


def _chargements() -> list:
    return [
        joinedload(Dossier.organisme),
        joinedload(Dossier.orientation),
        joinedload(Dossier.campagne),
        selectinload(Dossier.quartiers)
        .joinedload(DossierQuartier.quartier)
        .selectinload(Quartier.communes),
        selectinload(Dossier.financements).joinedload(Financement.financeur),
    ]


def dossiers_choisis(acteur: Acteur, campagne: Campagne, ids: Collection[int]) -> list[Dossier]:
    """The dossiers of these ids that may be assigned (foreign ids are left out)."""
    return list(
        db.session.scalars(
            select(Dossier)
            .where(
                Dossier.id.in_(ids),
                Dossier.campagne_id == campagne.id,
                Dossier.etat.in_(A_INSTRUIRE),
                dossiers_lisibles(acteur, (RoleHabilitation.COORDINATEUR,)),
            )
            .order_by(Dossier.numero, Dossier.id)
            .options(*_chargements())
        )
    )


def affectations_de(dossiers: Collection[Dossier]) -> dict[int, list[Affectation]]:
    """Dossier id -> its assignments, oldest first (1 query)."""
    par_dossier: dict[int, list[Affectation]] = {d.id: [] for d in dossiers}
    for affectation in db.session.scalars(
        select(Affectation)
        .where(Affectation.dossier_id.in_(par_dossier))
        .order_by(Affectation.id)
        .options(joinedload(Affectation.utilisateur), joinedload(Affectation.financeur))
    ):
        par_dossier[affectation.dossier_id].append(affectation)
    return par_dossier


def affectations_de_la_personne(acteur: Acteur, affectation: Affectation) -> Sequence[Affectation]:
    """Every dossier of the same campaign given to the same person for the same funder, but those
    with which the reader is in conflict."""
    return db.session.scalars(
        select(Affectation)
        .join(Dossier, Dossier.id == Affectation.dossier_id)
        .where(
            Affectation.utilisateur_id == affectation.utilisateur_id,
            Affectation.financeur_id == affectation.financeur_id,
            Dossier.campagne_id == affectation.dossier.campagne_id,
            Dossier.etat.in_(A_INSTRUIRE),
            hors_deports(acteur),
        )
        .order_by(Dossier.numero, Affectation.id)
        .options(joinedload(Affectation.dossier), joinedload(Affectation.utilisateur))
    ).all()


@dataclass(frozen=True)
class Instructeur:
    """A person who may examine for a financeur. ``charge``: dossiers assigned to her here."""

    utilisateur: Utilisateur
    financeur: Financeur
    charge: int = 0

    @property
    def cle(self) -> str:
        return f"{self.utilisateur.id}-{self.financeur.id}"

    @property
    def libelle(self) -> str:
        nom = self.financeur.sigle or self.financeur.nom
        return f"{self.utilisateur.nom_complet} – {nom}"


def instructeurs_de(campagne: Campagne) -> list[Instructeur]:
    """People with a right to examine on the contrat today, by name (2 queries)."""
    charges = {
        (u, f): n
        for u, f, n in db.session.execute(
            select(Affectation.utilisateur_id, Affectation.financeur_id, func.count())
            .join(Dossier, Dossier.id == Affectation.dossier_id)
            .where(Dossier.campagne_id == campagne.id)
            .group_by(Affectation.utilisateur_id, Affectation.financeur_id)
        )
    }
    couples = db.session.execute(
        select(Utilisateur, Financeur)
        .join(Habilitation, Habilitation.utilisateur_id == Utilisateur.id)
        .join(Financeur, Financeur.id == Habilitation.financeur_id)
        .where(
            *en_vigueur(),
            Habilitation.role == RoleHabilitation.INSTRUCTEUR,
            or_(
                Habilitation.contrat_id.is_(None),
                Habilitation.contrat_id == campagne.contrat_id,
            ),
            Financeur.contrat_id == campagne.contrat_id,
            Utilisateur.desactive_le.is_(None),
        )
        .order_by(Utilisateur.nom, Utilisateur.prenom, Utilisateur.id, Financeur.id)
    ).all()
    distincts = {(u.id, f.id): (u, f) for u, f in couples}
    return [Instructeur(u, f, charges.get(cle, 0)) for cle, (u, f) in distincts.items()]


@dataclass(frozen=True)
class Apercu:
    """What an assignment would do, before it is done."""

    a_affecter: list[Dossier]
    deja: list[Dossier]
    deportes: list[Dossier]
    hors_perimetre: list[Dossier]


def apercu_affectation(
    dossiers: Collection[Dossier], utilisateur: Utilisateur, financeur: Financeur
) -> Apercu:
    """Sort the dossiers for this person (6 queries whatever their number)."""
    personne = charger_acteur(utilisateur)
    deja_ids = set(
        db.session.scalars(
            select(Affectation.dossier_id).where(
                Affectation.utilisateur_id == utilisateur.id,
                Affectation.dossier_id.in_([d.id for d in dossiers]),
            )
        )
    )
    apercu = Apercu([], [], [], [])
    for dossier in dossiers:
        if dossier.id in deja_ids:
            apercu.deja.append(dossier)
        elif dossier.organisme_id in personne.deports:
            apercu.deportes.append(dossier)
        elif not _peut_instruire(personne, dossier, financeur):
            apercu.hors_perimetre.append(dossier)
        else:
            apercu.a_affecter.append(dossier)
    return apercu


def _peut_instruire(personne: Acteur, dossier: Dossier, financeur: Financeur) -> bool:
    """One right of this financeur, on this contrat, whose perimeter the dossier touches."""
    droits = personne.avec(RoleHabilitation.INSTRUCTEUR, dossier.campagne.contrat_id)
    return any(h.financeur_id == financeur.id and dans_perimetre(h, dossier) for h in droits)


def brouillons_hors_delai(acteur: Acteur, campagne: Campagne) -> Sequence[Dossier]:
    """Drafts not transmitted, whose organisme is known but not their content (2 queries)."""
    return db.session.scalars(
        select(Dossier)
        .join(Organisme, Organisme.id == Dossier.organisme_id)
        .where(
            Dossier.campagne_id == campagne.id,
            Dossier.etat.in_(NON_TRANSMIS),
            hors_deports(acteur),
        )
        .order_by(Organisme.nom_recherche, Dossier.id)
        .options(joinedload(Dossier.organisme), joinedload(Dossier.campagne))
    ).all()


def deports_declares(contrats: Collection[int]) -> Sequence[tuple[Deport, Organisme]]:
    """Déports of the people of these contrats: in force, then lifted, latest first (1 query)."""
    personnes = select(Habilitation.utilisateur_id).where(
        or_(Habilitation.contrat_id.is_(None), Habilitation.contrat_id.in_(contrats))
    )
    lignes = db.session.execute(
        select(Deport, Organisme)
        .join(Organisme, Organisme.id == Deport.organisme_id)
        .where(Deport.utilisateur_id.in_(personnes))
        .order_by(Deport.leve_le.is_not(None), Deport.modifie_le.desc(), Deport.id)
        .options(joinedload(Deport.utilisateur))
    ).all()
    return [(deport, organisme) for deport, organisme in lignes]


def agents_du_contrat(contrats: Collection[int]) -> Sequence[Utilisateur]:
    """People who hold a right on one of these contrats today, by name."""
    return db.session.scalars(
        select(Utilisateur)
        .join(Habilitation, Habilitation.utilisateur_id == Utilisateur.id)
        .where(
            *en_vigueur(),
            or_(Habilitation.contrat_id.is_(None), Habilitation.contrat_id.in_(contrats)),
            Habilitation.role != RoleHabilitation.ADMINISTRATEUR,
            Utilisateur.desactive_le.is_(None),
        )
        .distinct()
        .order_by(Utilisateur.nom, Utilisateur.prenom, Utilisateur.id)
    ).all()


def organismes_du_contrat(contrats: Collection[int]) -> Sequence[Organisme]:
    """Organismes that have a dossier in one of these contrats, by name."""
    return db.session.scalars(
        select(Organisme)
        .where(
            exists().where(
                Dossier.organisme_id == Organisme.id,
                Dossier.campagne_id == Campagne.id,
                Campagne.contrat_id.in_(contrats),
            )
        )
        .order_by(Organisme.nom_recherche, Organisme.id)
    ).all()
