"""Sessions of the committee: the list, the members, the agenda to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import (
    Campagne,
    Commune,
    Contrat,
    Decision,
    Dossier,
    DossierQuartier,
    Fichier,
    Habilitation,
    Inscription,
    Orientation,
    Presence,
    Quartier,
    RoleHabilitation,
    Seance,
    Utilisateur,
)
from aap.models.referentiel import quartier_commune
from aap.permissions import Acteur, may
from aap.requetes.memoire_contrat import du_contrat
from aap.requetes.notation import Resultat, resultats
from workflows.dossier import EtatDossier

R = RoleHabilitation
INSCRIPTIBLES = (EtatDossier.INSTRUIT, EtatDossier.AJOURNE, EtatDossier.LISTE_ATTENTE)


@dataclass(frozen=True)
class LigneSeance:
    """A session in the list, with what is done in it."""

    seance: Seance
    dossiers: int
    decides: int
    convoques: int


@dataclass(frozen=True)
class GroupeCampagne:
    """A campaign, its sessions, whether the reader may hold one, and how many dossiers wait."""

    campagne: Campagne
    seances: tuple[LigneSeance, ...]
    peut_tenir: bool
    en_attente: int


@dataclass(frozen=True)
class Candidat:
    """A dossier that could go on the agenda; amounts in cents."""

    id: int
    reference: str
    intitule: str
    organisme: str
    orientation: str
    quartiers: tuple[str, ...]
    etat: EtatDossier
    demande: int
    resultat: Resultat | None


def _contrats(acteur: Acteur) -> set[int | None]:
    return {h.contrat_id for role in (R.COORDINATEUR, R.COPIL) for h in acteur.avec(role)}


def accueil_copil(acteur: Acteur) -> list[GroupeCampagne]:
    """Campaigns of the reader's contrats, latest first, with their sessions (6 queries)."""
    contrats = _contrats(acteur)
    if not contrats:
        return []
    requete = select(Campagne).options(joinedload(Campagne.contrat))
    if None not in contrats:
        requete = requete.where(Campagne.contrat_id.in_(sorted(c for c in contrats if c)))
    campagnes = db.session.scalars(
        requete.order_by(Campagne.exercice.desc(), Campagne.id.desc())
    ).all()
    ids = [c.id for c in campagnes]
    lignes, attente = _lignes_seances(ids), nombre_en_attente(ids)
    return [
        GroupeCampagne(
            c,
            tuple(lignes.get(c.id, ())),
            bool(may(acteur, "campagne.tenir_seance", c)),
            attente.get(c.id, 0),
        )
        for c in campagnes
    ]


def nombre_en_attente(campagnes: Sequence[int]) -> dict[int, int]:
    """Campaign id -> dossiers that wait (1 query)."""
    lignes = db.session.execute(
        select(Dossier.campagne_id, func.count())
        .where(Dossier.campagne_id.in_(campagnes), Dossier.etat == EtatDossier.LISTE_ATTENTE)
        .group_by(Dossier.campagne_id)
    )
    return {cle: nombre for cle, nombre in lignes}


def _lignes_seances(campagnes: Sequence[int]) -> dict[int, list[LigneSeance]]:
    seances = db.session.scalars(
        select(Seance).where(Seance.campagne_id.in_(campagnes)).order_by(Seance.prevue_le.desc())
    ).all()
    inscrits = _compter(Inscription.seance_id)
    decides = _compter(Decision.seance_id)
    convoques = _compter(Presence.seance_id)
    lignes: dict[int, list[LigneSeance]] = {}
    for s in seances:
        ligne = LigneSeance(s, inscrits.get(s.id, 0), decides.get(s.id, 0), convoques.get(s.id, 0))
        lignes.setdefault(s.campagne_id, []).append(ligne)
    return lignes


def _compter(colonne: InstrumentedAttribute[Any]) -> dict[int, int]:
    lignes = db.session.execute(
        select(colonne, func.count()).where(colonne.is_not(None)).group_by(colonne)
    )
    return {cle: n for cle, n in lignes}


def fichier_pv(seance: Seance) -> Fichier | None:
    """The stored PDF of the minutes, once made."""
    return db.session.scalar(
        select(Fichier)
        .where(Fichier.entite == "seance", Fichier.entite_id == seance.id)
        .order_by(Fichier.id)
        .limit(1)
    )


def membres_convocables(seance: Seance) -> list[Utilisateur]:
    """Members of the committee and of the coordination not yet on the list (1 query)."""
    jour = aujourdhui()
    deja = {p.utilisateur_id for p in seance.presences}
    contrat = seance.campagne.contrat_id
    gens = db.session.scalars(
        select(Utilisateur)
        .where(
            Utilisateur.desactive_le.is_(None),
            exists().where(
                Habilitation.utilisateur_id == Utilisateur.id,
                Habilitation.role.in_([R.COPIL, R.COORDINATEUR]),
                or_(Habilitation.contrat_id.is_(None), Habilitation.contrat_id == contrat),
                Habilitation.retiree_le.is_(None),
                Habilitation.du <= jour,
                or_(Habilitation.au.is_(None), Habilitation.au >= jour),
            ),
        )
        .order_by(Utilisateur.nom, Utilisateur.prenom, Utilisateur.id)
    )
    return [u for u in gens if u.id not in deja]


