"""Budget of an action in the accounts of the CERFA 12156: totals, balance, warnings.

The chart of accounts is in ``budget_plan``, the sentences of the page in ``budget_phrases``.
Amounts are in cents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from aap.domaine.budget_phrases import phrase_equilibre as phrase_equilibre
from aap.domaine.budget_phrases import phrase_public
from aap.domaine.budget_plan import Compte as Compte
from aap.domaine.budget_plan import Cote as Cote
from aap.domaine.budget_plan import PlanComptable as PlanComptable
from aap.domaine.budget_plan import lire_plan as lire_plan
from aap.domaine.budget_plan import plan_au as plan_au
from aap.domaine.budget_plan import plans as plans
from aap.domaine.erreurs import Probleme
from aap.domaine.montants import en_euros, rapport

TAUX_PUBLIC_MAX = Fraction(80, 100)


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
    def taux_indirect(self) -> Fraction | None:
        """Indirect costs over charges (contributions in kind excluded)."""
        return rapport(self.indirectes, self.charges)

    @property
    def ecart(self) -> int:
        """Charges − produits: positive when produits are missing."""
        return self.charges - self.produits

    @property
    def ecart_nature(self) -> int:
        """Account 86 − account 87: positive when contributions are missing."""
        return self.emplois_en_nature - self.contributions_en_nature


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
        problemes.append(Probleme(phrase_public(totaux, taux_public_max), champ, bloquant=False))
    return problemes


def conseils_lignes(
    plan: PlanComptable, lignes: Sequence[Ligne], regle_indirectes: str, champ: str = "budget"
) -> list[Probleme]:
    """Advice that never blocks: name each funder, say the rule of the indirect costs."""
    problemes = []
    indirectes = 0
    for ligne in lignes:
        compte = plan.trouver(ligne.compte, ligne.cote)
        if compte is None or not ligne.montant:
            continue
        indirectes += ligne.montant if compte.indirecte else 0
        if compte.subvention and not ligne.libelle.strip():
            phrase = f"Nommez le financeur de la ligne «\u00a0{compte.libelle}\u00a0»."
            problemes.append(Probleme(phrase, ligne.champ or champ, bloquant=False))
    if indirectes and not regle_indirectes.strip():
        phrase = "Dites en une phrase comment vous avez calculé les charges indirectes."
        problemes.append(Probleme(phrase, "regle_indirectes", bloquant=False))
    return problemes
