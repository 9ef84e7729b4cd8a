"""A revised budget: lines against what was planned, what blocks its return, what it needs.

Lines are JSON rows ``{cle, cote, compte, libelle, etat, prevu, saisie, montant}``: ``cle`` names
the row for ever, ``prevu`` cents of the budget in force, ``saisie`` as typed, ``montant``
cents or None when unreadable. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aap.domaine.budget import Ligne, PlanComptable, calculer_totaux
from aap.domaine.erreurs import Probleme
from aap.domaine.montants import en_euros, lire_montant

LigneRevisee = dict[str, Any]


@dataclass(frozen=True)
class BilanRevision:
    """Totals in cents, contributions in kind (86, 87) apart. ``aides``: granted in the call."""

    charges: int
    autres: int
    aides: int
    charges_prevues: int

    @property
    def produits(self) -> int:
        return self.autres + self.aides

    @property
    def ecart(self) -> int:
        """Charges − produits: positive when money is missing."""
        return self.charges - self.produits

    @property
    def besoin(self) -> int:
        """What the revised budget needs from the funders of the call."""
        return max(0, self.charges - self.autres)


def totaux_revision(
    plan: PlanComptable, lignes: Sequence[LigneRevisee], aides: int
) -> BilanRevision:
    """Sums of the rows as they stand; an unreadable amount counts for nothing."""
    revus = calculer_totaux(plan, [_ligne(x, x["montant"]) for x in lignes])
    prevus = calculer_totaux(plan, [_ligne(x, x["prevu"]) for x in lignes])
    return BilanRevision(revus.charges, revus.produits, aides, prevus.charges)


def _ligne(x: LigneRevisee, montant: int | None) -> Ligne:
    return Ligne(x["compte"], x["cote"], montant, x["libelle"])


def lire_ou_rien(saisie: str) -> int | None:
    """Cents, or None when the text is not an amount; nothing typed is zero."""
    if not saisie.strip():
        return 0
    try:
        return lire_montant(saisie)
    except ValueError:
        return None


def problemes_revision(
    plan: PlanComptable, lignes: Sequence[LigneRevisee], aides: int, explication: str
) -> list[Probleme]:
    """What prevents the return, field by field of the page (``lignes-3-saisie``)."""
    problemes = [
        Probleme(f"Le montant de «\u00a0{_nom(plan, x)}\u00a0» n’est pas lisible.", champ_de(i))
        for i, x in enumerate(lignes)
        if x["montant"] is None
    ]
    totaux = totaux_revision(plan, lignes, aides)
    if not totaux.charges:
        problemes.append(Probleme("Indiquez au moins une dépense.", "equilibre"))
    elif totaux.ecart:
        problemes.append(Probleme(phrase_ecart(totaux), "equilibre"))
    if not explication.strip():
        problemes.append(Probleme("Dites ce qui change dans l’action.", "explication"))
    return problemes


def champ_de(rang: int) -> str:
    """HTML id of the amount of a row."""
    return f"lignes-{rang}-saisie"


def _nom(plan: PlanComptable, x: LigneRevisee) -> str:
    compte = plan.trouver(x["compte"], x["cote"])
    return str(x["libelle"]) or (compte.libelle if compte else str(x["compte"]))


def phrase_ecart(totaux: BilanRevision) -> str:
    """The balance in words."""
    if totaux.ecart > 0:
        return (
            f"Il manque {en_euros(totaux.ecart)}\u00a0: réduisez les dépenses "
            "ou ajoutez des ressources."
        )
    if totaux.ecart < 0:
        return (
            f"Les ressources dépassent les dépenses de {en_euros(-totaux.ecart)}\u00a0: "
            "corrigez l’un ou l’autre."
        )
    return "Le budget révisé est équilibré."


def contenu_revision(
    dossier_id: int, rang: int, lignes: Sequence[Any], aides: Sequence[Any], explication: str
) -> dict[str, Any]:
    """What is hashed when the porteur gives a revised budget back."""
    return {
        "dossier": dossier_id,
        "rang": rang,
        "lignes": list(lignes),
        "aides": list(aides),
        "explication": explication,
    }
