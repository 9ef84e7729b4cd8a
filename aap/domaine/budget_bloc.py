"""A budget read from cells: a spreadsheet file, or a block copied from one.

A row is read from left to right: an account (« 604 », « 604 – Goûters »), words, an amount, and
again for the other side when charges and produits stand side by side. Nothing is guessed in
silence: money without an account, or a cell that should be money and is not, is a problem that
names its place. Amounts are in cents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aap.domaine.budget_comptes import designation, est_total, resoudre
from aap.domaine.budget_plan import Compte, PlanComptable
from aap.domaine.erreurs import Probleme
from aap.domaine.montants import MONTANT_MAX, en_euros, lire_montant
from aap.domaine.texte import nettoyer, normaliser

Cellule = object
Grille = Sequence[Sequence[Cellule]]
Adresse = Callable[[int, int], str]
LIGNES_MAX = 500
COLONNES_MAX = 30
BUDGET_MAX = 100
DANS_L_APPEL = "Demandé dans cet appel"
ETATS = {"demande": "demande", "acquis": "acquis", "obtenu": "acquis", "envisage": "envisage"}
ORIGINES = {"droit commun": "droit_commun", "credits specifiques": "credits_specifiques"}
_MONTANT_TENTE = re.compile(r"^[-+−]?\s*[0-9][^\n]{0,30}$")
_MOT = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class LigneLue:
    """A line understood; ``adresse`` says where it was."""

    compte: Compte
    montant: int
    libelle: str = ""
    etat: str = ""
    origine: str = ""
    adresse: str = ""


@dataclass
class Lecture:
    """What was understood and what was not. ``suite``: amounts that follow each other, without
    account, when no row names one (a column copied from a spreadsheet). ``dans_l_appel``: cents
    asked in this call, which the file repeats and the dossier already holds."""

    lignes: list[LigneLue] = field(default_factory=list)
    problemes: list[Probleme] = field(default_factory=list)
    suite: list[int | None] = field(default_factory=list)
    dans_l_appel: int = 0

    @property
    def juste(self) -> bool:
        return not any(p.bloquant for p in self.problemes)


@dataclass
class _Segment:
    """An account and what follows it on its row, up to the next account."""

    numero: str
    textes: list[str]
    montant: int | None = None
    adresse: str = ""
    faute: str = ""


def lire_grille(plan: PlanComptable, grille: Grille, adresse: Adresse) -> Lecture:
    """Lines of a grid of cells; every fault is told, with the name of its cell."""
    lecture = Lecture()
    if len(grille) > LIGNES_MAX or any(len(rangee) > COLONNES_MAX for rangee in grille):
        phrase = f"Ce tableau dépasse {LIGNES_MAX} lignes ou {COLONNES_MAX} colonnes."
        lecture.problemes.append(Probleme(phrase))
        return lecture
    titres: list[tuple[Compte, int, str]] = []
    colonnes: frozenset[int] = frozenset()
    for rang, rangee in enumerate(grille):
        colonnes = _colonnes_montant(rangee) or colonnes
        _lire_rangee(plan, rangee, rang, adresse, colonnes, lecture, titres)
    _confronter_titres(plan, titres, lecture)
    if len(lecture.lignes) > BUDGET_MAX:
        lecture.problemes.append(Probleme(f"Un budget compte au plus {BUDGET_MAX} lignes."))
    return lecture


def lire_bloc(plan: PlanComptable, texte: str) -> Lecture:
    """Lines of a copied block (tabs between cells, newlines between rows).

    When no row names an account, the first amount of each row goes in ``suite``.
    """
    brut = texte.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    grille = [ligne.split("\t") for ligne in brut.split("\n")] if brut else []
    demesure = len(grille) > LIGNES_MAX
    if not demesure and not any(designation(plan, c) for rangee in grille for c in rangee):
        return _lire_suite(grille)
    return lire_grille(plan, grille, lambda rang, _: f"Ligne {rang + 1}")


def _lire_suite(grille: Grille) -> Lecture:
    lecture = Lecture()
    for rang, rangee in enumerate(grille):
        pleines = [str(c).strip() for c in rangee if str(c).strip()]
        lus = [m for m in map(_montant_ou_rien, pleines) if m is not None]
        lecture.suite.append(lus[0] if lus else None)
        fautes = [c for c in pleines if _montant_ou_rien(c) is None and _tente(c)]
        for c in fautes:
            lecture.problemes.append(Probleme(f"Ligne {rang + 1}\u00a0: {_pas_un_montant(c)}"))
        if len(lus) > 1:
            phrase = f"Ligne {rang + 1}\u00a0: seul le premier montant est pris."
            lecture.problemes.append(Probleme(phrase, bloquant=False))
    return lecture


def _montant_ou_rien(texte: str) -> int | None:
    try:
        return lire_montant(texte)
    except ValueError:
        return None


def _tente(texte: str) -> bool:
    """Does this look like an amount that somebody meant to write?"""
    return bool(_MONTANT_TENTE.match(texte)) and not _MOT.search(texte)


def _pas_un_montant(brut: object) -> str:
    return f"«\u00a0{nettoyer(str(brut), lignes=False)[:40]}\u00a0» n’est pas un montant."


def lire_cellule(valeur: Cellule) -> int | None:
    """Cents of a cell, None when it is empty. Raises ValueError with a French sentence."""
    if valeur is None or valeur == "":
        return None
    if isinstance(valeur, bool) or not isinstance(valeur, (int, float, str)):
        raise ValueError(_pas_un_montant(valeur))
    if isinstance(valeur, str):
        return _cellule_texte(valeur)
    if not abs(valeur) * 100 <= MONTANT_MAX:  # also refuses NaN and infinities
        raise ValueError(_pas_un_montant(valeur))
    if valeur < 0:
        raise ValueError(f"le montant {en_euros(round(valeur * 100))} est négatif.")
    return round(valeur * 100)


def _cellule_texte(texte: str) -> int | None:
    if not texte.strip():
        return None
    montant = _montant_ou_rien(texte)
    if montant is None:
        raise ValueError(_pas_un_montant(texte.strip()))
    return montant


def _colonnes_montant(rangee: Sequence[Cellule]) -> frozenset[int]:
    """Columns headed « Montant… » or « Prévision… »; empty when this row is no heading."""
    return frozenset(
        i
        for i, c in enumerate(rangee)
        if isinstance(c, str) and normaliser(c).startswith(("montant", "prevision", "budget prev"))
    )


def _lire_rangee(
    plan: PlanComptable,
    rangee: Sequence[Cellule],
    rang: int,
    adresse: Adresse,
    colonnes: frozenset[int],
    lecture: Lecture,
    titres: list[tuple[Compte, int, str]],
) -> None:
    if any(isinstance(c, str) and c.startswith(DANS_L_APPEL) for c in rangee):
        nombres = [c for c in rangee if isinstance(c, (int, float))]
        lecture.dans_l_appel += round(nombres[0] * 100) if nombres else 0
        return
    segments = _segments(plan, rangee, rang, adresse, colonnes)
    if not segments:
        _argent_sans_compte(rangee, rang, adresse, lecture)
    for s in segments:
        if s.faute:
            lecture.problemes.append(Probleme(f"{s.adresse}\u00a0: {s.faute}"))
        elif s.montant:
            _ajouter(plan, s, lecture, titres)


def _segments(
    plan: PlanComptable,
    rangee: Sequence[Cellule],
    rang: int,
    adresse: Adresse,
    colonnes: frozenset[int],
) -> list[_Segment]:
    segments: list[_Segment] = []
    for colonne, cellule in enumerate(rangee):
        ici = segments[-1] if segments else None
        attend = ici is not None and ici.montant is None and not ici.faute
        compte = None if attend and _montant_pur(cellule) else designation(plan, cellule)
        if compte is not None and (ici is None or _autre_cote(ici, compte[0])):
            segments.append(_Segment(compte[0], [compte[1]] if compte[1] else []))
        elif ici is not None:
            _nourrir(ici, cellule, adresse(rang, colonne), colonne in colonnes)
    return segments


def _montant_pur(cellule: Cellule) -> bool:
    if isinstance(cellule, str):
        return _montant_ou_rien(cellule) is not None
    return isinstance(cellule, (int, float))


def _autre_cote(ici: _Segment, numero: str) -> bool:
    """A second account on a row is on the other side: charges on the left, produits after."""
    return ici.numero[:1] != numero[:1] or ici.numero[:2] != numero[:2]


def _nourrir(s: _Segment, cellule: Cellule, adresse: str, montant_attendu: bool) -> None:
    texte = cellule.strip() if isinstance(cellule, str) else cellule
    if texte is None or texte == "":
        return
    est_montant = montant_attendu or not isinstance(texte, str) or _montant_pur(texte)
    if s.montant is None and not s.faute and (est_montant or _tente(str(texte))):
        s.adresse = adresse
        try:
            s.montant = lire_cellule(texte)
        except ValueError as erreur:
            s.faute = str(erreur)
    elif isinstance(texte, str):
        s.textes.append(texte)


def _argent_sans_compte(
    rangee: Sequence[Cellule], rang: int, adresse: Adresse, lecture: Lecture
) -> None:
    """A row with money that no account claims: a total is skipped, anything else is told."""
    mots = [c for c in rangee if isinstance(c, str) and _MOT.search(c)]
    if any(est_total(m) for m in mots):
        return
    for colonne, c in enumerate(rangee):
        nombre = isinstance(c, (int, float)) and not isinstance(c, bool) and c != 0
        if nombre or (isinstance(c, str) and c.strip() and _montant_pur(c)):
            nom = f"«\u00a0{nettoyer(mots[0], lignes=False)[:60]}\u00a0»" if mots else "ce montant"
            phrase = f"{adresse(rang, colonne)}\u00a0: {nom} n’a pas de numéro de compte."
            lecture.problemes.append(Probleme(phrase))
            return


def _ajouter(
    plan: PlanComptable,
    s: _Segment,
    lecture: Lecture,
    titres: list[tuple[Compte, int, str]],
) -> None:
    try:
        compte, textes = resoudre(plan, s.numero, s.textes)
    except ValueError as erreur:
        lecture.problemes.append(Probleme(f"{s.adresse}\u00a0: {erreur}"))
        return
    montant = s.montant or 0
    if compte.titre:
        titres.append((compte, montant, s.adresse))
        return
    etat, origine, libelle = _details(textes)
    if not compte.subvention:
        etat = origine = ""
    lecture.lignes.append(LigneLue(compte, montant, libelle, etat, origine, s.adresse))


def _details(textes: Sequence[str]) -> tuple[str, str, str]:
    """(state, origin, words) of what stands beside an amount."""
    etat = origine = ""
    mots = []
    for texte in textes:
        clef = normaliser(texte)
        debut = next((v for k, v in ORIGINES.items() if clef.startswith(k)), "")
        if clef in ETATS:
            etat = ETATS[clef]
        elif debut:
            origine = debut
        elif clef not in ("", "je ne sais pas", "eur", "euros"):
            mots.append(nettoyer(texte, lignes=False))
    return etat, origine, " – ".join(mots)[:200]


def _confronter_titres(
    plan: PlanComptable, titres: Sequence[tuple[Compte, int, str]], lecture: Lecture
) -> None:
    """An account that only groups others holds the sum of its lines, or is to be split."""
    for titre, montant, adresse in titres:
        lignes = [x for x in lecture.lignes if x.compte.groupe == titre.compte]
        somme = sum(x.montant for x in lignes if x.compte.cote == titre.cote)
        somme += lecture.dans_l_appel if titre.compte == "74" else 0
        if somme == montant or est_reste(montant, somme):
            continue
        if lignes:
            phrase = (
                f"{adresse}\u00a0: le total du compte {titre.numero or titre.libelle} "
                f"({en_euros(montant)}) n’est pas la somme de ses lignes ({en_euros(somme)}). "
                "La somme des lignes est prise."
            )
            lecture.problemes.append(Probleme(phrase, bloquant=False))
            continue
        sous = [c.numero or c.libelle for c in plan.sous_comptes(titre.compte)][:3]
        phrase = (
            f"{adresse}\u00a0: le compte {titre.nom} ne reçoit pas de montant. Répartissez "
            f"{en_euros(montant)} dans ses lignes ({', '.join(dict.fromkeys(sous))}…)."
        )
        lecture.problemes.append(Probleme(phrase))


def est_reste(montant: int, somme: int) -> bool:
    """A difference of less than one euro is rounding, not a contradiction."""
    return somme > 0 and abs(montant - somme) < 100
