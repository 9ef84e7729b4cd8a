"""Computed criteria: fit with the priorities and need of the quartiers (parcours.md §4).

Need: for each theme a documented list of indicators; each one is worth the rank of the
quartier among those where it is known (first = 4, last = 0, ties share the middle); the
indicators known are averaged, then the quartiers are weighted by their share of the public.
A missing or doubtful value never counts as zero: it leaves the mean and the reader is told.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from aap.domaine.montants import INSECABLE, nombre, pourcent
from aap.domaine.notation import VALEUR_MAX
from aap.domaine.texte import normaliser

POIDS_PRIORITE = Fraction(5, 10)
POIDS_OBJECTIF = Fraction(2, 10)
POIDS_LOCAL = Fraction(3, 10)


@dataclass(frozen=True)
class Indicateur:
    """``haut_est_besoin``: a high value shows a need (unemployment) or its opposite (income)."""

    code: str
    libelle: str
    unite: str = "%"
    haut_est_besoin: bool = True


INDICATEURS = {
    i.code: i
    for i in (
        Indicateur("taux_chomage", "Taux de chômage"),
        Indicateur("taux_emploi", "Taux d’emploi", haut_est_besoin=False),
        Indicateur("part_sans_diplome", "Part des habitants sans diplôme"),
        Indicateur("part_monoparentales", "Part des familles monoparentales"),
        Indicateur("part_moins_24_ans", "Part des moins de 24 ans"),
        Indicateur("part_plus_60_ans", "Part des plus de 60 ans"),
        Indicateur("taux_pauvrete", "Taux de pauvreté"),
        Indicateur("mediane_revenu", "Revenu médian", "€", haut_est_besoin=False),
        Indicateur("population", "Nombre d’habitants", "habitants"),
    )
}

# Which indicators tell the need for each national theme; every list is shown on screen.
COMBINAISONS: Mapping[str, tuple[str, ...]] = {
    "plein_emploi": ("taux_chomage", "taux_emploi", "part_sans_diplome"),
    "emancipation": (
        "part_sans_diplome",
        "part_monoparentales",
        "part_moins_24_ans",
        "taux_pauvrete",
    ),
    "transition": ("taux_pauvrete", "mediane_revenu", "population"),
    "tranquillite": ("part_moins_24_ans", "taux_chomage", "taux_pauvrete", "population"),
}

_MOTS_THEMES = (
    ("emancipation", "emancipation"),
    ("transition", "transition"),
    ("tranquillite", "tranquillite"),
    ("emploi", "plein_emploi"),
)


def theme_de_calcul(titre: str) -> str | None:
    """Key of ``COMBINAISONS`` for a theme's code or title as printed; None when undocumented."""
    cle = normaliser(titre)
    return next((theme for mot, theme in _MOTS_THEMES if mot in cle), None)


@dataclass(frozen=True)
class Mesure:
    """Value of one indicator in one quartier, in its own unit (29.7 for 29,7 %)."""

    quartier: str
    indicateur: str
    valeur: Fraction | None
    douteuse: bool = False

    @property
    def connue(self) -> bool:
        return self.valeur is not None and not self.douteuse


@dataclass(frozen=True)
class LigneExplication:
    """One number of the computation with its sentence; ``valeur`` 0–4, ``poids`` its share."""

    phrase: str
    valeur: Fraction
    poids: Fraction = Fraction(1)


@dataclass(frozen=True)
class Explication:
    """``valeur`` 0–4 exact, None when nothing is known; ``reserves``: what could not count."""

    valeur: Fraction | None
    lignes: tuple[LigneExplication, ...] = ()
    reserves: tuple[str, ...] = ()

    @property
    def sur_quatre(self) -> str:
        return "sans objet" if self.valeur is None else f"{nombre(self.valeur)}/{VALEUR_MAX}"


@dataclass(frozen=True)
class Rang:
    """Place of a value among the known ones; 1 is the greatest need."""

    rang: int
    effectif: int
    ex_aequo: bool
    valeur: Fraction


