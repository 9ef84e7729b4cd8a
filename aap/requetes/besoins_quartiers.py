"""Needs of the quartiers of a contrat for one theme, side by side: constant number of queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select

from aap.domaine.besoin import (
    COMBINAISONS,
    INDICATEURS,
    Explication,
    Indicateur,
    Mesure,
    Rang,
    besoin_du_quartier,
    calculer_rang,
    theme_de_calcul,
)
from aap.domaine.montants import nombre
from aap.domaine.notation import VALEUR_MAX
from aap.domaine.texte import enumerer, normaliser
from aap.extensions import db
from aap.models import Contrat, Fiche, IndicateurQuartier, Quartier, Theme
from aap.models.referentiel import fiche_quartier
from aap.requetes.explorateur import lister_quartiers
from aap.requetes.matiere_criteres import mesures_du_contrat

PAR_BESOIN, PAR_NOM = "besoin", "nom"


@dataclass(frozen=True)
class Valeur:
    """One indicator of one quartier; ``rang`` None when unknown, doubtful or alone."""

    indicateur: Indicateur
    valeur: Fraction | None
    rang: Rang | None
    douteuse: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class LigneBesoin:
    """A quartier; ``besoin`` 0–4 exact, its value None when nothing is known."""

    quartier: Quartier
    besoin: Explication
    valeurs: list[Valeur]
    vise: bool = False

    @property
    def pour_mille(self) -> int:
        """Length of its bar, in thousandths of the greatest possible need."""
        return int((self.besoin.valeur or 0) * 1000 / VALEUR_MAX)


@dataclass(frozen=True)
class Besoins:
    """``themes``: (key, title) of those that have indicators; ``annees``: indicator -> years."""

    theme: str
    titre: str
    themes: list[tuple[str, str]]
    indicateurs: list[Indicateur]
    annees: dict[str, str]
    lignes: list[LigneBesoin]
    sans_valeur: list[LigneBesoin]

    @property
    def tris(self) -> list[str]:
        return [PAR_NOM, PAR_BESOIN, *(i.code for i in self.indicateurs)]


def themes_du_contrat(contrat: Contrat) -> list[tuple[str, str]]:
    """(key of the computation, title) of each theme that has indicators (1 query)."""
    titres = db.session.scalars(
        select(Theme.titre)
        .where(Theme.contrat_id == contrat.id, Theme.retire_le.is_(None))
        .order_by(Theme.ordre, Theme.id)
    )
    trouves: dict[str, str] = {}
    for titre in titres:
        cle = theme_de_calcul(titre)
        if cle is not None:
            trouves.setdefault(cle, titre)
    return list(trouves.items())


def _notes(contrat: Contrat) -> tuple[dict[tuple[str, str], list[str]], dict[str, set[int]]]:
    """(quartier, indicator) -> what is said of it; indicator -> years of its values (1 query)."""
    notes: dict[tuple[str, str], list[str]] = {}
    annees: dict[str, set[int]] = {}
    retenues: dict[tuple[str, str], set[int]] = {}
    for quartier, code, note, annee, milliemes, ecarte in db.session.execute(
        select(
            Quartier.code,
            IndicateurQuartier.code,
            IndicateurQuartier.note,
            IndicateurQuartier.annee,
            IndicateurQuartier.valeur_milliemes,
            IndicateurQuartier.ecarte,
        )
        .join(fiche_quartier, fiche_quartier.c.quartier_id == Quartier.id)
        .join(Fiche, Fiche.id == fiche_quartier.c.fiche_id)
        .join(IndicateurQuartier, IndicateurQuartier.fiche_id == Fiche.id)
        .where(
            Quartier.contrat_id == contrat.id,
            Fiche.type == "quartier",
            Fiche.retire_le.is_(None),
            IndicateurQuartier.retire_le.is_(None),
        )
        .order_by(Fiche.code, IndicateurQuartier.id)
    ):
        if annee is not None:
            annees.setdefault(code, set()).add(annee)
        deja = notes.setdefault((quartier, code), [])
        if note and note not in deja:
            deja.append(note)
        if not ecarte:
            retenues.setdefault((quartier, code), set()).add(milliemes)
    for cle, valeurs in retenues.items():
        if len(valeurs) > 1:
            dites = enumerer([nombre(Fraction(v, 1000), 1) for v in sorted(valeurs)])
            notes[cle].append(f"Les fiches de ce quartier ne disent pas la même chose : {dites}.")
    return notes, annees


def _valeur(
    code: str, quartier: str, mesures: Mapping[str, Mesure], notes: Sequence[str]
) -> Valeur:
    """``mesures``: by quartier, of this indicator only."""
    indicateur = INDICATEURS[code]
    mesure = mesures.get(quartier)
    if mesure is None or mesure.valeur is None:
        return Valeur(indicateur, None, None, False, tuple(notes))
    connues = [m.valeur for m in mesures.values() if m.connue and m.valeur is not None]
    rang = None
    if mesure.connue and len(connues) > 1:
        rang = calculer_rang(mesure.valeur, connues, indicateur.haut_est_besoin)
    valeur = None if mesure.douteuse else mesure.valeur
    return Valeur(indicateur, valeur, rang, mesure.douteuse, tuple(notes))


def besoins_du_contrat(
    contrat: Contrat,
    theme: str = "",
    *,
    tri: str = PAR_BESOIN,
    decroissant: bool = True,
    vises: Collection[str] = (),
) -> Besoins | None:
    """The page; an unknown theme or sort gives the first one. None without theme (6 queries).

    ``vises``: codes of the quartiers to point out.
    """
    themes = themes_du_contrat(contrat)
    if not themes:
        return None
    titres = dict(themes)
    theme = theme if theme in titres else themes[0][0]
    mesures = mesures_du_contrat(contrat.id)
    notes, annees = _notes(contrat)
    codes = COMBINAISONS[theme]
    par_code = {c: {m.quartier: m for m in mesures if m.indicateur == c} for c in codes}
    lignes = [
        LigneBesoin(
            q,
            besoin_du_quartier(theme, q.code, mesures),
            [_valeur(c, q.code, par_code[c], notes.get((q.code, c), ())) for c in codes],
            q.code in vises,
        )
        for q in lister_quartiers(contrat)
    ]
    connues = [x for x in lignes if x.besoin.valeur is not None]
    return Besoins(
        theme,
        titres[theme],
        themes,
        [INDICATEURS[c] for c in codes],
        {c: _dire_annees(annees.get(c, set())) for c in codes},
        _ranger(connues, tri, decroissant),
        [x for x in lignes if x.besoin.valeur is None],
    )


def _dire_annees(annees: set[int]) -> str:
    if not annees:
        return ""
    return str(min(annees)) if len(annees) == 1 else f"{min(annees)}-{max(annees)}"


def _ranger(lignes: list[LigneBesoin], tri: str, decroissant: bool) -> list[LigneBesoin]:
    """By name, by need, or by one indicator; what is unknown comes last either way."""
    if tri == PAR_NOM:
        return sorted(lignes, key=lambda x: normaliser(x.quartier.nom), reverse=decroissant)
    signe = -1 if decroissant else 1

    def cle(x: LigneBesoin) -> tuple[bool, Fraction, str]:
        valeur = x.besoin.valeur
        if tri in INDICATEURS:
            valeur = next((v.valeur for v in x.valeurs if v.indicateur.code == tri), None)
        return valeur is None, signe * (valeur or Fraction(0)), normaliser(x.quartier.nom)

    return sorted(lignes, key=cle)
