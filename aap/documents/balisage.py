"""Tagging layer: flowables that say what they are while they are drawn.

Open-source reportlab writes no tags. Each flowable here wraps its drawing operators in a
marked-content sequence and notes the mark on an ``Element``; ``structure`` then turns the
tree of elements into the PDF's structure tree. Reading order is the order in which elements
are created, not the order of drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reportlab.lib.colors import Color
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Table

from aap.documents.styles import HAUTEUR

ARTEFACT = "/Artifact BMC"
BLANCS = " \n\t\r"
PAGE_PRESQUE_VIDE = 0.6
PAGINATION = "/Artifact <</Type /Pagination>> BDC"


@dataclass
class Element:
    """Node of the structure tree; ``marques`` are (page index from 0, mcid)."""

    role: str
    attributs: dict[str, str | int] = field(default_factory=dict)
    alt: str = ""
    titre: str = ""
    enfants: list[Element] = field(default_factory=list)
    marques: list[tuple[int, int]] = field(default_factory=list)
    sommet: float = 0.0

    def ajouter(self, role: str, **options: Any) -> Element:
        """New last child."""
        enfant = Element(role, **options)
        self.enfants.append(enfant)
        return enfant

    def parcourir(self) -> Iterator[Element]:
        yield self
        for enfant in self.enfants:
            yield from enfant.parcourir()


class ToileBalisee(Canvas):
    """Canvas that numbers marks page by page and draws footers once the page count is known."""

    def __init__(self, *args: Any, pied: Callable[[Canvas, int, int], None], **options: Any):
        self._pied = pied
        self._pages: list[dict[str, Any]] = []
        self._mcid = 0
        super().__init__(*args, **options)

    def prochain_mcid(self) -> int:
        self._mcid += 1
        return self._mcid - 1

    def showPage(self) -> None:
        self._pages.append(dict(self.__dict__))
        self._startPage()
        self._mcid = 0

    def save(self) -> None:
        toutes = self._pages
        for rang, etat in enumerate(toutes, start=1):
            self.__dict__.update(etat)
            with artefact(self, PAGINATION):
                self._pied(self, rang, len(toutes))
            super().showPage()
        super().save()


@contextmanager
def artefact(toile: Canvas, ouverture: str = ARTEFACT) -> Iterator[None]:
    """What is drawn inside is decoration: assistive tools skip it."""
    toile._code.append(ouverture)
    yield
    toile._code.append("EMC")


@contextmanager
def marque(toile: Any, element: Element) -> Iterator[None]:
    """What is drawn inside is the content of ``element``."""
    numero = toile.prochain_mcid()
    element.marques.append((toile.getPageNumber() - 1, numero))
    toile._code.append(f"/{element.role} <</MCID {numero}>> BDC")
    yield
    toile._code.append("EMC")


class ParagrapheBalise(Paragraph):
    """Paragraph tied to an element; drawn a second time (repeated header) it is an artifact."""

    element: Element | None = None
    dessine = False

    def split(self, availWidth: float, availHeight: float) -> list[Flowable]:
        parts: list[Flowable] = super().split(availWidth, availHeight)
        for part in parts:
            part.element = self.element
        return parts

    def draw(self) -> None:
        if self.element is None or self.dessine:
            with artefact(self.canv):
                super().draw()
            return
        if not self.element.marques:
            self.element.sommet = self.canv.absolutePosition(0, self.height)[1]
        self.dessine = True
        _espacer_fins_de_ligne(self)
        with marque(self.canv, self.element):
            super().draw()


def _espacer_fins_de_ligne(p: Paragraph) -> None:
    """End each broken line with its space, else a reader joins « au » and « titre ».

    A word cut because it is too long gets none.
    """
    brut = p.getPlainText(identify=0)
    blancs = _blancs_apres(brut)
    lus = 0
    for ligne in p.blPara.lines[:-1]:
        fragments = ligne.words if p.blPara.kind else None
        texte = "".join(f.text for f in fragments) if fragments else " ".join(ligne[1])
        lus += sum(c not in BLANCS for c in texte)
        if lus not in blancs:
            continue
        if fragments:
            fragments[-1].text += " "
        else:
            ligne[1].append("")


def _blancs_apres(texte: str) -> set[int]:
    """Numbers of visible characters after which the text has a blank."""
    places, lus = set(), 0
    for c in texte:
        if c in BLANCS:
            places.add(lus)
        else:
            lus += 1
    return places


def paragraphe(texte_balise: str, style: ParagraphStyle, element: Element | None) -> Paragraph:
    """Paragraph of reportlab markup (already escaped) tied to ``element``."""
    p = ParagrapheBalise(texte_balise, style)
    p.element = element
    return p


class TableauBalise(Table):
    """Table whose backgrounds and lines are artifacts; the cells carry the elements.

    Rows are cut only when most of a page is free and still cannot hold them: reportlab's own
    ``splitInRow`` would cut a row at every page bottom.
    """

    def split(self, availWidth: float, availHeight: float) -> list[Flowable]:
        self.splitInRow = 0
        parts: list[Flowable] = super().split(availWidth, availHeight)
        if parts or availHeight < HAUTEUR * PAGE_PRESQUE_VIDE:
            return parts
        self.splitInRow = 1
        self._nosplitCmds: list[Any] = []
        return list(super().split(availWidth, availHeight))

    def _drawBkgrnd(self) -> None:
        with artefact(self.canv):
            super()._drawBkgrnd()

    def _drawLines(self) -> None:
        with artefact(self.canv):
            super()._drawLines()


class Filet(Flowable):
    """Thin horizontal rule, an artifact."""

    def __init__(self, couleur: Color, epaisseur: float = 0.8, apres: float = 8):
        super().__init__()
        self.couleur, self.epaisseur, self.spaceAfter = couleur, epaisseur, apres

    def wrap(self, largeur: float, hauteur: float) -> tuple[float, float]:
        self.width, self.height = largeur, self.epaisseur
        return largeur, self.epaisseur

    def draw(self) -> None:
        with artefact(self.canv):
            self.canv.setStrokeColor(self.couleur)
            self.canv.setLineWidth(self.epaisseur)
            self.canv.line(0, 0, self.width, 0)


class Cadre(Flowable):
    """Empty box where people sign, an artifact."""

    def __init__(self, largeur: float, hauteur: float, couleur: Color):
        super().__init__()
        self.width, self.height, self.couleur = largeur, hauteur, couleur

    def wrap(self, largeur: float, hauteur: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        with artefact(self.canv):
            self.canv.setStrokeColor(self.couleur)
            self.canv.setLineWidth(0.6)
            self.canv.roundRect(0, 0, self.width, self.height, 4)


class Logo(Flowable):
    """Bitmap within a box, tagged as a figure with its alternative text."""

    def __init__(self, image: ImageReader, cote_max: float, element: Element):
        super().__init__()
        self.image, self.element = image, element
        largeur, hauteur = image.getSize()
        echelle = cote_max / max(largeur, hauteur)
        self.width, self.height = largeur * echelle, hauteur * echelle

    def wrap(self, largeur: float, hauteur: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        with marque(self.canv, self.element):
            self.canv.drawImage(self.image, 0, 0, self.width, self.height, mask="auto")
