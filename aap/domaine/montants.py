"""Money: integer cents from the keyboard to the printed convention.

No float and no Decimal: an amount is an ``int`` of cents, a rate is a ``Fraction``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

INSECABLE = "\u00a0"
FINE = "\u202f"
MAX_CHIFFRES = 10
MONTANT_MAX = 10**MAX_CHIFFRES * 100 - 1
Cents = Literal["auto", "toujours", "jamais"]

_ESPACES = re.compile(r"[ \t\u00a0\u2007\u2009\u202f]+")
_GROUPES = re.compile(r"[0-9]{1,3}(?: [0-9]{3})+|[0-9]+")
_EURO_FINAL = re.compile(r"\s*(?:€|euros?|eur)$", re.IGNORECASE)
_MOINS = ("-", "−", "–")
_EXEMPLE = "écrivez par exemple 1200,50"


def lire_montant(texte: str, *, negatif_permis: bool = False) -> int:
    """Amount typed by a person, in cents.

    Accepts spaces of any width between thousands, a comma or a point before one or two
    decimals, and a final « € ». Raises ``ValueError`` with a French sentence otherwise;
    « 1.200,50 » is refused because the point could be read both ways.
    """
    brut = _ESPACES.sub(" ", texte or "").strip()
    brut = _EURO_FINAL.sub("", brut).strip()
    if not brut:
        raise ValueError(f"Indiquez un montant en euros{INSECABLE}: {_EXEMPLE}.")
    signe = 1
    if brut.startswith(_MOINS):
        if not negatif_permis:
            raise ValueError("Le montant ne peut pas être négatif.")
        signe, brut = -1, brut[1:].strip()
    entier, decimales = _couper(brut)
    return signe * (int(entier) * 100 + int(decimales.ljust(2, "0")))


def _couper(brut: str) -> tuple[str, str]:
    """Integer digits and 0 to 2 decimals of an unsigned amount already trimmed."""
    if len(re.findall(r"[.,]", brut)) > 1:
        raise ValueError(
            "Ce montant peut se lire de plusieurs façons. Séparez les milliers par un espace "
            f"et les centimes par une virgule{INSECABLE}: {_EXEMPLE}."
        )
    entier, virgule, decimales = brut.replace(".", ",").partition(",")
    if not _GROUPES.fullmatch(entier) or (virgule and not re.fullmatch(r"[0-9]+", decimales)):
        raise ValueError(f"Ce montant n’est pas lisible{INSECABLE}: {_EXEMPLE}.")
    if len(decimales) > 2:
        raise ValueError(f"Le montant s’arrête aux centimes{INSECABLE}: {_EXEMPLE}.")
    entier = entier.replace(" ", "").lstrip("0") or "0"
    if len(entier) > MAX_CHIFFRES:
        raise ValueError(
            f"Ce montant est trop grand{INSECABLE}: "
            f"{MAX_CHIFFRES} chiffres au plus avant la virgule."
        )
    return entier, decimales


def grouper(entier: int) -> str:
    """Integer with U+202F between thousands: « 12 345 »."""
    return f"{entier:,}".replace(",", FINE)


def en_euros(centimes: int, *, cents: Cents = "auto") -> str:
    """« 1 234,50 € ». ``auto`` hides « ,00 »; ``jamais`` rounds to the nearest euro.

    Rounding is half away from zero and for display only.
    """
    signe = "−" if centimes < 0 else ""
    valeur = abs(centimes)
    if cents == "jamais":
        euros = (valeur + 50) // 100
        signe = signe if euros else ""
        return f"{signe}{grouper(euros)}{INSECABLE}€"
    euros, reste = divmod(valeur, 100)
    decimales = f",{reste:02d}" if reste or cents == "toujours" else ""
    return f"{signe}{grouper(euros)}{decimales}{INSECABLE}€"


def pour_saisie(centimes: int) -> str:
    """Cents as one types them: « 1 234,50 »."""
    return en_euros(centimes).replace(f"{INSECABLE}€", "")


def arrondir(valeur: Fraction, decimales: int = 0) -> Fraction:
    """Rounding half away from zero, as people do by hand (Python rounds half to even)."""
    echelle = 10**decimales
    double = abs(valeur) * echelle * 2
    entier = (double.numerator // double.denominator + 1) // 2
    return Fraction(entier if valeur >= 0 else -entier, echelle)


def nombre(valeur: Fraction | int, decimales: int = 2) -> str:
    """French number, at most ``decimales`` decimals, trailing zeros removed: « 1 234,5 »."""
    return decimal_fr(valeur, decimales, fixe=False)


def decimal_fr(valeur: Fraction | int, decimales: int, *, fixe: bool = True) -> str:
    """French number with a comma; ``fixe`` keeps trailing zeros."""
    exact = valeur if isinstance(valeur, (int, Fraction)) else Fraction(valeur)
    echelle = 10**decimales
    double = abs(exact.numerator) * echelle * 2
    entier, reste = divmod((double // exact.denominator + 1) // 2, echelle)
    fin = str(reste).rjust(decimales, "0") if decimales else ""
    if not fixe:
        fin = fin.rstrip("0")
    signe = "−" if exact < 0 and (entier or reste) else ""
    return signe + grouper(entier) + (f",{fin}" if fin else "")


def pourcent(valeur: Fraction | None, decimales: int = 1) -> str:
    """Ratio as « 29,7 % » (``Fraction(297, 1000)``); « – » when unknown. Display only."""
    if valeur is None:
        return "–"
    return f"{decimal_fr(valeur * 100, decimales, fixe=False)}{INSECABLE}%"


def rapport(partie: int, total: int) -> Fraction | None:
    """``partie / total`` exactly, or None when the total is zero."""
    return Fraction(partie, total) if total else None


def repartir(total: int, poids: Sequence[int | Fraction]) -> list[int]:
    """Split ``total`` cents by weights: the parts sum exactly to the total.

    Largest remainder method; equal remainders go to the first in the list. Raises
    ``ValueError`` on a negative total or weight, or when no weight is positive.
    """
    if total < 0 or any(p < 0 for p in poids):
        raise ValueError("Le total et les poids ne peuvent pas être négatifs.")
    somme = sum((Fraction(p) for p in poids), Fraction(0))
    if somme == 0:
        raise ValueError(f"Aucun poids n’est positif{INSECABLE}: la répartition est impossible.")
    exacts = [Fraction(total) * p / somme for p in poids]
    parts = [e.numerator // e.denominator for e in exacts]
    ordre = sorted(range(len(parts)), key=lambda i: (parts[i] - exacts[i], i))
    for i in ordre[: total - sum(parts)]:
        parts[i] += 1
    return parts


_UNITES = [
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
]
_DIZAINES = ("", "", "vingt", "trente", "quarante", "cinquante", "soixante")


def _moins_de_cent(n: int, *, pluriel: bool) -> str:
    if n < 20:
        return _UNITES[n]
    dizaine, unite = divmod(n, 10)
    if dizaine in (7, 9):
        base, reste = ("soixante" if dizaine == 7 else "quatre-vingt"), unite + 10
        return f"{base}-et-onze" if n == 71 else f"{base}-{_UNITES[reste]}"
    if dizaine == 8:
        return (
            f"quatre-vingt-{_UNITES[unite]}"
            if unite
            else "quatre-vingts"
            if pluriel
            else "quatre-vingt"
        )
    if unite == 1:
        return f"{_DIZAINES[dizaine]}-et-un"
    return _DIZAINES[dizaine] + (f"-{_UNITES[unite]}" if unite else "")


def _moins_de_mille(n: int, *, pluriel: bool) -> str:
    centaine, reste = divmod(n, 100)
    if not centaine:
        return _moins_de_cent(reste, pluriel=pluriel)
    tete = "cent" if centaine == 1 else f"{_UNITES[centaine]}-cent"
    if reste:
        return f"{tete}-{_moins_de_cent(reste, pluriel=pluriel)}"
    return tete + ("s" if centaine > 1 and pluriel else "")


def entier_en_lettres(n: int) -> str:
    """0 to 999 999 999 999 in French words.

    Hyphens between numerals (rectified spelling of 1990); « million » and « milliard » are
    nouns and stand between spaces. « cent » and « vingt » take an s when multiplied and last,
    also before these nouns but not before « mille » (invariable numeral).
    """
    if not 0 <= n < 10**12:
        raise ValueError("Ce nombre est trop grand pour être écrit en lettres.")
    if n == 0:
        return "zéro"
    mots = []
    for valeur, nom in ((10**9, "milliard"), (10**6, "million")):
        quantite, n = divmod(n, valeur)
        if quantite:
            mots.append(
                _moins_de_mille(quantite, pluriel=True) + f" {nom}" + ("s" if quantite > 1 else "")
            )
    if n:
        mots.append(_moins_d_un_million(n))
    return " ".join(mots)


def _moins_d_un_million(n: int) -> str:
    milliers, reste = divmod(n, 1000)
    mots = []
    if milliers:
        mots.append(
            "mille" if milliers == 1 else _moins_de_mille(milliers, pluriel=False) + "-mille"
        )
    if reste:
        mots.append(_moins_de_mille(reste, pluriel=True))
    return "-".join(mots)


def en_lettres(centimes: int) -> str:
    """Amount in words for conventions: « mille-deux-cents euros et cinquante centimes ».

    Raises ``ValueError`` on a negative amount (a grant is never negative).
    """
    if centimes < 0:
        raise ValueError("Un montant négatif ne s’écrit pas en lettres.")
    euros, reste = divmod(centimes, 100)
    parties = []
    if euros or not reste:
        # Numerals ending in a noun take « d’ »: un million d’euros.
        liaison = "d’" if euros and euros % 10**6 == 0 else ""
        parties.append(f"{entier_en_lettres(euros)} {liaison}euro" + ("s" if euros > 1 else ""))
    if reste:
        parties.append(f"{entier_en_lettres(reste)} centime" + ("s" if reste > 1 else ""))
    return " et ".join(parties)
