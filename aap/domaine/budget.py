"""Budget of an action in the accounts of the CERFA 12156: totals, balance, warnings.

The chart of accounts is dated data (``donnees/plan_comptable_*.json``), never code: the
règlement ANC 2022-06 already narrows accounts that the CERFA keeps. Amounts are in cents.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Literal

from aap.domaine.erreurs import Probleme
from aap.domaine.montants import en_euros, pourcent, rapport

Cote = Literal["charge", "produit"]
DOSSIER_DONNEES = Path(__file__).parent / "donnees"
TAUX_PUBLIC_MAX = Fraction(80, 100)


@dataclass(frozen=True)
class Compte:
    """Account of the chart; a ``titre`` only groups others and takes no amount itself."""

    compte: str
    libelle: str
    cote: Cote
    groupe: str | None = None
    titre: bool = False
    public: bool = False
    contribution: bool = False
    indirecte: bool = False


@dataclass(frozen=True)
class PlanComptable:
    """Chart valid from a date, in the order of the printed form."""

    code: str
    source: str
    valable_du: date
    valable_au: date | None
    comptes: tuple[Compte, ...]

    def trouver(self, compte: str, cote: str) -> Compte | None:
        return next((c for c in self.comptes if c.compte == compte and c.cote == cote), None)

    def saisissables(self, cote: Cote, *, contributions: bool = False) -> list[Compte]:
        """Accounts that take an amount, in order; 86/87 apart."""
        return [
            c
            for c in self.comptes
            if c.cote == cote and not c.titre and c.contribution == contributions
        ]

    def sous_comptes(self, groupe: str) -> list[Compte]:
        return [c for c in self.comptes if c.groupe == groupe]


@dataclass(frozen=True)
class Ligne:
    """One line typed: several lines may bear the same account. ``champ`` is its HTML id."""

    compte: str
    cote: Cote
    montant: int | None
    libelle: str = ""
    champ: str = ""


@dataclass(frozen=True)
class Totaux:
    """Sums in cents; contributions in kind (86, 87) stand apart from charges and produits."""

    charges: int
    produits: int
    emplois_en_nature: int
    contributions_en_nature: int
    argent_public: int
    indirectes: int
    par_compte: dict[tuple[str, str], int]

    @property
    def taux_public(self) -> Fraction | None:
        """Public money over produits (contributions in kind excluded)."""
        return rapport(self.argent_public, self.produits)

    @property
    def ecart(self) -> int:
        """Charges − produits: positive when produits are missing."""
        return self.charges - self.produits


def lire_plan(chemin: Path) -> PlanComptable:
    """Chart read from a JSON file; raises ``ValueError`` when it contradicts itself."""
    brut = json.loads(chemin.read_text(encoding="utf-8"))
    comptes = tuple(Compte(**c) for c in brut["comptes"])
    clefs = {(c.compte, c.cote) for c in comptes}
    if len(clefs) != len(comptes):
        raise ValueError(f"{chemin.name}: compte en double")
    if any(c.groupe and (c.groupe, c.cote) not in clefs for c in comptes):
        raise ValueError(f"{chemin.name}: groupe inconnu")
    fin = brut["valable_au"]
    return PlanComptable(
        brut["code"],
        brut["source"],
        date.fromisoformat(brut["valable_du"]),
        date.fromisoformat(fin) if fin else None,
        comptes,
    )


@lru_cache(maxsize=1)
def plans() -> tuple[PlanComptable, ...]:
    """Every chart known, the most recent first."""
    lus = (lire_plan(p) for p in DOSSIER_DONNEES.glob("plan_comptable_*.json"))
    return tuple(sorted(lus, key=lambda p: p.valable_du, reverse=True))


def plan_au(jour: date) -> PlanComptable:
    """Chart in force on ``jour``; the oldest one for days before the first chart."""
    for plan in plans():
        if plan.valable_du <= jour and (plan.valable_au is None or jour <= plan.valable_au):
            return plan
    return plans()[-1]


def calculer_totaux(plan: PlanComptable, lignes: Sequence[Ligne]) -> Totaux:
    """Sums of the lines whose account exists; titles are summed in ``par_compte``."""
    par_compte: dict[tuple[str, str], int] = {}
    sommes = dict.fromkeys(("charge", "produit", "86", "87", "public", "indirectes"), 0)
    for ligne in lignes:
        compte = plan.trouver(ligne.compte, ligne.cote)
        montant = ligne.montant or 0
        if compte is None:
            continue
        for code in filter(None, (compte.compte, compte.groupe)):
            clef = (compte.cote, code)
            par_compte[clef] = par_compte.get(clef, 0) + montant
        sommes[_rubrique(compte)] += montant
        sommes["public"] += montant if compte.public else 0
        sommes["indirectes"] += montant if compte.indirecte else 0
    return Totaux(
        sommes["charge"],
        sommes["produit"],
        sommes["86"],
        sommes["87"],
        sommes["public"],
        sommes["indirectes"],
        par_compte,
    )


def _rubrique(compte: Compte) -> str:
    if not compte.contribution:
        return compte.cote
    return "86" if compte.cote == "charge" else "87"


def equilibre(totaux: Totaux) -> bool:
    """Total of charges equals total of produits, to the cent."""
    return totaux.ecart == 0


def phrase_equilibre(totaux: Totaux) -> str:
    """« Il manque 1 250 € de produits pour équilibrer le budget. »"""
    if totaux.ecart > 0:
        return f"Il manque {en_euros(totaux.ecart)} de produits pour équilibrer le budget."
    if totaux.ecart < 0:
        return f"Il manque {en_euros(-totaux.ecart)} de charges pour équilibrer le budget."
    return f"Le budget est équilibré à {en_euros(totaux.charges)}."


def verifier_budget(
    plan: PlanComptable,
    lignes: Sequence[Ligne],
    *,
    demande: int | None = None,
    taux_public_max: Fraction = TAUX_PUBLIC_MAX,
    champ: str = "budget",
) -> list[Probleme]:
    """Everything wrong with a budget to transmit; only the balance and unreadable lines block.

    ``demande``: total asked from the funders of the call, which account 74 must hold. The
    public rate and 86 = 87 warn (real files break them), as do cents (the CERFA has none).
    """
    totaux = calculer_totaux(plan, lignes)
    problemes = [p for ligne in lignes for p in _verifier_ligne(plan, ligne, champ)]
    if totaux.charges == 0:
        problemes.append(Probleme("Indiquez au moins une charge dans le budget.", champ))
    elif not equilibre(totaux):
        problemes.append(Probleme(phrase_equilibre(totaux), champ))
    subventions = totaux.par_compte.get(("produit", "74"), 0)
    if demande is not None and subventions < demande:
        problemes.append(
            Probleme(
                f"Vous demandez {en_euros(demande)} aux financeurs, mais le compte 74 ne compte "
                f"que {en_euros(subventions)} de subventions.",
                champ,
            )
        )
    return problemes + _avertir(totaux, taux_public_max, champ)


def _verifier_ligne(plan: PlanComptable, ligne: Ligne, champ: str) -> list[Probleme]:
    compte = plan.trouver(ligne.compte, ligne.cote)
    cible = ligne.champ or champ
    if compte is None or compte.titre:
        return [Probleme(f"Le compte {ligne.compte} ne peut pas recevoir de montant.", cible)]
    nom = ligne.libelle or compte.libelle
    if ligne.montant is None:
        return [Probleme(f"Le montant de «\u00a0{nom}\u00a0» n’est pas lisible.", cible)]
    if ligne.montant < 0:
        return [Probleme(f"Le montant de «\u00a0{nom}\u00a0» ne peut pas être négatif.", cible)]
    if ligne.montant % 100:
        phrase = f"Arrondissez «\u00a0{nom}\u00a0» à l’euro\u00a0: le CERFA n’a pas de centimes."
        return [Probleme(phrase, cible, bloquant=False)]
    return []


def _avertir(totaux: Totaux, taux_public_max: Fraction, champ: str) -> list[Probleme]:
    problemes = []
    if totaux.emplois_en_nature != totaux.contributions_en_nature:
        problemes.append(
            Probleme(
                f"Les comptes 86 ({en_euros(totaux.emplois_en_nature)}) et 87 "
                f"({en_euros(totaux.contributions_en_nature)}) devraient être égaux.",
                champ,
                bloquant=False,
            )
        )
    taux = totaux.taux_public
    if taux is not None and taux > taux_public_max:
        problemes.append(
            Probleme(
                f"L’argent public représente {pourcent(taux)} des produits\u202f; "
                f"la campagne conseille {pourcent(taux_public_max)} au plus.",
                champ,
                bloquant=False,
            )
        )
    return problemes