def calculer_rang(valeur: Fraction, connues: Sequence[Fraction], haut_est_besoin: bool) -> Rang:
    """Rank of ``valeur`` within ``connues`` (which holds it): 4 for the first, 0 for the last.

    Equal values share the mean of their places. Raises ``ValueError`` under two known values:
    a rank alone says nothing.
    """
    n = len(connues)
    if n < 2:
        raise ValueError("Il faut au moins deux quartiers connus pour comparer.")
    devant = sum(1 for v in connues if (v > valeur if haut_est_besoin else v < valeur))
    egaux = sum(1 for v in connues if v == valeur)
    place = devant + Fraction(egaux - 1, 2)
    return Rang(devant + 1, n, egaux > 1, VALEUR_MAX * (n - 1 - place) / (n - 1))


def _ecrire(valeur: Fraction, indicateur: Indicateur) -> str:
    return f"{nombre(valeur, 1)}{INSECABLE}{indicateur.unite}".strip()


def _phrase(indicateur: Indicateur, valeur: Fraction, rang: Rang) -> str:
    place = "1er" if rang.rang == 1 else f"{rang.rang}e"
    egal = " ex æquo" if rang.ex_aequo else ""
    return (
        f"{indicateur.libelle} {_ecrire(valeur, indicateur)}, {place}{egal} "
        f"sur {rang.effectif} quartiers connus → {nombre(rang.valeur)}/{VALEUR_MAX}"
    )


def besoin_du_quartier(
    theme: str,
    quartier: str,
    mesures: Sequence[Mesure],
    *,
    combinaisons: Mapping[str, Sequence[str]] = COMBINAISONS,
    indicateurs: Mapping[str, Indicateur] = INDICATEURS,
) -> Explication:
    """Need of one quartier for one theme: mean of the ranks of the indicators known there.

    Raises ``KeyError`` on a theme without documented combination.
    """
    lignes, reserves = [], []
    for code in combinaisons[theme]:
        indicateur = indicateurs[code]
        connues = {
            m.quartier: m.valeur
            for m in mesures
            if m.indicateur == code and m.connue and m.valeur is not None
        }
        valeur = connues.get(quartier)
        if valeur is None or len(connues) < 2:
            douteuse = any(
                m.douteuse for m in mesures if (m.quartier, m.indicateur) == (quartier, code)
            )
            cause = "valeur douteuse" if douteuse else "valeur inconnue ou sans comparaison"
            reserves.append(f"{indicateur.libelle}{INSECABLE}: {cause}, indicateur non compté.")
            continue
        rang = calculer_rang(valeur, list(connues.values()), indicateur.haut_est_besoin)
        lignes.append(LigneExplication(_phrase(indicateur, valeur, rang), rang.valeur))
    return moyenne_ponderee(lignes, reserves)


def moyenne_ponderee(lignes: Sequence[LigneExplication], reserves: Sequence[str]) -> Explication:
    poids = sum((x.poids for x in lignes), Fraction(0))
    if not poids:
        return Explication(None, tuple(lignes), tuple(reserves))
    somme = sum((x.poids * x.valeur for x in lignes), Fraction(0))
    return Explication(somme / poids, tuple(lignes), tuple(reserves))


