"""A budget in a spreadsheet: which sheet, which lines, and what is wrong cell by cell."""

from __future__ import annotations

from collections.abc import Callable

from aap.domaine.budget_bloc import Lecture, lire_grille
from aap.domaine.budget_comptes import designation
from aap.domaine.budget_plan import PlanComptable
from aap.domaine.erreurs import Probleme
from aap.domaine.texte import nettoyer
from aap.tableur.classeur import lettres
from aap.tableur.lecture import Feuille, lire_classeur

SANS_COMPTE = (
    "Aucun compte du budget n’a été reconnu dans ce fichier. Chaque ligne doit porter un numéro "
    "de compte, comme 604 ou 641, puis un montant."
)
SANS_MONTANT = "Ce fichier ne contient aucun montant."


def adresse_dans(feuille: str) -> Callable[[int, int], str]:
    """« Feuille Budget, cellule C12 »."""
    nom = nettoyer(feuille, lignes=False)

    def adresse(rang: int, colonne: int) -> str:
        return f"Feuille {nom}, cellule {lettres(colonne)}{rang + 1}"

    return adresse


def lire_budget(plan: PlanComptable, octets: bytes) -> Lecture:
    """Lines of the sheet that holds a budget: the one named « Budget », else the one with the
    most accounts. Raises Invalide for a file that cannot be read."""
    feuilles = lire_classeur(octets)
    if not feuilles:
        return Lecture(problemes=[Probleme(SANS_COMPTE)])
    choisie = max(feuilles, key=lambda f: (f.nom.strip().lower() == "budget", _comptes(plan, f)))
    if not _comptes(plan, choisie):
        return Lecture(problemes=[Probleme(SANS_COMPTE)])
    lecture = lire_grille(plan, _sans_vide(choisie.cellules), adresse_dans(choisie.nom))
    if not lecture.lignes and lecture.juste:
        lecture.problemes.append(Probleme(SANS_MONTANT))
    return lecture


def _comptes(plan: PlanComptable, feuille: Feuille) -> int:
    return sum(any(designation(plan, c) is not None for c in rangee) for rangee in feuille.cellules)


def _sans_vide(cellules: list[list[object]]) -> list[list[object]]:
    """The grid without the empty rows and columns that follow the last cell written."""
    utiles = [_couper(rangee) for rangee in cellules]
    while utiles and not utiles[-1]:
        utiles.pop()
    return utiles


def _couper(rangee: list[object]) -> list[object]:
    fin = len(rangee)
    while fin and (rangee[fin - 1] is None or rangee[fin - 1] == ""):
        fin -= 1
    return rangee[:fin]
