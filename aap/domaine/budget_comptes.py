"""Which account does a cell name? « 604 », « 604 – Goûters », « Autofinancement », « 6411 »."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aap.domaine.budget_plan import Compte, PlanComptable
from aap.domaine.montants import lire_montant
from aap.domaine.texte import normaliser

_NUMERO = re.compile(r"^\s*([0-9]{2,6})\s*[-–—:.)]*\s*(.*)$", re.DOTALL)
_PREFIXES = re.compile(r"^(6[0-9]|7[0-9]|86|87)")
_TOTAUX = ("total", "sous total", "sous-total", "excedent", "insuffisance", "equilibre", "resultat")
# Words that tell which line of account 74 a funder belongs to; the first that fits wins.
AIDES: tuple[tuple[str, str], ...] = (
    ("region", "74region"),
    ("departement", "74departement"),
    ("epci", "74epci"),
    ("intercommunal", "74epci"),
    ("metropole", "74epci"),
    ("agglomeration", "74epci"),
    ("communaute de communes", "74epci"),
    ("commune", "74commune"),
    ("ville de", "74commune"),
    ("mairie", "74commune"),
    ("caf", "74social"),
    ("cpam", "74social"),
    ("msa", "74social"),
    ("allocations familiales", "74social"),
    ("organismes sociaux", "74social"),
    ("europe", "74europe"),
    ("fse", "74europe"),
    ("feder", "74europe"),
    ("asp", "74asp"),
    ("agence de services", "74asp"),
    ("emplois aides", "74asp"),
    ("etablissement", "74etablissement"),
    ("fondation", "74prive"),
    ("prive", "74prive"),
    ("etat", "74etat"),
    ("drac", "74etat"),
    ("prefecture", "74etat"),
    ("ministere", "74etat"),
    ("fdva", "74etat"),
)


def est_total(texte: str) -> bool:
    """« TOTAL DES CHARGES », « Excédent prévisionnel »…"""
    return normaliser(texte).startswith(_TOTAUX)


def designation(plan: PlanComptable, cellule: object) -> tuple[str, str] | None:
    """(number or own code, words after it) when a cell names an account of the budget.

    A bare number is one only when the chart knows it exactly or one of its beginnings.
    """
    if isinstance(cellule, float) and cellule.is_integer():
        cellule = int(cellule)
    if isinstance(cellule, bool) or not isinstance(cellule, (int, str)):
        return None
    texte = str(cellule).strip()
    trouve = _NUMERO.match(texte)
    if trouve is None:
        return _par_libelle(plan, texte)
    numero, reste = trouve.group(1), trouve.group(2).strip()
    if not _PREFIXES.match(numero) or (reste and not re.search(r"[^\W\d_]{2,}", reste)):
        return None
    if reste and _est_montant(texte):
        return None
    connus = {c.numero for c in plan.comptes if c.numero}
    if not any(numero.startswith(n) for n in connus):
        return None
    return numero, reste


def _est_montant(texte: str) -> bool:
    try:
        lire_montant(texte)
    except ValueError:
        return False
    return True


def _par_libelle(plan: PlanComptable, texte: str) -> tuple[str, str] | None:
    """Accounts that bear no number on the form: indirect costs, own resources."""
    clef = normaliser(texte)
    for c in plan.comptes:
        if c.numero or not clef:
            continue
        if clef in _libelles(c):
            return c.compte, ""
    return None


def resoudre(plan: PlanComptable, numero: str, textes: Sequence[str]) -> tuple[Compte, list[str]]:
    """The account of a number and the words left beside it.

    « 6411 » is 641; 74 is found by its words. Raises ValueError with a French sentence.
    """
    exact = [c for c in plan.comptes if c.compte == numero]
    if numero.startswith("74"):
        return _aide(plan, list(textes))
    for compte in exact:
        return compte, _sans_libelle(compte, textes)
    prefixes = [c for c in plan.comptes if c.numero and numero.startswith(c.numero)]
    precis = max((c for c in prefixes if not c.titre), key=lambda c: len(c.numero), default=None)
    if precis is not None:
        return precis, _sans_libelle(precis, textes)
    titre = max(prefixes, key=lambda c: len(c.numero))
    sous = ", ".join(c.numero for c in plan.sous_comptes(titre.compte))
    raise ValueError(f"le compte {numero} n’est pas dans ce budget, utilisez {sous}.")


def _libelles(compte: Compte) -> set[str]:
    """The label, and the label without what stands between brackets."""
    return {normaliser(compte.libelle), normaliser(compte.libelle.split(" (")[0])}


def _sans_libelle(compte: Compte, textes: Sequence[str]) -> list[str]:
    return [t for t in textes if normaliser(t) not in _libelles(compte)]


def _aide(plan: PlanComptable, textes: list[str]) -> tuple[Compte, list[str]]:
    lignes = plan.sous_comptes("74")
    for texte in textes:
        for c in lignes:
            if normaliser(texte) in _libelles(c):
                return c, _sans_libelle(c, textes)
    titre = plan.trouver("74", "produit")
    if titre is not None and (not textes or normaliser(textes[0]).startswith("subvention")):
        return titre, textes[1:]
    for mot, code in AIDES:
        if any(re.search(rf"\b{mot}", normaliser(t)) for t in textes):
            trouve = plan.trouver(code, "produit")
            if trouve is not None:
                return trouve, textes
    raise ValueError(
        f"dites qui est «\u00a0{textes[0][:60]}\u00a0» dans le compte 74\u00a0: l’État, la Région, "
        "le Département, une commune, la CAF, une fondation…"
    )
