"""The public explorer of a contrat: tree, quartiers, communes, search. Constant queries."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.montants import decimal_fr
from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import (
    Commune,
    Contrat,
    Dispositif,
    Fiche,
    Financeur,
    IndicateurQuartier,
    ObjectifOperationnel,
    ObjectifStrategique,
    Orientation,
    Quartier,
    Secteur,
    Theme,
)
from aap.referentiel.indicateurs import libelle_indicateur
from aap.requetes.memoire_contrat import du_contrat
from aap.requetes.sections_contrat import FicheLue, SectionLue, sections_de

CODE_CITE = re.compile(r"[A-Z][A-Z0-9]*(?:\.[0-9]+)+")


@dataclass(frozen=True)
class Chiffre:
    """One figure of one fiche. ``rang``: « 3e sur 35 quartiers connus », highest value first."""

    libelle: str
    valeur: str
    annee: int | None
    rang: str
    note: str
    ecarte: bool


@dataclass(frozen=True)
class ColonneFiche:
    """The figures printed in one fiche of the quartier."""

    fiche: Fiche
    chiffres: list[Chiffre]
    manquants: list[str]


@dataclass(frozen=True)
class Desaccord:
    """An indicator that the fiches of one quartier give differently; one value per fiche."""

    libelle: str
    valeurs: list[str]


@dataclass
class PageQuartier:
    """``colonnes``: the fiches that give figures, or are about this quartier alone;
    ``communales``: the others. ``desaccords``: empty when the fiches agree."""

    quartier: Quartier
    colonnes: list[ColonneFiche]
    desaccords: list[Desaccord]
    communales: list[Fiche]
    sections: list[SectionLue]
    fiche_themes: list[FicheLue]
    voisins: list[Quartier] = field(default_factory=list)


def lister_contrats() -> list[Contrat]:
    return list(
        db.session.scalars(select(Contrat).where(Contrat.retire_le.is_(None)).order_by(Contrat.nom))
    )


def trouver_contrat(code: str) -> Contrat | None:
    return db.session.scalar(
        select(Contrat).where(Contrat.code == code, Contrat.retire_le.is_(None))
    )


def arbre(contrat: Contrat) -> list[Orientation]:
    """Orientations with their objectives and dispositifs (4 queries)."""
    strategiques = selectinload(
        Orientation.objectifs_strategiques.and_(ObjectifStrategique.retire_le.is_(None))
    )
    return list(
        db.session.scalars(
            select(Orientation)
            .where(Orientation.contrat_id == contrat.id, Orientation.retire_le.is_(None))
            .order_by(Orientation.ordre)
            .options(
                strategiques.selectinload(
                    ObjectifStrategique.objectifs_operationnels.and_(
                        ObjectifOperationnel.retire_le.is_(None)
                    )
                ),
                strategiques.selectinload(
                    ObjectifStrategique.dispositifs.and_(Dispositif.retire_le.is_(None))
                ),
            )
        )
    )


def trouver_orientation(contrat: Contrat, code: str) -> Orientation | None:
    return next((o for o in arbre(contrat) if o.code == code), None)


def notes_de(contrat: Contrat, orientation: Orientation) -> list[str]:
    """The doubts about the contract that cite an objective of this orientation by its code."""
    codes = {
        code
        for s in orientation.objectifs_strategiques
        for code in (s.code, *(x.code for x in s.objectifs_operationnels))
    }
    return [note for note in contrat.notes if codes & set(CODE_CITE.findall(note))]


def themes_de(orientation: Orientation) -> list[Theme]:
    """Themes of the fiches that serve this orientation."""
    return list(
        db.session.scalars(
            select(Theme)
            .where(
                Theme.retire_le.is_(None), Theme.orientations.any(Orientation.id == orientation.id)
            )
            .order_by(Theme.ordre)
        )
    )


def lister_quartiers(
    contrat: Contrat, *, commune: str = "", secteur: str = "", recherche: str = ""
) -> list[Quartier]:
    """Quartiers in alphabetical order (3 queries)."""
    requete = (
        select(Quartier)
        .where(Quartier.contrat_id == contrat.id, Quartier.retire_le.is_(None))
        .options(selectinload(Quartier.communes), joinedload(Quartier.secteur))
    )
    if commune:
        requete = requete.where(Quartier.communes.any(Commune.code == commune))
    if secteur:
        requete = requete.where(Quartier.secteur.has(Secteur.code == secteur))
    for mot in normaliser(recherche).split():
        requete = requete.where(Quartier.recherche.contains(mot, autoescape=True))
    return sorted(db.session.scalars(requete), key=lambda q: (normaliser(q.nom), q.id))


def lister_communes(contrat: Contrat) -> list[Commune]:
    requete = (
        select(Commune)
        .where(Commune.contrat_id == contrat.id, Commune.retire_le.is_(None))
        .options(
            selectinload(Commune.quartiers.and_(Quartier.retire_le.is_(None))),
            joinedload(Commune.secteur),
        )
    )
    return sorted(db.session.scalars(requete), key=lambda c: normaliser(c.nom))


def lister_secteurs(contrat: Contrat) -> list[Secteur]:
    return list(
        db.session.scalars(
            select(Secteur)
            .where(Secteur.contrat_id == contrat.id, Secteur.retire_le.is_(None))
            .order_by(Secteur.nom)
        )
    )


def lister_financeurs(contrat: Contrat) -> list[Financeur]:
    """Active funders with their commitments."""
    requete = select(Financeur).where(Financeur.contrat_id == contrat.id, Financeur.actif)
    return list(db.session.scalars(requete.order_by(Financeur.type, Financeur.nom)))


def valeurs_par_quartier(contrat: Contrat) -> dict[str, dict[int, Fraction]]:
    """indicator -> quartier -> value known and not doubtful (to be read only).

    When two fiches of a quartier disagree, the mean of their values stands for the rank.
    """
    return du_contrat(contrat, "valeurs_par_quartier", lambda: _valeurs_par_quartier(contrat))


def _valeurs_par_quartier(contrat: Contrat) -> dict[str, dict[int, Fraction]]:
    lignes = db.session.execute(
        select(IndicateurQuartier.code, Quartier.id, IndicateurQuartier.valeur_milliemes)
        .join(Fiche, Fiche.id == IndicateurQuartier.fiche_id)
        .join(Fiche.quartiers)
        .where(
            Fiche.contrat_id == contrat.id,
            IndicateurQuartier.ecarte.is_(False),
            IndicateurQuartier.retire_le.is_(None),
        )
        .order_by(IndicateurQuartier.code, Quartier.id, Fiche.code)
    ).all()
    brut: dict[str, dict[int, list[int]]] = {}
    for code, quartier_id, milliemes in lignes:
        brut.setdefault(code, {}).setdefault(quartier_id, []).append(milliemes)
    return {
        code: {q: Fraction(sum(v), 1000 * len(v)) for q, v in valeurs.items()}
        for code, valeurs in brut.items()
    }


def rang_en_mots(valeurs: dict[int, Fraction], quartier_id: int) -> str:
    """« 3e sur 35 quartiers connus », the highest value first; ties share the best rank."""
    if quartier_id not in valeurs:
        return ""
    rang = 1 + sum(1 for v in valeurs.values() if v > valeurs[quartier_id])
    return f"{'1er' if rang == 1 else f'{rang}e'} sur {len(valeurs)} quartiers connus"


def _chiffre(
    i: IndicateurQuartier, connus: dict[str, dict[int, Fraction]], quartier_id: int
) -> Chiffre:
    unites = {"%": "\u00a0%", "EUR/an/UC": "\u00a0€", "habitants": "", "indice": ""}
    nombre = decimal_fr(Fraction(i.valeur_milliemes, 1000), 1, fixe=False)
    return Chiffre(
        libelle=libelle_indicateur(i.code),
        valeur=nombre + unites.get(i.unite, f"\u00a0{i.unite}"),
        annee=i.annee,
        rang="" if i.ecarte else rang_en_mots(connus.get(i.code, {}), quartier_id),
        note=i.note,
        ecarte=i.ecarte,
    )


def page_quartier(contrat: Contrat, code: str) -> PageQuartier | None:
    """Everything that the contract says of a quartier (7 queries)."""
    quartier = (
        db.session.scalars(
            select(Quartier)
            .where(Quartier.contrat_id == contrat.id, Quartier.code == code)
            .options(
                joinedload(Quartier.secteur),
                joinedload(Quartier.communes),
                selectinload(Quartier.fiches.and_(Fiche.retire_le.is_(None))).options(
                    joinedload(Fiche.indicateurs.and_(IndicateurQuartier.retire_le.is_(None))),
                    joinedload(Fiche.commune),
                ),
            )
        )
        .unique()
        .one_or_none()
    )
    if quartier is None or quartier.retire_le is not None:
        return None
    connus = valeurs_par_quartier(contrat)
    colonnes = []
    for fiche in quartier.fiches:
        if fiche.type == "commune" and not fiche.indicateurs:
            continue
        chiffres = sorted(fiche.indicateurs, key=lambda i: (_rang_affichage(i.code), i.code))
        presents = {i.code for i in chiffres}
        colonnes.append(
            ColonneFiche(
                fiche,
                [_chiffre(i, connus, quartier.id) for i in chiffres],
                [libelle_indicateur(c) for c in sorted(set(connus) - presents)],
            )
        )
    sections = sections_de(contrat, (f.themes_fiche_id or f.id for f in quartier.fiches))
    porteuses = list(dict.fromkeys(s.fiche for s in sections))
    decrites = {x.fiche.id for x in colonnes}
    return PageQuartier(
        quartier,
        colonnes,
        _desaccords(colonnes),
        [f for f in quartier.fiches if f.id not in decrites],
        sections,
        porteuses,
        _voisins(quartier),
    )


def _desaccords(colonnes: list[ColonneFiche]) -> list[Desaccord]:
    """What the fiches of one quartier do not say alike, in the order of the screen."""
    par_fiche = [{c.libelle: c.valeur for c in x.chiffres if not c.ecarte} for x in colonnes]
    libelles = list(dict.fromkeys(libelle for valeurs in par_fiche for libelle in valeurs))
    lignes = [Desaccord(x, [v.get(x, "non donné") for v in par_fiche]) for x in libelles]
    return [ligne for ligne in lignes if len(set(ligne.valeurs)) > 1]


def _rang_affichage(code: str) -> int:
    ordre = (
        "population",
        "taux_pauvrete",
        "mediane_revenu",
        "taux_chomage",
        "taux_emploi",
        "part_sans_diplome",
        "part_monoparentales",
        "part_moins_24_ans",
        "part_plus_60_ans",
        "indice_jeunesse",
        "part_etrangers",
    )
    return ordre.index(code) if code in ordre else len(ordre)


def _voisins(quartier: Quartier) -> list[Quartier]:
    """Other quartiers of the same communes."""
    communes = [c.id for c in quartier.communes]
    return list(
        db.session.scalars(
            select(Quartier)
            .where(
                Quartier.id != quartier.id,
                Quartier.retire_le.is_(None),
                Quartier.communes.any(Commune.id.in_(communes)),
            )
            .order_by(Quartier.nom)
        )
    )


def page_commune(
    contrat: Contrat, code: str
) -> tuple[Commune, list[Fiche], list[SectionLue]] | None:
    """A commune with its quartiers, its own fiches if any, and their objectives."""
    commune = db.session.scalar(
        select(Commune)
        .where(Commune.contrat_id == contrat.id, Commune.code == code)
        .options(
            selectinload(Commune.quartiers.and_(Quartier.retire_le.is_(None))).joinedload(
                Quartier.secteur
            ),
            joinedload(Commune.secteur),
        )
    )
    if commune is None or commune.retire_le is not None:
        return None
    fiches = list(
        db.session.scalars(
            select(Fiche)
            .where(
                Fiche.commune_id == commune.id, Fiche.type == "commune", Fiche.retire_le.is_(None)
            )
            .order_by(Fiche.code)
        )
    )
    return commune, fiches, sections_de(contrat, (f.id for f in fiches))
