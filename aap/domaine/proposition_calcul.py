"""The best allocation under every rule: mixed-integer optimisation, proven or with its gap.

HiGHS is loaded at the first calculation only (it brings numpy). One thread and a fixed seed:
the same question gives the same answer. The answer is checked again with integers before it is
given, so that no rounding of the solver can break a rule by a cent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from math import ceil, floor
from typing import Any

from aap.domaine.proposition import (
    PAS,
    Cle,
    Contrainte,
    Enonce,
    Ligne,
    Montants,
    fautes,
    valeur,
)

GRAINE = 20_300
_INFINI = 1e30
ECART_ENTIER = 0.5
"""The value of an answer is an integer: less than one away is the best."""


class Issue(StrEnum):
    """How a calculation ended."""

    OPTIMALE = "optimale"
    MEILLEURE = "meilleure"
    IMPOSSIBLE = "impossible"
    INTERROMPUE = "interrompue"


@dataclass(frozen=True)
class Reponse:
    """``valeur`` as ``proposition.valeur``; ``borne``: no answer can be worth more."""

    issue: Issue
    montants: Montants = field(default_factory=dict)
    valeur: int = 0
    borne: int = 0

    @property
    def ecart_pour_mille(self) -> int:
        """How far the best possible may be, in thousandths of the value found."""
        return 0 if not self.valeur else -(-(self.borne - self.valeur) * 1000 // self.valeur)


@dataclass
class _Modele:
    """Columns and rows in the making. Money is in steps, not in cents."""

    colonnes: dict[Cle, int] = field(default_factory=dict)
    couts: list[float] = field(default_factory=list)
    bas: list[float] = field(default_factory=list)
    haut: list[float] = field(default_factory=list)
    fixes: dict[Cle, int] = field(default_factory=dict)
    rangs: list[tuple[list[tuple[int, float]], float, float]] = field(default_factory=list)
    constantes_rompues: bool = False

    def variable(self, cle: Cle, haut: int, cout: int = 0) -> int:
        self.colonnes[cle] = len(self.couts)
        self.couts.append(float(cout))
        self.bas.append(0.0)
        self.haut.append(float(haut))
        return self.colonnes[cle]

    def rang(self, termes: list[tuple[int, float]], bas: float, haut: float) -> None:
        self.rangs.append((termes, bas, haut))


def calculer(
    enonce: Enonce,
    *,
    secondes: float = 60.0,
    continuer: Callable[[float], bool] | None = None,
    sans_valeur: bool = False,
) -> Reponse:
    """Solve. ``continuer(gap)`` is asked now and then with the present gap (0 to 1, infinite
    at the beginning); False stops the calculation. ``sans_valeur``: any answer will do."""
    solveur = import_module("highspy")
    modele = _modeliser(enonce)
    if sans_valeur:
        modele.couts = [0.0] * len(modele.couts)
    if modele.constantes_rompues:
        return Reponse(Issue.IMPOSSIBLE)
    if not modele.couts:
        return _repondre(enonce, modele, Issue.OPTIMALE, [], None)
    h = _preparer(solveur, modele, secondes)
    arretee = _lancer(h, continuer)
    infos = h.getInfo()
    issue = _issue(solveur, h, arretee)
    if issue is None:
        return Reponse(Issue.INTERROMPUE)
    if issue is Issue.IMPOSSIBLE:
        return Reponse(issue)
    solution = list(h.getSolution().col_value)
    return _repondre(enonce, modele, issue, solution, float(infos.mip_dual_bound))


def _lancer(h: Any, continuer: Callable[[float], bool] | None) -> bool:
    """Run; True when ``continuer`` asked to stop."""
    arretee = False

    def sonder(evenement: Any) -> None:
        nonlocal arretee
        if continuer is not None and not continuer(float(evenement.data_out.mip_gap)):
            arretee = True
            evenement.interrupt()

    h.cbMipInterrupt += sonder
    h.run()
    return arretee


def _issue(solveur: Any, h: Any, arretee: bool) -> Issue | None:
    """None: stopped before any answer was found."""
    etat, statuts = h.getModelStatus(), solveur.HighsModelStatus
    if etat in (statuts.kInfeasible, statuts.kUnboundedOrInfeasible):
        return Issue.IMPOSSIBLE
    trouvee = int(solveur.SolutionStatus.kSolutionStatusFeasible)
    if h.getInfo().primal_solution_status != trouvee:
        return None
    if arretee:
        return Issue.INTERROMPUE
    return Issue.OPTIMALE if etat == statuts.kOptimal else Issue.MEILLEURE


def _modeliser(enonce: Enonce) -> _Modele:
    modele = _Modele()
    for candidat in enonce.candidats:
        _dossier(enonce, modele, candidat.code, max(1, candidat.points))
    for contrainte in enonce.contraintes:
        _traduire(modele, contrainte)
    return modele


def _dossier(enonce: Enonce, modele: _Modele, code: str, points: int) -> None:
    """The variables of one dossier: funded or not, and each line in each of its enveloppes."""
    lignes = enonce.lignes_de[code]
    verrouille = _fixer(enonce, modele, lignes)
    libres = [v for v in lignes if enonce.verrou(v) is None and enonce.domaine(v)]
    if not libres:
        if verrouille:
            modele.fixes["z", code] = 1
        return
    retenu = modele.variable(("z", code), 1)
    modele.bas[retenu] = 1.0 if verrouille else 0.0
    montants = [x for ligne in libres for x in _ligne(enonce, modele, ligne, retenu, points)]
    if not verrouille:
        # Funded means that at least one step is given.
        modele.rang([*((x, 1.0) for x in montants), (retenu, -1.0)], 0.0, _INFINI)


def _fixer(enonce: Enonce, modele: _Modele, lignes: Iterable[Ligne]) -> bool:
    """Locked amounts are constants. True when one of them is above zero."""
    verrous = [(v, verrou) for v in lignes if (verrou := enonce.verrou(v)) is not None]
    for ligne, verrou in verrous:
        modele.fixes["x", ligne.code, verrou.caisse] = verrou.montant
    return any(verrou.montant > 0 for _, verrou in verrous)


def _ligne(
    enonce: Enonce, modele: _Modele, ligne: Ligne, retenu: int, points: int
) -> Iterator[int]:
    """One amount per enveloppe that may pay; at most one of them does."""
    domaine = enonce.domaine(ligne)
    choix = []
    for p in domaine:
        x = modele.variable(("x", ligne.code, p.caisse), p.maximum // PAS, points)
        pris = retenu
        if len(domaine) > 1 or p.minimum:
            pris = modele.variable(("b", ligne.code, p.caisse), 1)
            choix.append((pris, 1.0))
        modele.rang([(x, 1.0), (pris, -p.maximum / PAS)], -_INFINI, 0.0)
        if p.minimum:
            modele.rang([(x, 1.0), (pris, -p.minimum / PAS)], 0.0, _INFINI)
        yield x
    if choix:
        modele.rang([*choix, (retenu, -1.0)], -_INFINI, 0.0)


def _traduire(modele: _Modele, c: Contrainte) -> None:
    """Cents to steps: the amounts that cannot move go to the right-hand side."""
    en_argent = any(cle[0] == "x" and coef for cle, coef in c.termes.items())
    unite = PAS if en_argent else 1
    constante, termes = 0, []
    for cle, coef in c.termes.items():
        if cle in modele.colonnes:
            termes.append((modele.colonnes[cle], coef / (unite if cle[0] == "z" else 1)))
        else:
            constante += coef * modele.fixes.get(cle, 0)
    bas = -_INFINI if c.bas is None else float(ceil((c.bas - constante) / unite))
    haut = _INFINI if c.haut is None else float(floor((c.haut - constante) / unite))
    if termes:
        modele.rang(termes, bas, haut)
    elif bas > 0 or haut < 0:
        modele.constantes_rompues = True


def _preparer(solveur: Any, modele: _Modele, secondes: float) -> Any:
    numpy = import_module("numpy")
    lp = solveur.HighsLp()
    n = len(modele.couts)
    lp.num_col_, lp.num_row_ = n, len(modele.rangs)
    lp.col_cost_ = numpy.array(modele.couts)
    lp.col_lower_, lp.col_upper_ = numpy.array(modele.bas), numpy.array(modele.haut)
    lp.row_lower_ = numpy.array([r[1] for r in modele.rangs])
    lp.row_upper_ = numpy.array([r[2] for r in modele.rangs])
    lp.sense_ = solveur.ObjSense.kMaximize
    lp.integrality_ = [solveur.HighsVarType.kInteger] * n
    matrice = lp.a_matrix_
    matrice.format_ = solveur.MatrixFormat.kRowwise
    debuts = [0]
    for termes, _, _ in modele.rangs:
        debuts.append(debuts[-1] + len(termes))
    matrice.start_ = numpy.array(debuts)
    matrice.index_ = numpy.array([i for termes, _, _ in modele.rangs for i, _ in termes])
    matrice.value_ = numpy.array([v for termes, _, _ in modele.rangs for _, v in termes])
    h = solveur.Highs()
    options: Mapping[str, object] = {
        "output_flag": False,
        "threads": 1,
        "random_seed": GRAINE,
        "time_limit": float(secondes),
        "mip_rel_gap": 0.0,
        "mip_abs_gap": ECART_ENTIER,
        "mip_feasibility_tolerance": 1e-7,
    }
    for nom, reglage in options.items():
        h.setOptionValue(nom, reglage)
    h.passModel(lp)
    return h


def _repondre(
    enonce: Enonce, modele: _Modele, issue: Issue, solution: list[float], borne: float | None
) -> Reponse:
    montants: Montants = {}
    for cle, fixe in modele.fixes.items():
        if cle[0] == "x" and fixe:
            montants[cle[1]] = (cle[2], fixe)
    for cle, i in modele.colonnes.items():
        if cle[0] == "x" and (pas := round(solution[i])):
            montants[cle[1]] = (cle[2], pas * PAS)
    rompues = fautes(enonce, montants)
    if rompues:
        raise ArithmeticError(f"La réponse du solveur rompt {', '.join(rompues)}.")
    trouvee = valeur(enonce, montants)
    fixe = valeur(enonce, {c[1]: (c[2], m) for c, m in modele.fixes.items() if c[0] == "x" and m})
    plafond = trouvee if borne is None else max(trouvee, floor(borne + 1e-6) * PAS + fixe)
    if issue is Issue.OPTIMALE:
        plafond = trouvee
    return Reponse(issue, montants, trouvee, plafond)
