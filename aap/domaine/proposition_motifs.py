"""Why this answer: what stops each dossier, which rules bind, what one more 1 000 € would do,
what a rule costs, and, when nothing is possible, which rules contradict each other.

Everything is read from the inequalities that were solved (``Enonce.contraintes``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

from aap.domaine.proposition import (
    PAS,
    REGLE_PART_MINIMALE,
    Caisse,
    Cle,
    Contrainte,
    Enonce,
    Ligne,
    Montants,
    Possible,
    arrondi_bas,
    code_caisse,
    code_verrou,
    solution_de,
    valeur,
)
from aap.domaine.proposition_calcul import Issue, Reponse, calculer

MAXIMUM = "Montant le plus élevé que cette enveloppe accepte"
ESSAIS_MAX = 400
"""Subsets tried to prove that no smaller set of rules contradicts itself."""


@dataclass(frozen=True)
class Situation:
    """One dossier in an answer. ``obstacles``: codes and words of what stops one more step on
    each of its lines that is not served in full (line code -> ((rule, words), …))."""

    dossier: str
    demande: int
    recu: int
    obstacles: dict[str, tuple[tuple[str, str], ...]]

    @property
    def entier(self) -> bool:
        """Served in full, to the step."""
        return self.recu >= arrondi_bas(self.demande)


@dataclass(frozen=True)
class Tension:
    """A rule that binds: less than one step is left on one side."""

    regle: str
    libelle: str
    valeur: int
    limite: int
    plancher: bool


@dataclass(frozen=True)
class Apport:
    """What ``montant`` cents more in an enveloppe would give at once, nothing else moved."""

    caisse: str
    montant: int
    ligne: str | None
    donne: int


@dataclass(frozen=True)
class Conflit:
    """Rules that cannot hold together; without any one of them, the others can.

    ``plus_petit``: proven that no smaller set exists."""

    regles: tuple[str, ...]
    plus_petit: bool


@dataclass(frozen=True)
class Effet:
    """An answer without a rule, beside the answer with it (cents; dossiers by code)."""

    regle: str
    reponse: Reponse
    argent: int
    gagnants: tuple[str, ...]
    perdants: tuple[str, ...]


def situations(enonce: Enonce, montants: Montants) -> dict[str, Situation]:
    """Every dossier, with its obstacles."""
    solution = solution_de(enonce, montants)
    rendues = {}
    for c in enonce.candidats:
        lignes = enonce.lignes_de[c.code]
        recus = {v.code: montants.get(v.code, ("", 0))[1] for v in lignes}
        total = sum(recus.values())
        obstacles = {
            v.code: _obstacles(enonce, v, montants, solution, total)
            for v in lignes
            if enonce.verrou(v) is None and recus[v.code] < arrondi_bas(v.demande)
        }
        rendues[c.code] = Situation(c.code, sum(v.demande for v in lignes), total, obstacles)
    return rendues


def _obstacles(
    enonce: Enonce, ligne: Ligne, montants: Montants, solution: dict[Cle, int], recu: int
) -> tuple[tuple[str, str], ...]:
    """What stops one more step (or the smallest viable amount) where the line may draw."""
    if not ligne.possibles:
        return (("aucune-enveloppe", "Aucune enveloppe ouverte ne peut payer cette demande"),)
    caisse, montant = montants.get(ligne.code, ("", 0))
    candidat = enonce.par_candidat[ligne.dossier]
    pas = PAS if recu or not enonce.part_minimale else max(PAS, enonce.seuil(candidat))
    trouves: dict[str, str] = {}
    for p in enonce.domaine(ligne):
        if caisse and p.caisse != caisse:
            continue
        ajout = max(min(pas, p.maximum - montant), p.minimum - montant)
        if ajout <= 0:
            trouves.setdefault("condition", p.limite or MAXIMUM)
            continue
        for contrainte in _heurtees(enonce, ligne, p, ajout, solution):
            trouves.setdefault(contrainte.regle, contrainte.libelle)
    return tuple(trouves.items())


def _heurtees(
    enonce: Enonce, ligne: Ligne, p: Possible, ajout: int, solution: dict[Cle, int]
) -> list[Contrainte]:
    """Constraints broken by ``ajout`` more cents on a line, everything else unchanged."""
    x: Cle = ("x", ligne.code, p.caisse)
    z: Cle = ("z", ligne.dossier)
    nouvelle = {**solution, x: solution.get(x, 0) + ajout, z: 1}
    touchees = {id(c): c for cle in (x, z) for c in enonce.par_variable.get(cle, ())}
    return [
        c
        for c in touchees.values()
        if c.regle != REGLE_PART_MINIMALE and c.tient(solution) and not c.tient(nouvelle)
    ]


def tensions(enonce: Enonce, montants: Montants) -> list[Tension]:
    """Rules that bind, enveloppes first, those of one dossier left out (see its situation)."""
    solution = solution_de(enonce, montants)
    trouvees = []
    for c in enonce.contraintes:
        if c.regle == REGLE_PART_MINIMALE or c.regle.startswith("plafond:"):
            continue
        v = c.valeur(solution)
        if c.haut is not None and c.haut - v < PAS:
            trouvees.append(Tension(c.regle, c.libelle, v, c.haut, plancher=False))
        elif c.bas is not None and v - c.bas < _marge(c):
            trouvees.append(Tension(c.regle, c.libelle, v, c.bas, plancher=True))
    return trouvees


def _marge(c: Contrainte) -> int:
    """One step on the variable that weighs most."""
    poids = max(abs(v) for v in c.termes.values())
    return poids * (PAS if any(cle[0] == "x" for cle in c.termes) else 1)


def apports(enonce: Enonce, montants: Montants, montant: int = 100_000) -> list[Apport]:
    """Per enveloppe, the best placed line that ``montant`` cents more would reach at once."""
    solution = solution_de(enonce, montants)
    return [_apport(enonce, caisse, montants, solution, montant) for caisse in enonce.caisses]


def _apport(
    enonce: Enonce, caisse: Caisse, montants: Montants, solution: dict[Cle, int], montant: int
) -> Apport:
    """Lines in the order of points then rank; the enveloppe is the only obstacle lifted."""
    elargie = replace(
        enonce,
        caisses=tuple(
            replace(c, disponible=c.disponible + montant) if c.code == caisse.code else c
            for c in enonce.caisses
        ),
    )
    code = code_caisse(caisse.code)
    reste = enonce.par_caisse[caisse.code].disponible - sum(
        m for e, m in montants.values() if e == caisse.code
    )
    for ligne in _par_merite(enonce, caisse.code):
        ici, recu = montants.get(ligne.code, (caisse.code, 0))
        if ici != caisse.code or enonce.verrou(ligne) is not None:
            continue
        domaine = {p.caisse: p for p in enonce.domaine(ligne)}
        p = domaine.get(caisse.code)
        if p is None:
            continue
        ajout = arrondi_bas(min(montant + max(0, reste), p.maximum - recu))
        obstacles = _heurtees(elargie, ligne, p, ajout, solution) if ajout > 0 else [None]
        viable = _reste_viable(enonce, ligne, montants, ajout) and recu + ajout >= p.minimum
        if viable and not [c for c in obstacles if c is None or c.regle != code]:
            return Apport(caisse.code, montant, ligne.code, ajout)
    return Apport(caisse.code, montant, None, 0)


def _par_merite(enonce: Enonce, caisse: str) -> list[Ligne]:
    lignes = [v for v in enonce.lignes if any(p.caisse == caisse for p in v.possibles)]

    def ordre(ligne: Ligne) -> tuple[int, int, str]:
        c = enonce.par_candidat[ligne.dossier]
        return -c.points, c.rang, ligne.code

    return sorted(lignes, key=ordre)


def _reste_viable(enonce: Enonce, ligne: Ligne, montants: Montants, ajout: int) -> bool:
    lignes = enonce.lignes_de[ligne.dossier]
    total = ajout + sum(montants.get(v.code, ("", 0))[1] for v in lignes)
    demande = arrondi_bas(sum(v.demande for v in lignes))
    return total >= min(enonce.seuil(enonce.par_candidat[ligne.dossier]), demande)


def effet_sans(enonce: Enonce, reponse: Reponse, regle: str, *, secondes: float = 20.0) -> Effet:
    """The answer if one rule were lifted, and who would win or lose by it."""
    autre = calculer(replace(enonce, levees=enonce.levees | {regle}), secondes=secondes)
    avant, apres = _recus(enonce, reponse.montants), _recus(enonce, autre.montants)
    dossiers = [c.code for c in enonce.candidats]
    return Effet(
        regle,
        autre,
        sum(apres.values()) - sum(avant.values()),
        tuple(d for d in dossiers if apres.get(d, 0) > avant.get(d, 0)),
        tuple(d for d in dossiers if apres.get(d, 0) < avant.get(d, 0)),
    )


def _recus(enonce: Enonce, montants: Montants) -> dict[str, int]:
    recus: dict[str, int] = {}
    for code, (_, montant) in montants.items():
        dossier = enonce.par_ligne[code].dossier
        recus[dossier] = recus.get(dossier, 0) + montant
    return recus


def regles(enonce: Enonce) -> dict[str, str]:
    """Every rule in force: code -> words. Locks included."""
    trouvees = {c.regle: c.libelle for c in enonce.contraintes}
    for ligne in enonce.lignes:
        verrou = enonce.verrou(ligne)
        if verrou is not None:
            trouvees[code_verrou(ligne)] = verrou.libelle
    return trouvees


def conflit(enonce: Enonce, *, secondes: float = 10.0) -> Conflit | None:
    """The rules that contradict each other; None if an answer exists.

    By halves (QuickXplain, Junker 2004): no rule of the set is superfluous. Smaller sets are
    then tried one by one when they are few enough.
    """

    def possible(gardees: Iterable[str]) -> bool:
        levees = enonce.levees | (frozenset(toutes) - frozenset(gardees))
        issue = calculer(replace(enonce, levees=levees), secondes=secondes, sans_valeur=True).issue
        return issue is not Issue.IMPOSSIBLE

    toutes = list(regles(enonce))
    if possible(toutes):
        return None
    trouvees = _reduire(possible, (), False, tuple(toutes))
    essais = sum(comb(len(toutes), k) for k in range(1, len(trouvees)))
    if essais > ESSAIS_MAX:
        return Conflit(trouvees, plus_petit=False)
    for k in range(1, len(trouvees)):
        for groupe in combinations(toutes, k):
            if not possible(groupe):
                return Conflit(groupe, plus_petit=True)
    return Conflit(trouvees, plus_petit=True)


def _reduire(
    possible: Callable[[Sequence[str]], bool],
    acquis: tuple[str, ...],
    a_verifier: bool,
    candidates: tuple[str, ...],
) -> tuple[str, ...]:
    if a_verifier and not possible(acquis):
        return ()
    if len(candidates) == 1:
        return candidates
    milieu = len(candidates) // 2
    gauche, droite = candidates[:milieu], candidates[milieu:]
    de_droite = _reduire(possible, acquis + gauche, bool(gauche), droite)
    de_gauche = _reduire(possible, acquis + de_droite, bool(de_droite), gauche)
    return de_gauche + de_droite


def perte(enonce: Enonce, reponse: Reponse, montants: Montants) -> int:
    """How much less another answer is worth than the computed one, in thousandths."""
    if not reponse.valeur:
        return 0
    return (reponse.valeur - valeur(enonce, montants)) * 1000 // reponse.valeur