def calculer_besoin(
    theme: str,
    parts: Mapping[str, Fraction],
    mesures: Sequence[Mesure],
    *,
    noms: Mapping[str, str] | None = None,
    combinaisons: Mapping[str, Sequence[str]] = COMBINAISONS,
    indicateurs: Mapping[str, Indicateur] = INDICATEURS,
    deja: MutableMapping[tuple[str, str], Explication] | None = None,
) -> Explication:
    """Need of a dossier: needs of its quartiers weighted by their share of the public.

    ``parts``: quartier -> share (any positive scale); ``noms``: quartier -> name to show.
    ``deja``: (theme, quartier) -> need, kept by who computes many dossiers on the same measures.
    Quartiers without any known indicator leave the mean and are told in ``reserves``.
    """
    lignes: list[LigneExplication] = []
    reserves: list[str] = []
    total = sum((p for p in parts.values() if p > 0), Fraction(0))
    for quartier, part in parts.items():
        if part <= 0:
            continue
        nom = (noms or {}).get(quartier, quartier)
        e = None if deja is None else deja.get((theme, quartier))
        if e is None:
            e = besoin_du_quartier(
                theme, quartier, mesures, combinaisons=combinaisons, indicateurs=indicateurs
            )
            if deja is not None:
                deja[theme, quartier] = e
        reserves += [f"{nom} – {r}" for r in e.reserves]
        if e.valeur is None:
            reserves.append(f"{nom}{INSECABLE}: aucun indicateur connu, quartier non compté.")
            continue
        poids = part / total
        for x in e.lignes:
            phrase = f"{nom} ({pourcent(poids)} du public) – {x.phrase}"
            lignes.append(LigneExplication(phrase, x.valeur, poids / len(e.lignes)))
    return moyenne_ponderee(lignes, reserves)


class Correspondance(StrEnum):
    """Match between a dossier and the local objectives of a quartier's fiche."""

    OBJECTIF = "objectif"
    THEME = "theme"
    AUCUNE = "aucune"
    SANS_FICHE = "sans_fiche"

    @property
    def valeur(self) -> int | None:
        return {"objectif": 4, "theme": 2, "aucune": 0}.get(self.value)

    @property
    def phrase(self) -> str:
        return {
            "objectif": "un objectif de la fiche du quartier est choisi",
            "theme": "la fiche du quartier traite ce thème",
            "aucune": "la fiche du quartier ne traite pas ce thème",
            "sans_fiche": "la fiche du quartier ne donne pas d’objectifs, non comptée",
        }[self.value]


def calculer_conformite(
    poids_orientation: Fraction,
    poids_max: Fraction,
    objectif_nomme: bool,
    correspondances: Mapping[str, tuple[Fraction, Correspondance]],
) -> Explication:
    """Fit with the priorities: 50 % weight of the orientation, 20 % objectif opérationnel named,
    30 % match with the fiches of the quartiers (weighted by share of public).

    ``correspondances``: name of the quartier -> (share, match). A part that cannot be computed
    leaves the denominator. Raises ``ValueError`` when ``poids_max`` is not positive.
    """
    if poids_max <= 0 or not 0 <= poids_orientation <= poids_max:
        raise ValueError("Le poids de l’orientation doit être entre 0 et le poids maximal.")
    priorite = VALEUR_MAX * poids_orientation / poids_max
    lignes = [
        LigneExplication(
            f"Priorité de l’orientation dans la campagne{INSECABLE}: {nombre(poids_orientation)} "
            f"sur {nombre(poids_max)} → {nombre(priorite)}/{VALEUR_MAX}",
            priorite,
            POIDS_PRIORITE,
        ),
        LigneExplication(
            "Un objectif opérationnel est nommé → 4/4"
            if objectif_nomme
            else "Aucun objectif opérationnel n’est nommé → 0/4",
            Fraction(VALEUR_MAX if objectif_nomme else 0),
            POIDS_OBJECTIF,
        ),
    ]
    locales, reserves = _lignes_locales(correspondances)
    return moyenne_ponderee([*lignes, *locales], reserves)


def _lignes_locales(
    correspondances: Mapping[str, tuple[Fraction, Correspondance]],
) -> tuple[list[LigneExplication], list[str]]:
    comptees = [
        (nom, part, c)
        for nom, (part, c) in correspondances.items()
        if c.valeur is not None and part > 0
    ]
    total = sum((p for _, p, _ in comptees), Fraction(0))
    lignes = [
        LigneExplication(
            f"{nom}{INSECABLE}: {c.phrase} → {c.valeur}/{VALEUR_MAX}",
            Fraction(c.valeur or 0),
            POIDS_LOCAL * part / total,
        )
        for nom, part, c in comptees
    ]
    reserves = [
        f"{nom}{INSECABLE}: {c.phrase}."
        for nom, (_, c) in correspondances.items()
        if c.valeur is None
    ]
    return lignes, reserves
