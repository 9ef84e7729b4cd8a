"""The rows of a board, drawn in one go.

A board has some thousands of cells of a dozen values each: written in the template, escaping
numbers one by one was half of the time of the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from aap.filtres import euros, nombre

# Names of enveloppes and words about lines: a few of them, on every cell.
_sur = lru_cache(4096)(lambda texte: str(escape(texte)))
_TROU = '<td class="trou" colspan="{}"></td>'
_VERROU = '<span class="verrou"> · verrouillé</span>'
_SANS_VERROU = '<span class="verrou" hidden> · verrouillé</span>'


def rangee_tableau(
    vue: Any, modifiable: bool, saisis: Mapping[str, str], lien: tuple[str, str] | None
) -> Markup:
    """The ``<tr>`` of a dossier (``requetes/grille_scenario.RangeeVue``).

    ``saisis``: what was typed and refused, by field: it stays on the page. ``lien``: address of a
    dossier, before and after its number; None without a link.
    """
    if saisis:
        return Markup(_dessiner(vue, modifiable, saisis, lien))  # all texts escaped there
    numero = vue.rangee.id
    fait = vue.dessins.get(numero)
    if fait is None or fait[0] != vue.lues:
        fait = vue.dessins[numero] = (vue.lues, _dessiner(vue, modifiable, saisis, lien))
    return Markup(fait[1])


def _dessiner(
    vue: Any, modifiable: bool, saisis: Mapping[str, str], lien: tuple[str, str] | None
) -> str:
    r = vue.rangee
    marques = "".join(
        f" data-{nom}"
        for nom, oui in (("pluri", r.pluriannuel), ("premiere", r.premiere), ("poche", r.poche))
        if oui
    )
    cellules, apres = vue.cellules()
    tete = _tete(vue, lien, bool(cellules))
    dessinees = _cellules(r.reference, cellules, modifiable, saisis)
    reste = _TROU.format(apres) if apres else ""
    ouverture = f'<tr data-dossier="{r.id}" data-lieux="{_sur(vue.lieux)}"{marques}>'
    return f"{ouverture}{tete}{dessinees}{reste}</tr>\n"


def _tete(vue: Any, lien: tuple[str, str] | None, payable: bool) -> str:
    r = vue.rangee
    place, score = (r.resultat.rang, r.resultat.score) if r.resultat else (None, None)
    titre: str = escape(r.intitule or r.reference)
    if lien is not None:
        titre = f'<a href="{escape(lien[0])}{r.id}{escape(lien[1])}">{titre}</a>'
    mots = [
        escape(r.organisme),
        *([f"{nombre(score, 1)}/100"] if score is not None else []),
        f"{euros(r.demande)} demandés",
        f"<strong data-recu>{euros(vue.recu)}</strong> donnés",
        *(["pluriannuel"] if r.pluriannuel else []),
        *(["première demande"] if r.premiere else []),
        *([] if payable else ["aucune enveloppe ne peut payer"]),
    ]
    return (
        f'<th scope="row" class="col-dossier"><span class="rang">{place or "–"}</span> {titre}'
        f'<span class="discret">{" · ".join(mots)}</span></th>'
    )


def _cellules(
    numero: str, cellules: Iterable[Any], modifiable: bool, saisis: Mapping[str, str]
) -> str:
    reference = str(escape(numero))
    morceaux = []
    for c in cellules:
        if c.avant:
            morceaux.append(_TROU.format(c.avant))
        etiquette = _sur(c.etiquette)
        champ = _champ(c, etiquette, reference, saisis) if modifiable else _fixe(c)
        morceaux.append(
            f'<td data-label="{etiquette}">{champ}<span class="discret indication">'
            f"{_sur(c.indication)}{_VERROU if c.verrouille else _SANS_VERROU}</span></td>"
        )
    return "".join(morceaux)


def _champ(c: Any, etiquette: str, reference: str, saisis: Mapping[str, str]) -> str:
    nom = c.nom
    valeur = escape(saisis[nom]) if nom in saisis else c.valeur  # ours holds digits only
    motif = f' data-motif="{escape(c.motif)}"' if c.motif else ""
    return (
        f'<input class="form-control" id="{nom}" name="{nom}" inputmode="decimal"'
        f' autocomplete="off" aria-label="{etiquette}, {reference}"'
        f' value="{valeur}" data-ligne="{c.ligne}"'
        f' data-enveloppe="{c.enveloppe}" data-numero="{c.numero}"'
        f'{" data-verrou" if c.verrouille else ""}{motif} data-demande="{c.demande}">'
    )


def _fixe(c: Any) -> str:
    montant = f"{c.valeur}\u00a0€" if c.valeur else "–"
    return (
        f'<span class="fixe" data-ligne="{c.ligne}" data-enveloppe="{c.enveloppe}">{montant}</span>'
    )
