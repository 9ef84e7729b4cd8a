"""Reads of the administration rooms: people, rights, funders, outbox, jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.liens_secrets import MODELES, sans_lien_secret
from aap.domaine.texte import normaliser
from aap.extensions import db, reglages
from aap.models import (
    Cachet,
    Commune,
    Contrat,
    Courriel,
    EtatCourriel,
    EtatTache,
    Financeur,
    Habilitation,
    Orientation,
    PerimetreHabilitation,
    Quartier,
    Secteur,
    SessionConnexion,
    SigneDeVie,
    Tache,
    Utilisateur,
)
from aap.requetes.comptes import (
    detail_habilitations,
    en_vigueur,
    noms_financeurs,
    vivantes,
)

PAR_PAGE = 50


@dataclass(frozen=True)
class Page:
    """One page of a list, and where it stands."""

    lignes: Sequence
    page: int
    total: int
    par_page: int = PAR_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.par_page))

    @property
    def premier(self) -> int:
        return (self.page - 1) * self.par_page + 1 if self.total else 0

    @property
    def dernier(self) -> int:
        return min(self.page * self.par_page, self.total)


def _borner(page: int, total: int) -> int:
    return min(max(1, page), max(1, -(-total // PAR_PAGE)))


# --- people ---------------------------------------------------------------------


@dataclass(frozen=True)
class LignePersonne:
    utilisateur: Utilisateur
    sessions: int
    droits: int


def personnes(recherche: str = "", page: int = 1) -> Page:
    """People by name; every word of ``recherche`` is in the name or the address (no accents)."""
    tous = db.session.execute(
        select(Utilisateur.id, Utilisateur.nom, Utilisateur.prenom, Utilisateur.courriel)
    ).all()
    mots = normaliser(recherche).split()
    cles = {i: normaliser(f"{nom} {prenom} {courriel}") for i, nom, prenom, courriel in tous}
    retenus = (i for i, cle in cles.items() if all(mot in cle for mot in mots))
    ids = sorted(retenus, key=cles.__getitem__)
    page = _borner(page, len(ids))
    ici = ids[(page - 1) * PAR_PAGE : page * PAR_PAGE]
    trouves = {
        u.id: u for u in db.session.scalars(select(Utilisateur).where(Utilisateur.id.in_(ici)))
    }
    sessions, droits = compte_sessions(ici), _compte_droits(ici)
    lignes = [LignePersonne(trouves[i], sessions.get(i, 0), droits.get(i, 0)) for i in ici]
    return Page(lignes, page, len(ids))


def compte_sessions(ids: Sequence[int]) -> dict[int, int]:
    """How many open sessions each person has."""
    absolue = timedelta(hours=reglages().session_absolue_heures)
    lignes = db.session.execute(
        select(SessionConnexion.utilisateur_id, func.count())
        .where(
            SessionConnexion.utilisateur_id.in_(ids),
            *vivantes(),
            SessionConnexion.ouverte_le > maintenant() - absolue,
        )
        .group_by(SessionConnexion.utilisateur_id)
    )
    return {i: n for i, n in lignes}


def _compte_droits(ids: Sequence[int]) -> dict[int, int]:
    lignes = db.session.execute(
        select(Habilitation.utilisateur_id, func.count())
        .where(Habilitation.utilisateur_id.in_(ids), *en_vigueur())
        .group_by(Habilitation.utilisateur_id)
    )
    return {i: n for i, n in lignes}


# --- rights ---------------------------------------------------------------------


@dataclass(frozen=True)
class LigneHabilitation:
    """A right with the words that tables show."""

    habilitation: Habilitation
    financeur: str
    perimetre: list[str]
    etat: str
    ton: str

    @property
    def active(self) -> bool:
        return self.etat == "En vigueur"


def _etat(h: Habilitation, jour: date) -> tuple[str, str]:
    if h.retiree_le is not None:
        return "Retiré", "fin"
    if h.au is not None and h.au < jour:
        return "Terminé", "fin"
    return ("À venir", "attente") if h.du > jour else ("En vigueur", "succes")


def _nom_element(p: PerimetreHabilitation) -> str:
    if p.commune is not None:
        return p.commune.nom
    if p.secteur is not None:
        return f"secteur {p.secteur.nom}"
    if p.quartier is not None:
        return p.quartier.nom
    return p.orientation.titre if p.orientation is not None else ""


def lignes_habilitations(habilitations: Sequence[Habilitation]) -> list[LigneHabilitation]:
    """Words for rows loaded with ``detail_habilitations`` (1 query for the funders)."""
    noms = noms_financeurs([h.financeur_id for h in habilitations])
    jour = aujourdhui()
    return [
        LigneHabilitation(
            h,
            noms.get(h.financeur_id, ""),
            sorted(_nom_element(p) for p in h.perimetre),
            *_etat(h, jour),
        )
        for h in habilitations
    ]


def habilitations(page: int = 1, *, toutes: bool = False) -> Page:
    """Every right, those in force or to come unless ``toutes``, by person."""
    conditions = []
    if not toutes:
        conditions = [
            Habilitation.retiree_le.is_(None),
            (Habilitation.au.is_(None)) | (Habilitation.au >= aujourdhui()),
        ]
    total = db.session.scalar(select(func.count()).select_from(Habilitation).where(*conditions))
    page = _borner(page, total or 0)
    lignes = db.session.scalars(
        detail_habilitations()
        .join(Habilitation.utilisateur)
        .where(*conditions)
        .order_by(Utilisateur.nom, Utilisateur.prenom, Habilitation.id)
        .limit(PAR_PAGE)
        .offset((page - 1) * PAR_PAGE)
    ).all()
    return Page(lignes_habilitations(lignes), page, total or 0)


def contrats() -> Sequence[Contrat]:
    return db.session.scalars(
        select(Contrat).where(Contrat.retire_le.is_(None)).order_by(Contrat.nom, Contrat.id)
    ).all()


@dataclass(frozen=True)
class ElementsContrat:
    """What a perimeter and a funder can be chosen from."""

    financeurs: Sequence[Financeur]
    communes: Sequence[Commune]
    secteurs: Sequence[Secteur]
    quartiers: Sequence[Quartier]
    orientations: Sequence[Orientation]


def elements_contrat(contrat_id: int) -> ElementsContrat:
    def lister(modele: Any, ordre: Any) -> Sequence:
        return db.session.scalars(
            select(modele)
            .where(modele.contrat_id == contrat_id, modele.retire_le.is_(None))
            .order_by(ordre)
        ).all()

    return ElementsContrat(
        financeurs=[f for f in financeurs(contrat_id) if f.actif],
        communes=lister(Commune, Commune.nom),
        secteurs=lister(Secteur, Secteur.nom),
        quartiers=lister(Quartier, Quartier.nom),
        orientations=lister(Orientation, Orientation.ordre),
    )


# --- funders --------------------------------------------------------------------


def financeurs(contrat_id: int) -> Sequence[Financeur]:
    """Funders of a contrat, those in service first."""
    return db.session.scalars(
        select(Financeur)
        .where(Financeur.contrat_id == contrat_id)
        .order_by(Financeur.actif.desc(), Financeur.nom, Financeur.id)
    ).all()


# --- outbox and jobs ------------------------------------------------------------


def courriels(etat: EtatCourriel | None = None, recherche: str = "", page: int = 1) -> Page:
    """The outbox, latest first; ``recherche``: part of the address or of the subject."""
    conditions = []
    if etat is not None:
        conditions.append(Courriel.etat == etat)
    if recherche:
        conditions.append(
            Courriel.destinataire.icontains(recherche, autoescape=True)
            | Courriel.sujet.icontains(recherche, autoescape=True)
        )
    total = db.session.scalar(select(func.count()).select_from(Courriel).where(*conditions)) or 0
    page = _borner(page, total)
    lignes = db.session.scalars(
        select(Courriel)
        .where(*conditions)
        .order_by(Courriel.id.desc())
        .limit(PAR_PAGE)
        .offset((page - 1) * PAR_PAGE)
    ).all()
    return Page(lignes, page, total)


def texte_lisible(courriel: Courriel) -> str:
    """The text of a mail for the administration; secret links are hidden in production.

    Otherwise an administrator could take the place of somebody who decides.
    """
    if courriel.modele not in MODELES or reglages().mode != "production":
        return courriel.texte
    return sans_lien_secret(courriel.texte)


@dataclass(frozen=True)
class EtatTravaux:
    """What the background does: numbers by state, failures, workers seen lately."""

    comptes: dict[EtatTache, int]
    echecs: Sequence[Tache]
    essais_en_cours: Sequence[Tache]
    ouvriers: Sequence[SigneDeVie]
    vu_le: datetime | None


def travaux() -> EtatTravaux:
    """State of the jobs (4 queries)."""
    comptes = db.session.execute(select(Tache.etat, func.count()).group_by(Tache.etat))
    echecs = select(Tache).where(Tache.etat == EtatTache.ECHOUEE).order_by(Tache.id.desc())
    repris = (
        select(Tache)
        .where(Tache.etat == EtatTache.PRETE, Tache.essais > 0)
        .order_by(Tache.quand)
        .limit(PAR_PAGE)
    )
    ouvriers = db.session.scalars(
        select(SigneDeVie).order_by(SigneDeVie.vu_le.desc()).limit(10)
    ).all()
    return EtatTravaux(
        comptes={etat: n for etat, n in comptes},
        echecs=db.session.scalars(echecs.limit(200)).all(),
        essais_en_cours=db.session.scalars(repris).all(),
        ouvriers=ouvriers,
        vu_le=ouvriers[0].vu_le if ouvriers else None,
    )


@dataclass(frozen=True)
class Tableau:
    """Figures of the first page."""

    personnes: int
    droits: int
    financeurs: int
    courriels_retenus: int
    courriels_en_attente: int
    taches_echouees: int
    cachets_en_echec: int
    cachet_echec: str  # why the last try failed


def tableau() -> Tableau:
    def nombre(modele: Any, *conditions: Any) -> int:
        return db.session.scalar(select(func.count()).select_from(modele).where(*conditions)) or 0

    return Tableau(
        personnes=nombre(Utilisateur, Utilisateur.desactive_le.is_(None)),
        droits=nombre(Habilitation, *en_vigueur()),
        financeurs=nombre(Financeur, Financeur.actif),
        courriels_retenus=nombre(Courriel, Courriel.etat == EtatCourriel.RETENU),
        courriels_en_attente=nombre(Courriel, Courriel.etat == EtatCourriel.A_ENVOYER),
        taches_echouees=nombre(Tache, Tache.etat == EtatTache.ECHOUEE),
        cachets_en_echec=nombre(Cachet, Cachet.echec != ""),
        cachet_echec=db.session.scalar(
            select(Cachet.echec)
            .where(Cachet.echec != "")
            .order_by(Cachet.modifie_le.desc(), Cachet.id.desc())
            .limit(1)
        )
        or "",
    )
