"""The rules that compute a criterion: name, formula, source, and the pure functions themselves.

Fit with the priorities and need of the quartiers are in ``aap.domaine.besoin``; here are the
public, the budget and the porteur (parcours.md §4). Every value is an exact fraction from 0 to 4;
what is not known leaves the mean and is told: it never counts as zero.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from aap.domaine.besoin import Explication, LigneExplication, moyenne_ponderee
from aap.domaine.montants import en_euros, nombre, pourcent
from aap.domaine.notation import VALEUR_MAX
from aap.domaine.texte import accorder, typo

MOIS_PLEINS = 3
COUT_NUL = 3
SEMBLABLES_MIN = 4
TAUX_PUBLIC = Fraction(80, 100)


@dataclass(frozen=True)
class RegleCalcul:
    """A rule; ``cle`` is the first word of the code of the criteria that it computes."""

    cle: str
    libelle: str
    formule: str
    source: str


REGLES_CALCUL = {
    r.cle: r
    for r in (
        RegleCalcul(
            "conformite",
            "Conformité aux priorités",
            "50 % : priorité de l’orientation dans la campagne, sur 4. 20 % : un objectif "
            "opérationnel est nommé (4) ou non (0). 30 % : réponse aux fiches des quartiers visés, "
            "pondérée par la part du public : objectif de la fiche choisi (4), même thème (2), "
            "rien (0).",
            "Priorités de la campagne ; contrat, orientations et fiches de quartier.",
        ),
        RegleCalcul(
            "besoin",
            "Besoin des quartiers",
            "Pour chaque indicateur du thème, rang du quartier parmi les quartiers connus : le "
            "plus en difficulté vaut 4, le moins 0, les ex æquo se partagent les places. Moyenne "
            "des indicateurs connus, puis des quartiers selon leur part du public.",
            "Indicateurs clés des fiches de quartier (INSEE, ANCT), avec leur année.",
        ),
        RegleCalcul(
            "public",
            "Part des habitants des quartiers",
            "4 × la part du public qui habite un quartier prioritaire.",
            "Réponse du porteur dans le dossier.",
        ),
        RegleCalcul(
            "budget",
            "Budget",
            "Moyenne de ce qui est connu : équilibre (4 ou 0) ; part d’argent public (4 jusqu’au "
            "taux de la campagne, 0 à 100 %) ; coût par personne comparé à la médiane des "
            "dossiers de la même orientation (4 jusqu’à la médiane, 0 à partir du triple) ; "
            "trésorerie (4 à partir de trois mois de dépenses).",
            "Budget du dossier, budget de l’organisme, dossiers transmis de la campagne.",
        ),
        RegleCalcul(
            "porteur",
            "Bilans du porteur",
            "Moyenne de ce qui est connu : part des bilans rendus à l’heure ; part des dépenses "
            "prévues qui ont été faites, selon le dernier bilan validé ou déposé. Sans dossier "
            "passé, le critère est sans objet.",
            "Bilans des dossiers passés de l’organisme.",
        ),
    )
}


def regle_de(code: str) -> RegleCalcul | None:
    """The rule that computes a criterion of this code; None when there is none."""
    return REGLES_CALCUL.get(code.partition("_")[0])


def _ligne(phrase: str, valeur: Fraction) -> LigneExplication:
    return LigneExplication(typo(f"{phrase} → {nombre(valeur)}/{VALEUR_MAX}"), valeur)


def _borner(valeur: Fraction) -> Fraction:
    return min(Fraction(VALEUR_MAX), max(Fraction(0), valeur))


def calculer_public(part_qpv: int | None) -> Explication:
    """Share of the public that lives in a QPV, in percent: 100 is worth 4."""
    if part_qpv is None:
        return Explication(None, reserves=("La part du public en quartier n’est pas donnée.",))
    valeur = _borner(Fraction(part_qpv, 100) * VALEUR_MAX)
    phrase = f"{part_qpv} % du public habite un quartier prioritaire".replace(" %", "\u00a0%")
    return Explication(valeur, (_ligne(phrase, valeur),))


@dataclass(frozen=True)
class FaitsBudget:
    """What the budget rule reads; amounts in cents, None when unknown.

    ``semblables``: how many other deposited dossiers of the same orientation have a cost per
    person; ``mediane``: the median of these costs.
    """

    charges: int
    produits: int
    taux_public: Fraction | None
    beneficiaires: int | None
    tresorerie: int | None
    budget_annuel: int | None
    semblables: int = 0
    mediane: Fraction | None = None
    taux_max: Fraction = TAUX_PUBLIC


def cout_par_personne(charges: int, beneficiaires: int | None) -> Fraction | None:
    """Cents per person; None without people or without expenses."""
    if not beneficiaires or charges <= 0:
        return None
    return Fraction(charges, beneficiaires)


def calculer_budget(f: FaitsBudget) -> Explication:
    """Balance, public rate, cost per person, months of cash: mean of what is known."""
    lignes: list[LigneExplication] = []
    reserves: list[str] = []
    if f.charges > 0:
        juste = f.charges == f.produits
        ecart = f"Écart de {en_euros(abs(f.charges - f.produits))} entre charges et produits"
        lignes.append(
            _ligne("Budget équilibré" if juste else ecart, Fraction(VALEUR_MAX if juste else 0))
        )
    else:
        reserves.append("Le budget est vide.")
    if f.taux_public is None:
        reserves.append("La part d’argent public n’est pas connue.")
    else:
        lignes.append(_taux(f.taux_public, f.taux_max))
    for trouvee in (_cout(f), _tresorerie(f)):
        if isinstance(trouvee, str):
            reserves.append(trouvee)
        else:
            lignes.append(trouvee)
    return moyenne_ponderee(lignes, reserves)


def _taux(taux: Fraction, maximum: Fraction) -> LigneExplication:
    marge = 1 - maximum
    if taux <= maximum:
        valeur = Fraction(VALEUR_MAX)
    else:
        valeur = _borner(VALEUR_MAX * (1 - taux) / marge) if marge > 0 else Fraction(0)
    phrase = f"Argent public : {pourcent(taux)} du budget, pour {pourcent(maximum)} au plus"
    return _ligne(phrase, valeur)


def _cout(f: FaitsBudget) -> LigneExplication | str:
    cout = cout_par_personne(f.charges, f.beneficiaires)
    if cout is None:
        return "Le nombre de personnes concernées n’est pas donné."
    dit = en_euros(round(cout))
    if f.semblables < SEMBLABLES_MIN or not f.mediane:
        return typo(
            f"Coût par personne de {dit} : moins de {SEMBLABLES_MIN} dossiers semblables, "
            "non comparé."
        )
    valeur = _borner(VALEUR_MAX * (COUT_NUL - cout / f.mediane) / (COUT_NUL - 1))
    milieu = en_euros(round(f.mediane))
    return _ligne(
        f"Coût par personne {dit}, médiane de {f.semblables} dossiers semblables {milieu}", valeur
    )


def mediane_des_autres(triees: Sequence[Fraction], sienne: Fraction | None) -> Fraction | None:
    """Median of ``triees`` (in increasing order) without one occurrence of ``sienne``.

    None when nothing is left. A value that is not in the list takes nothing away.
    """
    n, place = len(triees), len(triees)
    if sienne is not None:
        trouvee = bisect_left(triees, sienne)
        if trouvee < n and triees[trouvee] == sienne:
            n, place = n - 1, trouvee
    if n == 0:
        return None

    def au_rang(i: int) -> Fraction:
        return triees[i if i < place else i + 1]

    return (au_rang((n - 1) // 2) + au_rang(n // 2)) / 2


def _tresorerie(f: FaitsBudget) -> LigneExplication | str:
    if f.tresorerie is None or not f.budget_annuel:
        return "La trésorerie ou le budget annuel de l’organisme n’est pas connu."
    mois = Fraction(f.tresorerie * 12, f.budget_annuel)
    valeur = _borner(VALEUR_MAX * mois / MOIS_PLEINS)
    return _ligne(f"Trésorerie : {nombre(mois, 1)} mois de dépenses", valeur)


@dataclass(frozen=True)
class FaitsPorteur:
    """Past of the organisme: bilans whose date has passed, and the last year that was reported.

    ``prevu``, ``realise``: expenses of the last bilan deposited, in cents.
    """

    dus: int
    a_l_heure: int
    prevu: int | None = None
    realise: int | None = None
    exercice: int | None = None


def calculer_porteur(f: FaitsPorteur) -> Explication:
    """Bilans in time and realised share; « sans objet » without a past."""
    lignes: list[LigneExplication] = []
    reserves: list[str] = []
    if f.dus:
        phrase = f"{accorder(f.a_l_heure, 'bilan rendu', 'bilans rendus')} à l’heure sur {f.dus}"
        lignes.append(_ligne(phrase, Fraction(VALEUR_MAX * f.a_l_heure, f.dus)))
    else:
        reserves.append("Aucun bilan n’était encore dû : rien à comparer.")
    if f.prevu and f.realise is not None:
        part = Fraction(f.realise, f.prevu)
        phrase = (
            f"Dépensé en {f.exercice} : {en_euros(f.realise)} sur {en_euros(f.prevu)} prévus "
            f"({pourcent(part)})"
        )
        lignes.append(_ligne(phrase, _borner(VALEUR_MAX * part)))
    return moyenne_ponderee(lignes, [typo(r) for r in reserves])
