"""Computed criteria of one dossier: what the database gives to ``aap.domaine.besoin``.

A criterion whose mode is « calculé » is recognised by the first word of its code:
``conformite…`` (fit with the priorities), ``besoin…`` (need of the quartiers), ``public…``
(share of inhabitants of a QPV). What cannot be computed is « sans objet » and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import and_, func, select

from aap.domaine.besoin import (
    Correspondance,
    Explication,
    LigneExplication,
    Mesure,
    calculer_besoin,
    calculer_conformite,
    theme_de_calcul,
)
from aap.domaine.montants import INSECABLE, nombre
from aap.domaine.notation import VALEUR_MAX
from aap.extensions import db
from aap.models import (
    Critere,
    Dossier,
    Fiche,
    IndicateurQuartier,
    ModeCritere,
    ObjectifLocal,
    PrioriteOrientation,
    Quartier,
    SectionTheme,
    Theme,
)
from aap.models.referentiel import fiche_quartier, theme_orientation
from aap.models.types import Json
from aap.requetes.memoire_contrat import du_contrat

POIDS_PRIORITE_MAX = 4
POIDS_PRIORITE_DEFAUT = 2


def parts_du_public(dossier: Dossier) -> tuple[dict[str, Fraction], list[str]]:
    """Share of the public per quartier (code -> weight), and what the reader must know."""
    liens = sorted(dossier.quartiers, key=lambda q: q.quartier.nom)
    if len(liens) > 1 and any(q.part is None for q in liens):
        return {q.quartier.code: Fraction(1) for q in liens}, [
            "Le dossier ne donne pas la part du public de chaque quartier : "
            "les quartiers comptent autant."
        ]
    return {q.quartier.code: Fraction(q.part or 0) or Fraction(1) for q in liens}, []


def mesures_du_contrat(contrat_id: int) -> list[Mesure]:
    """Every indicator of every quartier of the contrat (1 query).

    A value set aside by the referential is doubtful; so are two fiches that disagree on one
    quartier. Doubtful values are never used.
    """
    lignes = db.session.execute(
        select(
            Quartier.code,
            IndicateurQuartier.code,
            IndicateurQuartier.valeur_milliemes,
            IndicateurQuartier.ecarte,
        )
        .join(fiche_quartier, fiche_quartier.c.quartier_id == Quartier.id)
        .join(Fiche, Fiche.id == fiche_quartier.c.fiche_id)
        .join(IndicateurQuartier, IndicateurQuartier.fiche_id == Fiche.id)
        .where(
            Quartier.contrat_id == contrat_id,
            Fiche.type == "quartier",
            Fiche.retire_le.is_(None),
            Quartier.retire_le.is_(None),
            IndicateurQuartier.retire_le.is_(None),
        )
        .order_by(Quartier.code, IndicateurQuartier.code, Fiche.code)
    ).all()
    valeurs: dict[tuple[str, str], set[tuple[int, bool]]] = {}
    for quartier, code, milliemes, ecarte in lignes:
        valeurs.setdefault((quartier, code), set()).add((milliemes, ecarte))
    mesures = []
    for (quartier, code), lues in valeurs.items():
        retenues = {v for v, ecarte in lues if not ecarte}
        douteuse = len(retenues) != 1
        milliemes = min(retenues or {v for v, _ in lues})
        mesures.append(Mesure(quartier, code, Fraction(milliemes, 1000), douteuse))
    return mesures


class ThemeLu(NamedTuple):
    """A national theme, out of any session."""

    id: int
    titre: str


def _themes(orientation_id: int | None) -> list[ThemeLu]:
    """Themes of an orientation, in the contract's order (1 query)."""
    return [
        ThemeLu(*t)
        for t in db.session.execute(
            select(Theme.id, Theme.titre)
            .join(theme_orientation, theme_orientation.c.theme_id == Theme.id)
            .where(theme_orientation.c.orientation_id == orientation_id)
            .order_by(Theme.ordre, Theme.id)
        )
    ]


