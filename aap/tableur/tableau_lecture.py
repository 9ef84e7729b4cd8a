"""A scenario's board that comes back as a spreadsheet: found by what it holds, read cell by cell.

The row of the enveloppes' codes gives the columns, the references of the dossiers give the rows:
sheets, rows and columns may have been moved, added, renamed or sorted. What cannot be understood
is told with its sheet and its cell; nothing is guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.montants import MONTANT_MAX, lire_montant
from aap.domaine.texte import ecourter, nettoyer, normaliser
from aap.tableur.classeur import lettres
from aap.tableur.lecture import Bornes, ClasseurLu, Feuille

BORNES = Bornes(
    objet="un tableau de scénario",
    remede="Repartez du fichier proposé sur la page du scénario.",
    mo=10,
    ouvert=80,
    feuilles=40,
    lignes=20_000,
    colonnes=400,
)
REMARQUES_MAX = 50
SOMMES = ("total", "sous total", "somme", "moyenne", "reste", "disponible")
VIDES = ("-", "–", "—")
_DATE = re.compile(r"\d{2}/\d{2}/\d{4}|\d{4}-\d{2}-\d{2}|\d{2}:\d{2}:\d{2}")
INTROUVABLE = (
    "Le tableau n’a pas été trouvé dans ce fichier\u00a0: il faut la ligne des codes d’enveloppe "
    "et la colonne des références de dossier. Repartez du fichier proposé sur la page du scénario."
)


@dataclass(frozen=True)
class Remarque:
    """Something of the file, where it is, and what to do."""

    ou: str
    quoi: str


@dataclass
class TableauRendu:
    """``cellules``: (dossier, enveloppe) -> value and address. ``motifs``: dossier -> text and
    address. ``dossiers``, ``enveloppes``: those found, with their row and their column."""

    feuille: str
    cellules: dict[tuple[int, int], tuple[object, str]] = field(default_factory=dict)
    motifs: dict[int, tuple[str, str]] = field(default_factory=dict)
    dossiers: dict[int, int] = field(default_factory=dict)
    enveloppes: dict[int, int] = field(default_factory=dict)
    remarques: list[Remarque] = field(default_factory=list)
    douteux: bool = False

    def remarquer(self, ou: str, quoi: str) -> None:
        self.remarques.append(Remarque(ou, quoi))

    def adresse(self, dossier: int, enveloppe: int | None) -> str:
        """Where a dossier and an enveloppe cross; the row alone when the column is not known."""
        rang = self.dossiers[dossier]
        if enveloppe not in self.enveloppes:
            return f"Feuille {self.feuille}, ligne {rang + 1}"
        return _adresse(self.feuille, rang, self.enveloppes[enveloppe])


def lire_tableau_rendu(
    classeur: ClasseurLu,
    references: Mapping[str, int],
    codes: Mapping[str, int],
) -> TableauRendu:
    """The board of a file. ``references`` and ``codes``: name -> id of dossiers and enveloppes.

    Raises Invalide when no sheet looks like one.
    """
    refs = {_cle(nom): (cle, nom) for nom, cle in references.items()}
    caisses = {_cle(code): (cle, code) for code, cle in codes.items()}
    feuille, tete = _choisir(classeur.feuilles, refs.keys(), caisses.keys())
    colonne_refs = _colonne_refs(feuille, refs.keys())
    rendu = TableauRendu(nettoyer(feuille.nom, lignes=False))
    colonnes = _colonnes(feuille.cellules[tete], caisses, rendu, tete)
    motif = _colonne_motif(feuille.cellules[: tete + 1])
    doubles = _doubles(feuille, colonne_refs, refs)
    for rang, rangee in enumerate(feuille.cellules):
        trouve = refs.get(_cle(_en(rangee, colonne_refs)))
        if trouve is None:
            if rang > tete:
                _sans_dossier(rendu, rang, rangee, colonne_refs, colonnes)
        elif trouve[0] in doubles:
            continue
        else:
            _lire_rangee(rendu, rang, rangee, trouve[0], colonnes, motif)
    for noms in doubles.values():
        rendu.remarquer(noms[0], noms[1])
    _prevenir(rendu, classeur, feuille)
    return rendu


def _cle(valeur: object) -> str:
    """The same name whatever its case, its spaces, or the number that a spreadsheet made of it."""
    if isinstance(valeur, float) and valeur.is_integer():
        valeur = int(valeur)
    if isinstance(valeur, bool) or not isinstance(valeur, str | int):
        return ""
    return " ".join(str(valeur).split()).casefold()


def _en(rangee: Sequence[object], colonne: int) -> object:
    return rangee[colonne] if colonne < len(rangee) else ""


def _choisir(
    feuilles: Sequence[Feuille], refs: Collection[str], codes: Collection[str]
) -> tuple[Feuille, int]:
    """The sheet whose header names the most enveloppes, and the place of that header."""
    meilleure: tuple[tuple[int, bool, int], Feuille, int] | None = None
    for feuille in feuilles:
        comptes = [_reconnus(r, codes) for r in feuille.cellules]
        nombre = max(comptes, default=0)
        connus = sum(bool(_reconnus(r, refs)) for r in feuille.cellules) if nombre else 0
        if not connus:
            continue
        rang = (nombre, feuille.nom.strip().casefold() == "tableau", connus)
        if meilleure is None or rang > meilleure[0]:
            meilleure = rang, feuille, comptes.index(nombre)
    if meilleure is None:
        raise Invalide(INTROUVABLE, [Probleme(INTROUVABLE, "fichier")])
    return meilleure[1], meilleure[2]


def _reconnus(rangee: Sequence[object], noms: Collection[str]) -> int:
    return len({c for c in map(_cle, rangee) if c and c in noms})


def _colonne_refs(feuille: Feuille, refs: Collection[str]) -> int:
    comptes = Counter(
        colonne
        for rangee in feuille.cellules
        for colonne, c in enumerate(rangee)
        if isinstance(c, str) and c and _cle(c) in refs
    )
    return min(comptes, key=lambda c: (-comptes[c], c))


def _colonnes(
    tete: Sequence[object],
    caisses: Mapping[str, tuple[int, str]],
    rendu: TableauRendu,
    rang: int,
) -> dict[int, int]:
    """Column -> enveloppe; what is missing or twice there is told."""
    places: dict[int, list[int]] = {}
    for colonne, valeur in enumerate(tete):
        trouve = caisses.get(_cle(valeur))
        if trouve is not None:
            places.setdefault(trouve[0], []).append(colonne)
    for cle, code in caisses.values():
        la = places.get(cle, [])
        if not la:
            rendu.remarquer(
                f"Feuille {rendu.feuille}, ligne {rang + 1}",
                f"L’enveloppe «\u00a0{code}\u00a0» n’a plus de colonne\u00a0: ses montants n’ont "
                "pas été comparés. Si vous l’avez renommée, remettez ce code et renvoyez le "
                "fichier.",
            )
        elif len(la) > 1:
            noms = " et ".join(lettres(c) for c in la)
            rendu.remarquer(
                f"Feuille {rendu.feuille}, colonnes {noms}",
                f"Deux colonnes portent le code «\u00a0{code}\u00a0»\u00a0: ses montants n’ont pas "
                "été comparés. Gardez une seule colonne.",
            )
    colonnes = {la[0]: cle for cle, la in places.items() if len(la) == 1}
    rendu.enveloppes = {cle: colonne for colonne, cle in colonnes.items()}
    return colonnes


def _colonne_motif(tetes: Sequence[Sequence[object]]) -> int | None:
    for rangee in reversed(tetes):
        for colonne, valeur in enumerate(rangee):
            if isinstance(valeur, str) and normaliser(valeur).startswith("motif"):
                return colonne
    return None


def _doubles(
    feuille: Feuille, colonne: int, refs: Mapping[str, tuple[int, str]]
) -> dict[int, tuple[str, str]]:
    """Dossiers on several rows: none of them is taken."""
    rangs: dict[int, list[int]] = {}
    noms: dict[int, str] = {}
    for rang, rangee in enumerate(feuille.cellules):
        trouve = refs.get(_cle(_en(rangee, colonne)))
        if trouve is not None:
            rangs.setdefault(trouve[0], []).append(rang + 1)
            noms[trouve[0]] = trouve[1]
    return {
        cle: (
            f"Feuille {nettoyer(feuille.nom, lignes=False)}, lignes "
            + ", ".join(map(str, la[:10])),
            f"Le dossier {noms[cle]} est sur plusieurs lignes\u00a0: il n’a pas été comparé. "
            "Gardez une seule ligne.",
        )
        for cle, la in rangs.items()
        if len(la) > 1
    }


def _lire_rangee(
    rendu: TableauRendu,
    rang: int,
    rangee: Sequence[object],
    dossier: int,
    colonnes: Mapping[int, int],
    motif: int | None,
) -> None:
    rendu.dossiers[dossier] = rang
    for colonne, enveloppe in colonnes.items():
        valeur = _en(rangee, colonne)
        if valeur is not None and valeur != "":
            ou = _adresse(rendu.feuille, rang, colonne)
            rendu.cellules[dossier, enveloppe] = (valeur, ou)
    if motif is not None:
        texte = nettoyer(str(_en(rangee, motif) or ""), lignes=False).strip()
        rendu.motifs[dossier] = (texte, _adresse(rendu.feuille, rang, motif))


def _adresse(feuille: str, rang: int, colonne: int) -> str:
    return f"Feuille {feuille}, cellule {lettres(colonne)}{rang + 1}"


def _sans_dossier(
    rendu: TableauRendu,
    rang: int,
    rangee: Sequence[object],
    colonne_refs: int,
    colonnes: Mapping[int, int],
) -> None:
    """A row below the header that names no dossier: told only when it holds amounts."""
    if all(_en(rangee, c) in ("", None, 0) for c in colonnes):
        return
    textes = [c for c in rangee if isinstance(c, str) and c.strip()]
    if any(normaliser(t).startswith(SOMMES) for t in textes):
        return
    nom = _en(rangee, colonne_refs)
    quoi = "Cette ligne n’a pas de référence de dossier"
    if nom not in ("", None):
        lu = ecourter(nettoyer(str(nom), lignes=False), 40)
        quoi = f"«\u00a0{lu}\u00a0» n’est pas un dossier de ce tableau"
    rendu.remarquer(
        f"Feuille {rendu.feuille}, ligne {rang + 1}",
        f"{quoi}\u00a0: ses montants ont été laissés de côté. Un dossier ne s’ajoute pas par le "
        "fichier.",
    )


def _prevenir(rendu: TableauRendu, classeur: ClasseurLu, feuille: Feuille) -> None:
    """What makes an empty cell doubtful, and what was not read."""
    if classeur.fautives:
        noms = ", ".join(dict.fromkeys(x for x in classeur.fautives if x))
        rendu.remarquer(
            f"Cellules {noms}" if noms else "Tout le fichier",
            "Une formule ne donne pas de résultat\u00a0: sa cellule se lit comme vide. Corrigez "
            "la formule ou écrivez le montant.",
        )
    if classeur.fusions:
        rendu.remarquer(
            "Tout le fichier",
            "Des cellules sont fusionnées\u00a0: seule la première d’un groupe garde son montant, "
            "les autres se lisent comme vides. Défaites la fusion si elle touche des montants.",
        )
    if feuille.hauteur > len(feuille.cellules):
        rendu.remarquer(
            f"Feuille {rendu.feuille}",
            f"Seules les {len(feuille.cellules)} premières lignes ont été lues.",
        )
    rendu.douteux = bool(classeur.fautives) or classeur.fusions


def montant_de(valeur: object) -> int | None:
    """Cents of a cell, None when empty. Raises ValueError with a French sentence."""
    if isinstance(valeur, bool):
        raise ValueError("VRAI ou FAUX n’est pas un montant\u00a0: écrivez un montant en euros.")
    if isinstance(valeur, int | float):
        return _nombre(valeur)
    texte = str(valeur or "").strip()
    if not texte or texte in VIDES:
        return None
    if _DATE.match(texte):
        raise ValueError(
            f"Cette cellule contient une date ({texte[:10]})\u00a0: donnez-lui le format nombre et "
            "écrivez le montant."
        )
    return lire_montant(texte[:60])


def _nombre(valeur: int | float) -> int:
    if not abs(valeur) <= MONTANT_MAX / 100:  # also what is not a number
        raise ValueError("Ce montant est trop grand.")
    if valeur < 0:
        raise ValueError("Le montant ne peut pas être négatif.")
    cents = round(valeur * 100)
    if abs(valeur * 100 - cents) > 1e-4:
        lu = f"{valeur:.4f}".replace(".", ",")
        raise ValueError(f"Le montant s’arrête aux centimes\u00a0: arrondissez {lu}.")
    return cents


def remarques_montrees(rendu: TableauRendu) -> Iterator[Remarque]:
    """The first ones, and how many others there are."""
    yield from rendu.remarques[:REMARQUES_MAX]
    reste = len(rendu.remarques) - REMARQUES_MAX
    if reste > 0:
        yield Remarque("Suite", f"Et {reste} autres remarques du même genre.")
