"""Compte rendu financier: planned against realised, and what is due in the end.

CERFA 15059*02: each account shows planned, realised and their ratio; significant gaps are
explained. What is due follows the model CPO: pro rata of the eligible cost realised, never
above the grant, never financing more than the cost left to cover. Amounts in cents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from aap.domaine.erreurs import Probleme
from aap.domaine.montants import en_euros, pourcent, rapport

SEUIL_ECART = Fraction(20, 100)
PLANCHER_ECART = 500_00


@dataclass(frozen=True)
class LigneRealisee:
    """One account of the report; ``realise`` None while it is not filled in."""

    compte: str
    libelle: str
    prevu: int
    realise: int | None
    explication: str = ""
    champ: str = ""


@dataclass(frozen=True)
class Ecart:
    """Gap of one line: ``taux`` is realised / planned, None when nothing was planned."""

    ligne: LigneRealisee
    ecart: int
    taux: Fraction | None
    a_expliquer: bool

    @property
    def sans_explication(self) -> bool:
        return self.a_expliquer and not self.ligne.explication.strip()


def comparer(
    lignes: Sequence[LigneRealisee],
    *,
    seuil: Fraction = SEUIL_ECART,
    plancher: int = PLANCHER_ECART,
) -> list[Ecart]:
    """Gap of every line filled in, in the order given.

    A gap needs an explanation when it passes both ``seuil`` (share of the planned amount) and
    ``plancher`` (cents): small lines do not make noise.
    """
    ecarts = []
    for ligne in lignes:
        if ligne.realise is None:
            continue
        ecart = ligne.realise - ligne.prevu
        fort = abs(ecart) > plancher and abs(ecart) > seuil * ligne.prevu
        ecarts.append(Ecart(ligne, ecart, rapport(ligne.realise, ligne.prevu), fort))
    return ecarts


def verifier_bilan(
    lignes: Sequence[LigneRealisee],
    *,
    seuil: Fraction = SEUIL_ECART,
    plancher: int = PLANCHER_ECART,
) -> list[Probleme]:
    """What prevents the report from being deposited: empty lines and unexplained gaps."""
    problemes = [
        Probleme(f"Indiquez le montant réalisé de «\u00a0{x.libelle}\u00a0» (0 si rien).", x.champ)
        for x in lignes
        if x.realise is None
    ]
    for e in comparer(lignes, seuil=seuil, plancher=plancher):
        if e.sans_explication:
            sens = "de plus" if e.ecart > 0 else "de moins"
            problemes.append(
                Probleme(
                    f"Expliquez l’écart sur «\u00a0{e.ligne.libelle}\u00a0»\u00a0: "
                    f"{en_euros(abs(e.ecart))} {sens} que prévu.",
                    e.ligne.champ,
                )
            )
    return problemes


@dataclass(frozen=True)
class Decompte:
    """What is due in the end, step by step; at most one of the two last amounts is positive."""

    du: int
    verse: int
    etapes: tuple[str, ...]

    @property
    def a_verser(self) -> int:
        return max(0, self.du - self.verse)

    @property
    def a_reverser(self) -> int:
        return max(0, self.verse - self.du)


def calculer_decompte(
    subvention: int,
    verse: int,
    cout_prevu: int,
    cout_realise: int,
    *,
    autres_produits: int = 0,
    aides: int | None = None,
    non_eligible: int = 0,
) -> Decompte:
    """Amount due on a grant. All in cents, none negative (``ValueError`` otherwise).

    ``cout_prevu``/``cout_realise``: charges of the action, contributions in kind excluded;
    ``non_eligible``: part of the realised cost set aside; ``autres_produits``: money received
    that is no grant of the funders counted in ``aides`` (their total, this grant included; None:
    this grant alone). What is left to finance is shared between them in proportion of what each
    granted, so that together they never take back more than the surplus. The pro rata are
    rounded down to the cent.
    """
    aides = subvention if aides is None else aides
    if min(subvention, verse, cout_prevu, cout_realise, autres_produits, non_eligible) < 0:
        raise ValueError("Les montants d’un décompte ne sont jamais négatifs.")
    if aides < subvention:
        raise ValueError("Le total des aides comprend celle-ci.")
    retenu = max(0, cout_realise - non_eligible)
    etapes = [f"Subvention accordée\u00a0: {en_euros(subvention)}."]
    etapes.append(_etape_cout(cout_realise, non_eligible, retenu))
    du = subvention
    part = rapport(retenu, cout_prevu)
    if part is not None and part < 1:
        du = int(subvention * part)
        etapes.append(
            f"{en_euros(retenu)} réalisés sur {en_euros(cout_prevu)} prévus ({pourcent(part)})"
            f"\u00a0: la subvention est ramenée à {en_euros(du)}."
        )
    else:
        etapes.append("Le coût prévu est atteint\u00a0: la subvention n’est pas réduite.")
    besoin = max(0, retenu - autres_produits)
    plafond = besoin * subvention // aides if aides else besoin
    if du > plafond:
        du = plafond
        etapes.append(_etape_plafond(autres_produits, besoin, aides, subvention, plafond))
    etapes.append(_conclusion(du, verse))
    return Decompte(du, verse, tuple(etapes))


def _etape_plafond(autres: int, besoin: int, aides: int, subvention: int, plafond: int) -> str:
    debut = (
        f"Les autres produits couvrent {en_euros(autres)}\u00a0: il reste {en_euros(besoin)} "
        "à financer"
    )
    if aides == subvention:
        return f"{debut}, la subvention s’y limite."
    return (
        f"{debut} par les {en_euros(aides)} d’aides accordées. La part de celle-ci est de "
        f"{pourcent(rapport(subvention, aides))}\u00a0: elle se limite à {en_euros(plafond)}."
    )


def _etape_cout(cout_realise: int, non_eligible: int, retenu: int) -> str:
    if not non_eligible:
        return f"Coût réalisé retenu\u00a0: {en_euros(retenu)}."
    return (
        f"Coût réalisé retenu\u00a0: {en_euros(cout_realise)} − {en_euros(non_eligible)} "
        f"de dépenses non retenues = {en_euros(retenu)}."
    )


def _conclusion(du: int, verse: int) -> str:
    debut = f"Dû {en_euros(du)}, déjà versé {en_euros(verse)}\u00a0: "
    if du > verse:
        return f"{debut}{en_euros(du - verse)} restent à verser."
    if du < verse:
        return f"{debut}{en_euros(verse - du)} sont à reverser."
    return f"{debut}le compte est soldé."