def theme_du_dossier(dossier: Dossier) -> tuple[Theme | ThemeLu | None, list[str]]:
    """The national theme: of the local objectives chosen, else of the orientation."""
    if dossier.theme is not None:
        return dossier.theme, []
    cle = ("themes", dossier.orientation_id)
    themes = du_contrat(dossier.campagne.contrat, cle, lambda: _themes(dossier.orientation_id))
    if not themes:
        return None, ["L’orientation visée ne relève d’aucun thème des fiches de quartier."]
    return themes[0], [
        f"Aucun objectif local n’est choisi : le thème de l’orientation, "
        f"«{INSECABLE}{themes[0].titre}{INSECABLE}», est pris."
    ]


def _avec(explication: Explication, reserves: Iterable[str]) -> Explication:
    return Explication(explication.valeur, explication.lignes, (*reserves, *explication.reserves))


def expliquer_besoin(dossier: Dossier) -> Explication:
    """Need of the quartiers for the theme of the dossier."""
    theme, reserves = theme_du_dossier(dossier)
    cle = theme_de_calcul(theme.titre) if theme else None
    if cle is None or not dossier.quartiers:
        reserves = reserves or ["Aucun quartier n’est visé, ou le thème n’a pas d’indicateurs."]
        return Explication(None, reserves=tuple(reserves))
    parts, notes = parts_du_public(dossier)
    noms = {q.quartier.code: q.quartier.nom for q in dossier.quartiers}
    explication = calculer_besoin(
        cle, parts, mesures_du_contrat(dossier.campagne.contrat_id), noms=noms
    )
    return _avec(explication, [*reserves, *notes])


def _sources_et_themes(ids: Sequence[int]) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """Fiches of these quartiers, and the themes of these fiches (2 queries)."""
    sources = _sources_des_fiches(ids)
    return sources, _themes_des_fiches({f for fiches in sources.values() for f in fiches})


def _sources_des_fiches(ids: Sequence[int]) -> dict[int, set[int]]:
    """Quartier id -> fiches whose themes speak for it (1 query)."""
    sources: dict[int, set[int]] = {i: set() for i in ids}
    for quartier_id, fiche_id in db.session.execute(
        select(fiche_quartier.c.quartier_id, func.coalesce(Fiche.themes_fiche_id, Fiche.id))
        .join(Fiche, Fiche.id == fiche_quartier.c.fiche_id)
        .where(fiche_quartier.c.quartier_id.in_(ids), Fiche.retire_le.is_(None))
    ):
        sources[quartier_id].add(fiche_id)
    return sources


def _themes_des_fiches(fiches: set[int]) -> dict[int, set[int]]:
    """Fiche id -> themes for which it prints at least one objective (1 query)."""
    themes: dict[int, set[int]] = {}
    for fiche_id, theme_id in db.session.execute(
        select(SectionTheme.fiche_id, SectionTheme.theme_id)
        .join(
            ObjectifLocal,
            and_(ObjectifLocal.section_id == SectionTheme.id, ObjectifLocal.retire_le.is_(None)),
        )
        .where(SectionTheme.fiche_id.in_(fiches), SectionTheme.retire_le.is_(None))
        .distinct()
    ):
        themes.setdefault(fiche_id, set()).add(theme_id)
    return themes


def correspondances(dossier: Dossier) -> dict[int, Correspondance]:
    """Quartier id -> how the dossier answers its fiche (2 queries, none once read)."""
    contrat = dossier.campagne.contrat
    ids = tuple(sorted(q.quartier_id for q in dossier.quartiers))
    sources, themes = du_contrat(contrat, ("fiches", ids), lambda: _sources_et_themes(ids))
    choisies = {o.section.fiche_id for o in dossier.objectifs_locaux}
    theme, _ = theme_du_dossier(dossier)
    reponses = {}
    for quartier_id, fiches in sources.items():
        traites = set().union(*(themes.get(f, set()) for f in fiches))
        if fiches & choisies:
            reponses[quartier_id] = Correspondance.OBJECTIF
        elif not traites:
            reponses[quartier_id] = Correspondance.SANS_FICHE
        elif theme is not None and theme.id in traites:
            reponses[quartier_id] = Correspondance.THEME
        else:
            reponses[quartier_id] = Correspondance.AUCUNE
    return reponses


