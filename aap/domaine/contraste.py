"""Contrast between two colours, by the formula of WCAG 2.1 (relative luminance of sRGB).

Used to refuse territory colours that could not be read, and to prove our own.
"""

from __future__ import annotations

import re

SEUIL_TEXTE = 4.5  # WCAG 2.1, 1.4.3 AA
SEUIL_TRAIT = 3.0  # WCAG 2.1, 1.4.11
PAPIER = "#faf6ef"  # --papier of aap/static/css/aap.css

_COULEUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def lire_couleur(texte: str) -> str:
    """« #rrggbb » in lower case. Raises ``ValueError`` with a French sentence."""
    brut = texte.strip()
    if not _COULEUR.fullmatch(brut):
        raise ValueError("Indiquez une couleur comme #16484b.")
    chiffres = brut[1:].lower()
    return "#" + (chiffres if len(chiffres) == 6 else "".join(c * 2 for c in chiffres))


def luminance(couleur: str) -> float:
    """Relative luminance, from 0 (black) to 1 (white)."""
    chiffres = lire_couleur(couleur)[1:]
    composantes = (int(chiffres[i : i + 2], 16) / 255 for i in (0, 2, 4))
    r, v, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in composantes)
    return 0.2126 * r + 0.7152 * v + 0.0722 * b


def contraste(une: str, autre: str) -> float:
    """Ratio from 1 (same colour) to 21 (black on white)."""
    sombre, claire = sorted((luminance(une), luminance(autre)))
    return (claire + 0.05) / (sombre + 0.05)


def verifier_couleur_territoire(couleur: str) -> str:
    """The colour, if links and white-on-colour buttons stay readable with it.

    It is written on paper and carries white text, so it must reach 4.5 against both.
    Raises ``ValueError`` with a French sentence that gives the measure.
    """
    lue = lire_couleur(couleur)
    mesure = contraste(lue, PAPIER)  # paper is darker than white: the stricter of the two
    if mesure < SEUIL_TEXTE:
        dit = f"{int(mesure * 10) / 10}".replace(".", ",")
        raise ValueError(
            f"Cette couleur est trop claire pour être lue (contraste de {dit}, il faut 4,5). "
            "Choisissez une couleur plus foncée."
        )
    return lue