def presences_de(seance: Seance) -> list[Presence]:
    """The list of members in the order of names (1 query)."""
    return list(
        db.session.scalars(
            select(Presence)
            .join(Presence.utilisateur)
            .where(Presence.seance_id == seance.id)
            .options(joinedload(Presence.utilisateur))
            .order_by(Utilisateur.nom, Utilisateur.prenom, Utilisateur.id)
        )
    )


def utilisateur_par_id(utilisateur_id: int) -> Utilisateur | None:
    return db.session.get(Utilisateur, utilisateur_id)


def vise(commune: int | None, orientation: int | None) -> list[ColumnElement[bool]]:
    """Conditions on ``Dossier`` for the two filters of the committee's lists."""
    conditions: list[ColumnElement[bool]] = []
    if orientation is not None:
        conditions.append(Dossier.orientation_id == orientation)
    if commune is not None:
        conditions.append(
            exists().where(
                DossierQuartier.dossier_id == Dossier.id,
                DossierQuartier.quartier_id == quartier_commune.c.quartier_id,
                quartier_commune.c.commune_id == commune,
            )
        )
    return conditions


def sans_conflit(acteur: Acteur) -> list[ColumnElement[bool]]:
    """Condition on ``Dossier``: not of an organisme for which the reader steps out."""
    if not acteur.deports:
        return []
    return [Dossier.organisme_id.not_in(sorted(acteur.deports))]


def classement(campagne: Campagne) -> dict[int, Resultat]:
    """Dossier id -> its place in the ranked list (9 queries)."""
    return {r.dossier_id: r for r in resultats(campagne)}


def candidats(
    acteur: Acteur, seance: Seance, commune: int | None = None, orientation: int | None = None
) -> list[Candidat]:
    """Dossiers that may go on the agenda, best score first (13 queries)."""
    dossiers = db.session.scalars(
        select(Dossier)
        .where(
            Dossier.campagne_id == seance.campagne_id,
            Dossier.etat.in_(INSCRIPTIBLES),
            *sans_conflit(acteur),
            *vise(commune, orientation),
        )
        .options(
            joinedload(Dossier.organisme),
            joinedload(Dossier.orientation),
            selectinload(Dossier.quartiers).joinedload(DossierQuartier.quartier),
        )
    ).all()
    places = classement(seance.campagne)
    trouves = [
        Candidat(
            id=d.id,
            reference=d.reference,
            intitule=d.intitule,
            organisme=d.organisme.nom,
            orientation=d.orientation.code if d.orientation else "",
            quartiers=tuple(sorted(q.quartier.nom for q in d.quartiers)),
            etat=d.etat,
            demande=d.montant_demande,
            resultat=places.get(d.id),
        )
        for d in dossiers
    ]
    return sorted(trouves, key=lambda c: (_rang(c.resultat), c.id))


def _rang(resultat: Resultat | None) -> int:
    return resultat.rang if resultat is not None and resultat.rang is not None else 10**9


def rang_de(resultat: Resultat | None) -> int:
    """Sort key: unranked dossiers last."""
    return _rang(resultat)


def dossiers_par_ids(seance: Seance, ids: Sequence[int]) -> list[Dossier]:
    """Dossiers of the campaign in the order asked; unknown ids are dropped (1 query)."""
    trouves = {
        d.id: d
        for d in db.session.scalars(
            select(Dossier).where(Dossier.campagne_id == seance.campagne_id, Dossier.id.in_(ids))
        )
    }
    return [trouves[i] for i in dict.fromkeys(ids) if i in trouves]


@dataclass(frozen=True)
class Choix:
    """Lists of the filters: (id, label)."""

    communes: tuple[tuple[int, str], ...]
    orientations: tuple[tuple[int, str], ...]


def choix_filtres(contrat: Contrat) -> Choix:
    """Communes that have quartiers, and orientations (2 queries, none once they are kept)."""
    return du_contrat(contrat, "choix_filtres", lambda: _choix_filtres(contrat.id))


def _choix_filtres(contrat_id: int) -> Choix:
    communes = db.session.execute(
        select(Commune.id, Commune.nom)
        .where(
            Commune.contrat_id == contrat_id,
            Commune.retire_le.is_(None),
            exists().where(
                quartier_commune.c.commune_id == Commune.id,
                quartier_commune.c.quartier_id == Quartier.id,
            ),
        )
        .order_by(Commune.nom)
    )
    orientations = db.session.execute(
        select(Orientation.id, Orientation.code, Orientation.titre)
        .where(Orientation.contrat_id == contrat_id, Orientation.retire_le.is_(None))
        .order_by(Orientation.ordre)
    )
    return Choix(
        communes=tuple((i, nom) for i, nom in communes),
        orientations=tuple((i, f"{code} – {titre}") for i, code, titre in orientations),
    )
