"""From marked pages to a tagged PDF: structure tree, language, title, XMP, bookmarks.

The result is « balisé »; no PDF/UA or PDF/A conformity is claimed (nothing validated it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, OutlineItem, Pdf, String

from aap.documents.balisage import Element
from aap.domaine.horloge import a_paris

_NIVEAUX = {"H1": 1, "H2": 2, "H3": 3}
_NOMS = {"Scope", "ListNumbering"}  # attributes whose value is a PDF name


@dataclass(frozen=True)
class Fiche:
    """What the catalogue says of the document."""

    titre: str
    auteur: str
    sujet: str
    etabli_le: datetime


def finir(brut: bytes, racine: Element, fiche: Fiche) -> bytes:
    """Tagged, titled and bookmarked PDF. Deterministic: same input, same bytes."""
    with Pdf.open(BytesIO(brut)) as pdf:
        _ecrire_structure(pdf, racine)
        _ecrire_catalogue(pdf, fiche)
        _ecrire_signets(pdf, racine)
        sortie = BytesIO()
        pdf.save(
            sortie, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate
        )
        return sortie.getvalue()


def _ecrire_structure(pdf: Pdf, racine: Element) -> None:
    arbre = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    par_page: list[dict[int, Any]] = [{} for _ in pdf.pages]
    document = _noeud(pdf, racine, arbre, par_page)
    if document is None:
        raise ValueError("un document sans contenu ne peut pas être balisé")
    nums = Array()
    for rang, page in enumerate(pdf.pages):
        page.obj.StructParents = rang
        page.obj.Tabs = Name.S
        noeuds = par_page[rang]
        nums.append(rang)
        nums.append(pdf.make_indirect(Array([noeuds[n] for n in sorted(noeuds)])))
    arbre.K = document
    arbre.ParentTree = pdf.make_indirect(Dictionary(Nums=nums))
    arbre.ParentTreeNextKey = len(pdf.pages)
    pdf.Root.StructTreeRoot = arbre
    pdf.Root.MarkInfo = Dictionary(Marked=True)


def _noeud(pdf: Pdf, element: Element, parent: Any, par_page: list[dict[int, Any]]) -> Any:
    """Structure element with its kids, or None when nothing of it was drawn."""
    noeud = pdf.make_indirect(
        Dictionary(Type=Name.StructElem, S=Name(f"/{element.role}"), P=parent)
    )
    contenus = Array()
    for page, mcid in element.marques:
        par_page[page][mcid] = noeud
        contenus.append(Dictionary(Type=Name.MCR, Pg=pdf.pages[page].obj, MCID=mcid))
    for enfant in element.enfants:
        fils = _noeud(pdf, enfant, noeud, par_page)
        if fils is not None:
            contenus.append(fils)
    if not len(contenus):
        return None
    noeud.K = contenus
    if element.marques:
        noeud.Pg = pdf.pages[element.marques[0][0]].obj
    _attributs(noeud, element)
    return noeud


def _attributs(noeud: Any, element: Element) -> None:
    if element.attributs:
        proprietaire = Name.List if element.role == "L" else Name.Table
        noeud.A = Dictionary(O=proprietaire)
        for cle, valeur in element.attributs.items():
            noeud.A[f"/{cle}"] = Name(f"/{valeur}") if cle in _NOMS else valeur
    if element.alt:
        noeud.Alt = String(element.alt)
    if element.titre:
        noeud.T = String(element.titre)


def _ecrire_catalogue(pdf: Pdf, fiche: Fiche) -> None:
    pdf.Root.Lang = String("fr-FR")
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    instant = a_paris(fiche.etabli_le)
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        xmp["dc:title"] = fiche.titre
        xmp["dc:creator"] = [fiche.auteur]
        xmp["dc:description"] = fiche.sujet
        xmp["dc:language"] = {"fr-FR"}
        xmp["xmp:CreateDate"] = instant.isoformat()
        xmp["xmp:ModifyDate"] = instant.isoformat()
        xmp["xmp:CreatorTool"] = "aap"
    decalage = instant.strftime("%z")
    date_pdf = instant.strftime("D:%Y%m%d%H%M%S") + f"{decalage[:3]}'{decalage[3:]}'"
    pdf.docinfo = pdf.make_indirect(
        Dictionary(
            Title=String(fiche.titre),
            Author=String(fiche.auteur),
            Subject=String(fiche.sujet),
            Creator=String("aap"),
            CreationDate=String(date_pdf),
            ModDate=String(date_pdf),
        )
    )


def _ecrire_signets(pdf: Pdf, racine: Element) -> None:
    """Bookmarks of the headings, nested by level."""
    titres = [e for e in racine.parcourir() if e.role in _NIVEAUX and e.marques]
    with pdf.open_outline() as plan:
        pile: list[tuple[int, Any]] = [(0, plan.root)]
        for e in titres:
            signet = OutlineItem(e.titre, e.marques[0][0], "XYZ", left=0, top=e.sommet + 6)
            niveau = _NIVEAUX[e.role]
            while pile[-1][0] >= niveau:
                pile.pop()
            conteneur = pile[-1][1]
            (conteneur if isinstance(conteneur, list) else conteneur.children).append(signet)
            pile.append((niveau, signet))
    if len(pdf.pages) > 2:
        pdf.Root.PageMode = Name.UseOutlines
