"""The chart of the CPO rates by year: positions computed here, drawn as SVG by the template."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from aap.domaine.objectif_cpo import Compte

LARGEUR_ANNEE = 76
HAUT, BAS, GAUCHE = 16, 216, 44  # top and bottom of the plot, room of the scale
BARRE = 24
ANNEES_MAX = 10


@dataclass(frozen=True)
class Barre:
    """One bar; ``y`` and ``hauteur`` in units of the drawing."""

    x: int
    y: int
    hauteur: int
    taux: Fraction


@dataclass(frozen=True)
class Colonne:
    """One year: its middle, its two bars (None when nothing is counted)."""

    annee: int
    x: int
    nombre: Barre | None
    euros: Barre | None


@dataclass(frozen=True)
class Graphique:
    largeur: int
    hauteur: int
    colonnes: tuple[Colonne, ...]
    objectif_y: int
    graduations: tuple[tuple[int, int], ...]
    gauche: int = GAUCHE
    barre: int = BARRE

    @property
    def description(self) -> str:
        """What the drawing shows, in one sentence."""
        annees = [c.annee for c in self.colonnes]
        etendue = f"de {annees[0]} à {annees[-1]}" if len(annees) > 1 else f"en {annees[0]}"
        return (
            f"Deux barres par année {etendue}\u00a0: le taux en nombre d’actes, puis le taux en "
            "euros. Un trait marque l’objectif. Le tableau qui suit donne les mêmes valeurs."
        )


def _y(taux: Fraction) -> int:
    return BAS - round((BAS - HAUT) * min(taux, Fraction(1)))


def _barre(x: int, taux: Fraction | None) -> Barre | None:
    return None if taux is None else Barre(x, _y(taux), BAS - _y(taux), taux)


def tracer(annees: list[tuple[int, Compte]], objectif: Fraction) -> Graphique | None:
    """The chart of the last ten years; None when there is nothing to draw."""
    montrees = annees[-ANNEES_MAX:]
    if not montrees:
        return None
    colonnes = []
    for i, (annee, c) in enumerate(montrees):
        milieu = GAUCHE + LARGEUR_ANNEE * i + LARGEUR_ANNEE // 2
        gauche = milieu - BARRE - 1
        colonnes.append(
            Colonne(annee, milieu, _barre(gauche, c.en_nombre), _barre(milieu + 1, c.en_euros))
        )
    return Graphique(
        largeur=GAUCHE + LARGEUR_ANNEE * len(montrees) + 8,
        hauteur=BAS + 28,
        colonnes=tuple(colonnes),
        objectif_y=_y(objectif),
        graduations=tuple((p, _y(Fraction(p, 100))) for p in (0, 25, 50, 75, 100)),
    )
