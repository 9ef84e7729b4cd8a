"""Tables of the documents: key/value, generic, budget, amounts per funder, indicators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from reportlab.lib.colors import white
from reportlab.platypus import Spacer

from aap.documents.balisage import Element, TableauBalise
from aap.documents.donnees import (
    Budget,
    Echeance,
    Indicateur,
    LigneCompte,
    MontantFinanceur,
    total,
    total_realise,
)
from aap.documents.polices import TEXTE
from aap.documents.redaction import Redaction
from aap.documents.styles import LARGEUR
from aap.documents.texte import Gras, Morceau
from aap.domaine.budget_plan import poste
from aap.domaine.montants import en_euros, pourcent, rapport

Genre = Literal["normale", "groupe", "total", "note"]
TIRET = "–"


@dataclass(frozen=True)
class Rang:
    """One row. With a single cell it spans the whole table; ``lie``: kept with the one above.

    A ``total`` is always kept with the row above, a ``groupe`` with the row below.
    """

    cellules: tuple[Morceau, ...]
    genre: Genre = "normale"
    lie: bool = False


def fiche(r: Redaction, paires: Sequence[tuple[str, str]], part: float = 0.32) -> None:
    """Key/value table; each key is the header of its row. Empty values say so."""
    table = r.racine.ajouter("Table")
    lignes = []
    for cle, valeur in paires:
        tr = table.ajouter("TR")
        th = tr.ajouter("TH", attributs={"Scope": "Row"})
        td = tr.ajouter("TD")
        lignes.append(
            [r.brique("entete_cellule", th, cle), r.brique("cellule", td, valeur or TIRET)]
        )
    if not lignes:
        return
    commandes = _commandes_de_base(r)
    r.poser(
        TableauBalise(
            lignes,
            colWidths=[LARGEUR * part, LARGEUR * (1 - part)],
            style=commandes,
        ),
        Spacer(1, 8),
    )


def _commandes_de_base(r: Redaction) -> list[tuple[Any, ...]]:
    return [
        ("FONTNAME", (0, 0), (-1, -1), TEXTE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 5),
        ("RIGHTPADDING", (0, 0), (-1, -1), 5),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, r.feuille.filet),
        ("LINEABOVE", (0, 0), (-1, 0), 0.4, r.feuille.filet),
    ]


def tableau(
    r: Redaction,
    entetes: Sequence[str],
    rangs: Sequence[Rang],
    largeurs: Sequence[float],
    droites: Sequence[int] = (),
    gouttiere: int | None = None,
) -> None:
    """Table with column headers repeated on each page; the first cell heads its row.

    ``largeurs`` are proportions; ``droites`` the columns aligned on the right (amounts);
    ``gouttiere`` a column set apart from the one on its left.
    """
    table = r.racine.ajouter("Table")
    lignes = [_entete(r, table, entetes, droites)]
    commandes = [*_commandes_de_base(r), ("BACKGROUND", (0, 0), (-1, 0), r.feuille.fond_titre)]
    commandes.append(("LINEBELOW", (0, 0), (-1, 0), 0.9, r.feuille.accent))
    if gouttiere is not None:
        commandes.append(("LEFTPADDING", (gouttiere, 0), (gouttiere, -1), 14))
    for n, rang in enumerate(rangs, start=1):
        lignes.append(_rang(r, table, rang, len(entetes), droites))
        commandes += _commandes_rang(r, n, rang, len(entetes))
    commandes += [("NOSPLIT", (0, a), (0, b)) for a, b in _solidaires(rangs)]
    somme = sum(largeurs)
    r.poser(
        TableauBalise(
            lignes,
            colWidths=[LARGEUR * x / somme for x in largeurs],
            style=commandes,
            repeatRows=1,
        ),
        Spacer(1, 8),
    )


def _entete(
    r: Redaction, table: Element, entetes: Sequence[str], droites: Sequence[int]
) -> list[Any]:
    tr = table.ajouter("TR")
    return [
        r.brique(
            "entete_droite" if n in droites else "entete_cellule",
            tr.ajouter("TH", attributs={"Scope": "Column"}),
            texte,
        )
        for n, texte in enumerate(entetes)
    ]


def _rang(
    r: Redaction, table: Element, rang: Rang, colonnes: int, droites: Sequence[int]
) -> list[Any]:
    tr = table.ajouter("TR")
    gras = rang.genre in ("groupe", "total")
    if len(rang.cellules) == 1 and colonnes > 1:
        role = "TH" if rang.genre == "groupe" else "TD"
        attributs: dict[str, str | int] = {"ColSpan": colonnes}
        if role == "TH":
            attributs["Scope"] = "Row"
        cellule = tr.ajouter(role, attributs=attributs)
        style = "gras" if gras else "note_cellule" if rang.genre == "note" else "cellule"
        return [r.brique(style, cellule, rang.cellules[0])] + [""] * (colonnes - 1)
    sortie = []
    for n, texte in enumerate(rang.cellules):
        element = (
            tr.ajouter("TH", attributs={"Scope": "Row"}) if n == 0 and texte else tr.ajouter("TD")
        )
        base = "gras" if gras else "cellule"
        style = f"{base}_droite" if n in droites else base
        sortie.append(r.brique(style, element, texte))
    return sortie


def _commandes_rang(r: Redaction, n: int, rang: Rang, colonnes: int) -> list[tuple[Any, ...]]:
    commandes: list[tuple[Any, ...]] = []
    if len(rang.cellules) == 1 and colonnes > 1:
        commandes.append(("SPAN", (0, n), (-1, n)))
    if rang.genre == "groupe":
        commandes.append(("BACKGROUND", (0, n), (-1, n), r.feuille.fond))
    if rang.genre == "total":
        commandes.append(("BACKGROUND", (0, n), (-1, n), r.feuille.fond))
        commandes.append(("LINEABOVE", (0, n), (-1, n), 0.8, r.feuille.accent))
    if rang.genre == "note":
        commandes.append(("LEFTPADDING", (0, n), (0, n), 14))
        commandes.append(("TOPPADDING", (0, n), (0, n), 1))
        commandes.append(("LINEABOVE", (0, n), (-1, n), 0.6, white))
    return commandes


def _solidaires(rangs: Sequence[Rang]) -> list[tuple[int, int]]:
    """Ranges of rows (1 is the first under the header) that stay on one page."""
    plages: list[tuple[int, int]] = []
    debut = 1
    for n, rang in enumerate(rangs, start=1):
        precedent = rangs[n - 2] if n > 1 else None
        tenu = rang.lie or rang.genre == "total" or (precedent and precedent.genre == "groupe")
        if n > 1 and tenu:
            continue
        if n - 1 > debut:
            plages.append((debut, n - 1))
        debut = n
    if len(rangs) > debut:
        plages.append((debut, len(rangs)))
    return plages


def euros(centimes: int | None) -> str:
    """Amount for a table cell."""
    return TIRET if centimes is None else en_euros(centimes)


# --- tables of the trade ------------------------------------------------------------
def financeurs(r: Redaction, montants: Sequence[MontantFinanceur], *, decide: bool) -> None:
    """Amounts per funder, with their total."""
    entetes = ["Financeur", "Montant demandé"] + (["Montant accordé"] if decide else [])
    rangs = []
    for m in montants:
        nom = f"{m.financeur} ({m.precision})" if m.precision else m.financeur
        cellules = [nom, euros(m.demande)] + ([euros(m.accorde)] if decide else [])
        rangs.append(Rang(tuple(cellules)))
    bas = ["Total", euros(sum(m.demande for m in montants))]
    if decide:
        bas.append(euros(sum(m.accorde or 0 for m in montants)))
    rangs.append(Rang(tuple(bas), "total"))
    tableau(r, entetes, rangs, [5, 2, 2][: len(entetes)], droites=(1, 2))


def budget(r: Redaction, b: Budget) -> None:
    """Charges and produits side by side, as in the CERFA 12156; contributions in kind below."""
    entetes = ("Charges", "Montant", "Produits", "Montant")
    rangs = _cote_a_cote(b.charges, b.produits)
    rangs.append(
        Rang(
            (
                "Total des charges",
                euros(total(b.charges)),
                "Total des produits",
                euros(total(b.produits)),
            ),
            "total",
        )
    )
    tableau(r, entetes, rangs, [5, 2, 5.4, 2], droites=(1, 3), gouttiere=2)
    if not (b.emplois_nature or b.contributions_nature):
        return
    rangs = _cote_a_cote(b.emplois_nature, b.contributions_nature)
    rangs.append(
        Rang(
            (
                "Total",
                euros(total(b.emplois_nature)),
                "Total",
                euros(total(b.contributions_nature)),
            ),
            "total",
        )
    )
    entetes = ("Emplois des contributions", "Montant", "Contributions volontaires", "Montant")
    tableau(r, entetes, rangs, [5, 2, 5.4, 2], droites=(1, 3), gouttiere=2)


def _cote_a_cote(gauche: Sequence[LigneCompte], droite: Sequence[LigneCompte]) -> list[Rang]:
    return [Rang((*_deux_cellules(g), *_deux_cellules(d))) for g, d in zip_longest(gauche, droite)]


def _deux_cellules(ligne: LigneCompte | None) -> tuple[Morceau, str]:
    if ligne is None:
        return "", ""
    if ligne.groupe:
        return Gras(_nom(ligne)), ""
    return _nom(ligne), euros(ligne.montant)


def _nom(ligne: LigneCompte) -> str:
    nom = poste(ligne.compte, ligne.libelle)
    return f"{nom} ({ligne.precision})" if ligne.precision else nom


def _rang_realise(ligne: LigneCompte) -> Rang:
    if ligne.groupe:
        return Rang((_nom(ligne),), "groupe")
    part = None if ligne.realise is None else rapport(ligne.realise, ligne.montant)
    return Rang((_nom(ligne), euros(ligne.montant), euros(ligne.realise), pourcent(part)))


def budget_realise(r: Redaction, titre: str, lignes: tuple[LigneCompte, ...], pied: str) -> None:
    """Planned, realised and ratio of one side of the budget (CERFA 15059, part 2)."""
    rangs = [_rang_realise(ligne) for ligne in lignes]
    prevu, realise = total(lignes), total_realise(lignes)
    rangs.append(
        Rang((pied, euros(prevu), euros(realise), pourcent(rapport(realise, prevu))), "total")
    )
    tableau(r, (titre, "Prévu", "Réalisé", "Part"), rangs, [7, 2.3, 2.3, 1.6], droites=(1, 2, 3))


def indicateurs(r: Redaction, lignes: Sequence[Indicateur], *, resultat: bool = False) -> None:
    """Indicators with target and way of measuring; with the result in a bilan."""
    if not lignes:
        r.p("Aucun indicateur n’a été fixé.")
        return
    if resultat:
        rangs = [Rang((i.libelle, i.cible or TIRET, i.resultat or TIRET)) for i in lignes]
        tableau(r, ("Indicateur", "Cible", "Résultat"), rangs, [6, 3, 3])
        return
    rangs = [Rang((i.libelle, i.cible or TIRET, i.mesure or TIRET)) for i in lignes]
    tableau(r, ("Indicateur", "Cible", "Comment on le mesure"), rangs, [5, 2.5, 4.5])


def echeancier(r: Redaction, echeances: Sequence[Echeance]) -> None:
    """Schedule of payments with its total."""
    rangs = [Rang((e.libelle, e.condition, euros(e.montant))) for e in echeances]
    rangs.append(Rang(("Total", "", euros(sum(e.montant for e in echeances))), "total"))
    tableau(r, ("Versement", "Quand", "Montant"), rangs, [3, 6, 2.4], droites=(2,))
