"""Page breaks a typographer would choose: no lonely heading, short tables in one piece."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether

from aap.documents.balisage import ParagrapheBalise, TableauBalise

RANGS_COURT = 9
PARAGRAPHES_REPRIS = 2
CARACTERES_COURT = 400
RESERVE_TEXTE = 20 * mm
RESERVE_TABLE = 40 * mm


def assembler(contenu: Sequence[Flowable]) -> list[Flowable]:
    """Bind headings and sentences ending with « : » to what they announce.

    Before a short table or a signature the whole is kept together; before a text or a long
    table a page break comes when too little room is left for its beginning.
    """
    sortie: list[Flowable] = []
    attente: list[Flowable] = []
    for flowable in contenu:
        if getattr(flowable, "solidaire", False):
            attente.append(flowable)
            continue
        if isinstance(flowable, KeepTogether):
            attente = _compagnie(sortie) + attente
        sortie += _lier(attente, flowable)
        attente = []
    return sortie + attente


def _compagnie(sortie: list[Flowable]) -> list[Flowable]:
    """Last short paragraphs, taken back (with their heading) to accompany a signature."""
    repris: list[Flowable] = []
    while sortie and len(repris) < PARAGRAPHES_REPRIS and _est_court(sortie[-1]):
        repris.insert(0, sortie.pop())
    while repris and sortie and getattr(sortie[-1], "solidaire", False):
        repris.insert(0, sortie.pop())
    return repris


def _est_court(flowable: Flowable) -> bool:
    return (
        isinstance(flowable, ParagrapheBalise)
        and len(flowable.getPlainText(identify=0)) <= CARACTERES_COURT
    )


def _lier(annonces: list[Flowable], suite: Flowable) -> list[Flowable]:
    if isinstance(suite, KeepTogether):
        return [KeepTogether([*annonces, *suite._content])]
    if isinstance(suite, TableauBalise) and suite._nrows <= RANGS_COURT:
        return [KeepTogether([*annonces, suite])]
    if not annonces:
        return [suite]
    table = isinstance(suite, TableauBalise)
    place = RESERVE_TABLE if table else RESERVE_TEXTE
    return [CondPageBreak(place + sum(_hauteur(a) for a in annonces)), *annonces, suite]


def _hauteur(annonce: Any) -> float:
    """Rough height of an announcement, in points."""
    style = annonce.style
    return float(style.leading + style.spaceBefore + style.spaceAfter)