def expliquer_conformite(dossier: Dossier) -> Explication:
    """Fit with the priorities of the campaign and with the fiches of the quartiers."""
    if dossier.orientation_id is None:
        return Explication(None, reserves=("Aucune orientation n’est visée.",))
    poids = db.session.scalar(
        select(PrioriteOrientation.poids).where(
            PrioriteOrientation.campagne_id == dossier.campagne_id,
            PrioriteOrientation.orientation_id == dossier.orientation_id,
        )
    )
    reserves = []
    if poids is None:
        poids = POIDS_PRIORITE_DEFAUT
        reserves.append(
            f"La campagne ne donne pas de priorité à cette orientation : {poids} sur "
            f"{POIDS_PRIORITE_MAX} est pris."
        )
    parts, notes = parts_du_public(dossier)
    reponses = correspondances(dossier)
    par_nom = {
        q.quartier.nom: (parts[q.quartier.code], reponses[q.quartier_id]) for q in dossier.quartiers
    }
    explication = calculer_conformite(
        Fraction(poids), Fraction(POIDS_PRIORITE_MAX), bool(dossier.objectifs), par_nom
    )
    return _avec(explication, [*reserves, *notes])


def expliquer_public(dossier: Dossier) -> Explication:
    """Share of the public that lives in a QPV: 100 % is worth 4."""
    if dossier.part_qpv is None:
        return Explication(None, reserves=("La part du public en quartier n’est pas donnée.",))
    valeur = Fraction(dossier.part_qpv, 100) * VALEUR_MAX
    phrase = (
        f"{dossier.part_qpv}{INSECABLE}% du public habite un quartier prioritaire "
        f"→ {nombre(valeur)}/{VALEUR_MAX}"
    )
    return Explication(valeur, (LigneExplication(phrase, valeur),))


CALCULS: dict[str, Callable[[Dossier], Explication]] = {
    "conformite": expliquer_conformite,
    "besoin": expliquer_besoin,
    "public": expliquer_public,
}


def expliquer(critere: Critere, dossier: Dossier) -> Explication:
    """The computed criterion on this dossier; « sans objet » when no rule computes it."""
    calcul = CALCULS.get(critere.code.partition("_")[0])
    if calcul is None:
        return Explication(None, reserves=("Aucune règle de calcul n’est écrite pour ce critère.",))
    return calcul(dossier)


def expliquer_tout(dossier: Dossier, criteres: Iterable[Critere]) -> dict[str, Explication]:
    """Code -> explanation, for the computed criteria of a grid."""
    return {c.code: expliquer(c, dossier) for c in criteres if c.mode is ModeCritere.CALCULE}


def geler(explications: dict[str, Explication]) -> Json:
    """The JSON form kept in ``Evaluation.calcules`` (fractions as « p/q », no float)."""
    return {
        code: {
            "valeur": None if e.valeur is None else str(e.valeur),
            "lignes": [[x.phrase, str(x.valeur), str(x.poids)] for x in e.lignes],
            "reserves": list(e.reserves),
        }
        for code, e in explications.items()
    }


def degeler(calcules: Json) -> dict[str, Explication]:
    """The inverse of ``geler``."""
    return {
        code: Explication(
            None if c["valeur"] is None else Fraction(c["valeur"]),
            tuple(LigneExplication(p, Fraction(v), Fraction(w)) for p, v, w in c["lignes"]),
            tuple(c["reserves"]),
        )
        for code, c in calcules.items()
    }
