"""The list that funders read together in technical committee: their opinions, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from aap.extensions import db
from aap.models import (
    Avis,
    Campagne,
    Commune,
    Dossier,
    DossierQuartier,
    Financement,
    Quartier,
    Theme,
)
from aap.models.referentiel import quartier_commune
from aap.permissions import Acteur, may
from aap.requetes.essai import hors_essai
from aap.requetes.filtres_dossiers import entier
from aap.requetes.perimetre import dossiers_lisibles
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

PAR_PAGE = 20
AU_COTECH = (EtatDossier.EN_INSTRUCTION, EtatDossier.INSTRUIT)
LIGNES_A_AVIS = (
    EtatFinancement.SOLLICITE,
    EtatFinancement.PRIS_EN_CHARGE,
    EtatFinancement.AVIS_RENDU,
)


@dataclass(frozen=True)
class FiltresCotech:
    """What the committee looks at; all optional."""

    campagne: int | None = None
    theme: int | None = None
    commune: int | None = None
    page: int = 1

    @property
    def adresse(self) -> str:
        """The query string that gives this list again."""
        noms = ("campagne", "theme", "commune")
        couples = [(nom, getattr(self, nom)) for nom in noms if getattr(self, nom) is not None]
        return urlencode([*couples, ("page", self.page)])


def lire_filtres_cotech(arguments: Mapping[str, str]) -> FiltresCotech:
    return FiltresCotech(
        campagne=entier(arguments.get("campagne")),
        theme=entier(arguments.get("theme")),
        commune=entier(arguments.get("commune")),
        page=min(entier(arguments.get("page")) or 1, 100_000),
    )


@dataclass(frozen=True)
class LigneCotech:
    """A funder's line. ``modifiable``: the reader may write its opinion now."""

    ligne: Financement
    avis: Avis | None
    modifiable: bool


@dataclass(frozen=True)
class DossierCotech:
    dossier: Dossier
    lignes: list[LigneCotech]

    @property
    def demande(self) -> int:
        return sum(x.ligne.montant_demande for x in self.lignes)

    @property
    def propose(self) -> int:
        return sum(x.ligne.montant_propose or 0 for x in self.lignes)


@dataclass(frozen=True)
class PageCotech:
    """``attendus``: lines of the whole selection whose opinion is still awaited."""

    filtres: FiltresCotech
    dossiers: list[DossierCotech]
    total: int
    attendus: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAR_PAGE))

    @property
    def page(self) -> int:
        return min(self.filtres.page, self.pages)

    @property
    def premier(self) -> int:
        return min(self.total, (self.page - 1) * PAR_PAGE + 1)

    @property
    def dernier(self) -> int:
        return min(self.total, self.page * PAR_PAGE)


def _selection(acteur: Acteur, f: FiltresCotech) -> Select[int]:
    requete = select(Dossier.id).where(dossiers_lisibles(acteur), Dossier.etat.in_(AU_COTECH))
    if f.campagne is not None:
        requete = requete.where(Dossier.campagne_id == f.campagne)
    else:
        requete = requete.where(hors_essai())
    if f.theme is not None:
        requete = requete.where(Dossier.theme_id == f.theme)
    if f.commune is not None:
        vises = (
            select(DossierQuartier.dossier_id)
            .join(quartier_commune, quartier_commune.c.quartier_id == DossierQuartier.quartier_id)
            .where(quartier_commune.c.commune_id == f.commune)
        )
        requete = requete.where(Dossier.id.in_(vises))
    return requete


def page_cotech(acteur: Acteur, filtres: FiltresCotech) -> PageCotech:
    """One page, by organisme then number (a constant number of queries)."""
    ids = _selection(acteur, filtres)
    total = db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    attendus = db.session.scalar(
        select(func.count())
        .select_from(Financement)
        .where(
            Financement.dossier_id.in_(ids),
            Financement.etat.in_((EtatFinancement.SOLLICITE, EtatFinancement.PRIS_EN_CHARGE)),
        )
    )
    vide = PageCotech(filtres, [], total, attendus or 0)
    dossiers = db.session.scalars(
        select(Dossier)
        .where(Dossier.id.in_(ids))
        .order_by(Dossier.numero, Dossier.id)
        .limit(PAR_PAGE)
        .offset((vide.page - 1) * PAR_PAGE)
        .options(
            joinedload(Dossier.organisme),
            joinedload(Dossier.theme),
            joinedload(Dossier.campagne),
            selectinload(Dossier.quartiers)
            .joinedload(DossierQuartier.quartier)
            .selectinload(Quartier.communes),
            selectinload(Dossier.financements).joinedload(Financement.financeur),
        )
    ).all()
    avis = _avis([d.id for d in dossiers])
    lus = [
        DossierCotech(
            d,
            [
                LigneCotech(x, avis.get((d.id, x.financeur_id)), _modifiable(acteur, x))
                for x in d.financements
            ],
        )
        for d in dossiers
    ]
    return PageCotech(filtres, lus, total, attendus or 0)


def _avis(ids: list[int]) -> dict[tuple[int, int], Avis]:
    lus = db.session.scalars(
        select(Avis)
        .where(Avis.dossier_id.in_(ids), Avis.financeur_id.is_not(None))
        .options(joinedload(Avis.auteur))
    )
    return {(a.dossier_id, a.financeur_id or 0): a for a in lus}


def _modifiable(acteur: Acteur, ligne: Financement) -> bool:
    return (
        ligne.dossier.etat is EtatDossier.EN_INSTRUCTION
        and ligne.etat in LIGNES_A_AVIS
        and bool(may(acteur, "financement.rendre_avis", ligne))
    )


def choix_cotech(acteur: Acteur) -> dict[str, list[tuple[int, str]]]:
    """Campagnes, themes and communes of the contrats of the reader (3 queries)."""
    contrats = {h.contrat_id for h in acteur.habilitations}
    choix: dict[str, list[tuple[int, str]]] = {}
    for nom, modele, libelle in (
        ("campagne", Campagne, Campagne.nom),
        ("theme", Theme, Theme.titre),
        ("commune", Commune, Commune.nom),
    ):
        requete = select(modele.id, libelle).order_by(libelle)
        if None not in contrats:
            siens = sorted(c for c in contrats if c)
            requete = requete.where(modele.contrat_id.in_(siens))
        choix[nom] = [(cle, mot) for cle, mot in db.session.execute(requete)]
    return choix
