"""What a draft may choose among: orientations, quartiers, local objectives, funders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.montants import decimal_fr
from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import (
    Commune,
    Dossier,
    Fiche,
    Financeur,
    IndicateurQuartier,
    ObjectifStrategique,
    Orientation,
    Quartier,
    SectionTheme,
    TypeFinanceur,
)
from aap.models.referentiel import fiche_quartier, theme_orientation
from aap.referentiel.indicateurs import libelle_indicateur

RESULTATS_MAX = 60
REPERES = 6
UNITES = {"%": "\u00a0%", "EUR/an/UC": "\u00a0€", "habitants": "", "indice": ""}
# Funders of the whole contrat: they may be asked whatever the quartier.
PARTOUT = frozenset({TypeFinanceur.ETAT, TypeFinanceur.EPT})


def orientations_de(contrat_id: int) -> Sequence[Orientation]:
    """Orientations with their objectifs (3 queries)."""
    return db.session.scalars(
        select(Orientation)
        .where(Orientation.contrat_id == contrat_id, Orientation.retire_le.is_(None))
        .options(
            selectinload(Orientation.objectifs_strategiques).selectinload(
                ObjectifStrategique.objectifs_operationnels
            )
        )
        .order_by(Orientation.ordre)
    ).all()


def communes_de(contrat_id: int) -> Sequence[Commune]:
    return db.session.scalars(
        select(Commune)
        .where(Commune.contrat_id == contrat_id, Commune.retire_le.is_(None))
        .order_by(Commune.nom)
    ).all()


def chercher_quartiers(contrat_id: int, texte: str = "", commune: str = "") -> list[Quartier]:
    """Quartiers by name, code or commune (60 at most); words in any order, accents ignored."""
    requete = (
        select(Quartier)
        .where(Quartier.contrat_id == contrat_id, Quartier.retire_le.is_(None))
        .options(selectinload(Quartier.communes))
        .order_by(Quartier.nom, Quartier.id)
        .limit(RESULTATS_MAX)
    )
    for mot in normaliser(texte).split()[:6]:
        requete = requete.where(Quartier.recherche.contains(mot, autoescape=True))
    if commune:
        requete = requete.where(Quartier.communes.any(Commune.code == commune))
    return list(db.session.scalars(requete))


def quartiers_choisis(dossier: Dossier) -> Sequence[Quartier]:
    """The quartiers aimed at, with their communes."""
    return db.session.scalars(
        select(Quartier)
        .where(Quartier.id.in_([q.quartier_id for q in dossier.quartiers]))
        .options(selectinload(Quartier.communes))
        .order_by(Quartier.nom, Quartier.id)
    ).all()


@dataclass(frozen=True)
class Repere:
    """A key figure of a fiche, ready to read; ``valeur`` with its unit."""

    libelle: str
    valeur: str
    annee: int | None


def _reperes(fiche: Fiche) -> list[Repere]:
    """The first figures of the fiche; those set aside as doubtful are not shown."""
    surs = [i for i in fiche.indicateurs if not i.ecarte and i.retire_le is None]
    return [_repere(i) for i in surs[:REPERES]]


def _repere(i: IndicateurQuartier) -> Repere:
    nombre = decimal_fr(Fraction(i.valeur_milliemes, 1000), 1, fixe=False)
    suffixe = UNITES.get(i.unite, f"\u00a0{i.unite}")
    return Repere(libelle_indicateur(i.code), nombre + suffixe, i.annee)


@dataclass(frozen=True)
class FicheVisee:
    """A fiche that speaks for chosen quartiers, its figures and its themes, best fit first."""

    fiche: Fiche
    quartiers: Sequence[Quartier]
    reperes: Sequence[Repere]
    sections: Sequence[SectionTheme]


def fiches_visees(dossier: Dossier) -> list[FicheVisee]:
    """Fiches of the quartiers aimed at, with objectives and indicators (7 queries).

    A fiche may borrow the themes of the commune's: its own figures are kept. Themes tied to the
    orientation of the dossier come first.
    """
    ids = [q.quartier_id for q in dossier.quartiers]
    fiches = db.session.scalars(
        select(Fiche)
        .where(
            Fiche.id.in_(
                select(fiche_quartier.c.fiche_id).where(fiche_quartier.c.quartier_id.in_(ids))
            ),
            Fiche.retire_le.is_(None),
        )
        .options(selectinload(Fiche.quartiers), selectinload(Fiche.indicateurs))
        .order_by(Fiche.code)
    ).all()
    sections: dict[int, list[SectionTheme]] = {}
    porteuses = {f.themes_fiche_id or f.id for f in fiches}
    for s in db.session.scalars(
        select(SectionTheme)
        .where(SectionTheme.fiche_id.in_(porteuses), SectionTheme.retire_le.is_(None))
        .options(
            joinedload(SectionTheme.theme),
            selectinload(SectionTheme.objectifs),
            selectinload(SectionTheme.indicateurs_evaluation),
        )
        .order_by(SectionTheme.id)
    ):
        sections.setdefault(s.fiche_id, []).append(s)
    lies = themes_lies(dossier)
    visees, vues = [], set()
    for fiche in fiches:
        porteuse = fiche.themes_fiche_id or fiche.id
        ordonnees = sorted(
            sections.get(porteuse, []), key=lambda s: (s.theme_id not in lies, s.theme.ordre, s.id)
        )
        visees.append(
            FicheVisee(
                fiche,
                [q for q in fiche.quartiers if q.id in ids],
                [_repere(i) for i in fiche.indicateurs if not i.ecarte and i.retire_le is None][
                    :REPERES
                ],
                [] if porteuse in vues else ordonnees,
            )
        )
        vues.add(porteuse)
    return visees


def themes_lies(dossier: Dossier) -> set[int]:
    """Themes tied to the orientation of the dossier."""
    if dossier.orientation_id is None:
        return set()
    return set(
        db.session.scalars(
            select(theme_orientation.c.theme_id).where(
                theme_orientation.c.orientation_id == dossier.orientation_id
            )
        )
    )


@dataclass(frozen=True)
class ChoixFinanceurs:
    plausibles: list[Financeur]
    autres: list[Financeur]


def financeurs_possibles(dossier: Dossier) -> ChoixFinanceurs:
    """Funders of the contrat: those whose territory holds a chosen quartier, then the others.

    Without a quartier nothing can be told apart. Funders already asked are always shown first.
    """
    quartiers = quartiers_choisis(dossier)
    communes = {c.id for q in quartiers for c in q.communes}
    departements = {q.departement for q in quartiers if q.departement}
    demandes = {f.financeur_id for f in dossier.financements}
    choix = ChoixFinanceurs([], [])
    for f in db.session.scalars(
        select(Financeur)
        .where(
            Financeur.contrat_id == dossier.campagne.contrat_id,
            Financeur.actif.is_(True) | Financeur.id.in_(demandes),
        )
        .order_by(Financeur.nom, Financeur.id)
    ):
        oui = f.id in demandes or _plausible(f, communes, departements)
        (choix.plausibles if oui else choix.autres).append(f)
    return choix


def _plausible(f: Financeur, communes: set[int], departements: set[str]) -> bool:
    if f.commune_id is not None:
        return f.commune_id in communes
    if f.departement:
        return f.departement in departements
    return f.type in PARTOUT or f.type is TypeFinanceur.DEPARTEMENT
