"""Writing a document: plain text in, tagged flowables kept in order, PDF bytes out.

Every method takes plain text (or ``Gras`` pieces) and escapes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from io import BytesIO
from typing import Any

from PIL import UnidentifiedImageError
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
)

from aap.documents.balisage import (
    Cadre,
    Element,
    Filet,
    Logo,
    TableauBalise,
    ToileBalisee,
    paragraphe,
)
from aap.documents.donnees import Beneficiaire, Cartouche, Signataire, Territoire
from aap.documents.mise_en_page import assembler
from aap.documents.pied import pied_de_page
from aap.documents.polices import TEXTE, TITRE, enregistrer
from aap.documents.styles import (
    HAUTEUR,
    HAUTEUR_PAGE,
    LARGEUR,
    LARGEUR_PAGE,
    MARGE,
    MARGE_BASSE,
    feuille,
)
from aap.documents.texte import (
    NOTE_REMPLACEMENT,
    REMPLACANT,
    Gras,
    Morceau,
    balisage,
    dessinable,
    en_clair,
)
from aap.filtres import date_heure, date_longue

VIDE = "Non renseigné."
SANS_MARGE = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("FONTNAME", (0, 0), (-1, -1), TEXTE),
]
DEUX_BLOCS = [*SANS_MARGE, ("RIGHTPADDING", (0, 0), (0, -1), 8 * mm)]


class Redaction:
    """One document being written. ``titre`` is its title for windows, lists and footers."""

    def __init__(self, territoire: Territoire, cartouche: Cartouche, titre: str, sujet: str = ""):
        enregistrer()
        self.territoire = territoire
        self.cartouche = cartouche
        self.titre = en_clair(titre)
        self.sujet = en_clair(sujet)
        self.feuille = feuille(territoire.charte)
        self.racine = Element("Document")
        self.contenu: list[Flowable] = []
        self._remplace = REMPLACANT in self.titre

    # --- bricks -----------------------------------------------------------------
    def brique(self, style: str, element: Element | None, *morceaux: Morceau) -> Paragraph:
        """Paragraph not yet placed, for cells and blocks."""
        forme = self.feuille[style]
        texte = balisage(*morceaux, titre=forme.fontName == TITRE)
        self._remplace = self._remplace or REMPLACANT in texte
        return paragraphe(texte, forme, element)

    def poser(self, *flowables: Flowable) -> None:
        self.contenu.extend(flowables)

    def _titre(self, niveau: int, texte: str) -> None:
        element = self.racine.ajouter(f"H{niveau}", titre=en_clair(texte))
        titre = self.brique(f"h{niveau}", element, texte)
        titre.solidaire = True
        self.poser(titre)

    def h1(self, texte: str, surtitre: str = "") -> None:
        if surtitre:
            self.poser(self.brique("surtitre", self.racine.ajouter("P"), surtitre))
        self._titre(1, texte)

    def h2(self, texte: str) -> None:
        """Section heading; ``mise_en_page.assembler`` keeps it with what follows."""
        self._titre(2, texte)

    def h3(self, texte: str) -> None:
        self._titre(3, texte)

    def p(self, *morceaux: Morceau, style: str = "corps") -> None:
        paragraphe = self.brique(style, self.racine.ajouter("P"), *morceaux)
        paragraphe.solidaire = en_clair(*morceaux).endswith(":")
        self.poser(paragraphe)

    def note(self, *morceaux: Morceau) -> None:
        self.p(*morceaux, style="note")

    def libre(self, texte: str, style: str = "corps") -> None:
        """Text typed by a user: blank lines separate paragraphs; « Non renseigné. » if empty."""
        blocs = [b.strip() for b in texte.replace("\r\n", "\n").split("\n\n") if b.strip()]
        for bloc in blocs or [VIDE]:
            self.p(bloc, style=style)

    def liste(self, elements: Sequence[Morceau | tuple[Morceau, ...]]) -> None:
        """Bulleted list."""
        liste = self.racine.ajouter("L", attributs={"ListNumbering": "Disc"})
        for contenu in elements:
            corps = liste.ajouter("LI").ajouter("LBody")
            morceaux = contenu if isinstance(contenu, tuple) else (contenu,)
            p = self.brique("puce", corps, *morceaux)
            p.bulletText = "• "
            self.poser(p)

    def espace(self, hauteur: float = 6) -> None:
        self.poser(Spacer(1, hauteur))

    def saut(self) -> None:
        self.poser(PageBreak())

    # --- letter -----------------------------------------------------------------
    def entete(self) -> None:
        """Head of the letter: territory, service, logo, and an accent rule."""
        t = self.territoire
        textes = [self.brique("emetteur", self.racine.ajouter("P"), t.nom)]
        coordonnees = " – ".join(x for x in (t.courriel, t.telephone) if x)
        for ligne in (t.service, ", ".join(t.adresse), coordonnees):
            if ligne:
                textes.append(self.brique("service", self.racine.ajouter("P"), ligne))
        if t.logo:
            logo = Logo(_image(t.logo), 20 * mm, self._figure(f"Logo\u00a0: {t.nom}"))
            colonnes = [logo.width + 6 * mm, LARGEUR - logo.width - 6 * mm]
            self.poser(TableauBalise([[logo, textes]], colWidths=colonnes, style=SANS_MARGE))
        else:
            self.poser(*textes)
        self.poser(Spacer(1, 6), Filet(self.feuille.accent, 1.2, apres=14))

    def _figure(self, alt: str) -> Element:
        return self.racine.ajouter("Figure", alt=alt)

    def destinataire(self, b: Beneficiaire) -> None:
        """Address block on the right, place and date below."""
        lignes = [x for x in (b.nom_complet, b.representant, b.qualite, *b.adresse) if x]
        for n, ligne in enumerate(lignes):
            morceau = Gras(ligne) if n == 0 else ligne
            self.poser(self.brique("destinataire", self.racine.ajouter("P"), morceau))
        ville = f"{self.territoire.ville}, le " if self.territoire.ville else "Le "
        self.espace(14)
        self.p(ville + date_longue(self.cartouche.etabli_le), style="destinataire")
        self.espace(18)

    def signer(self, conclusion: Sequence[Morceau], *signataires: Signataire) -> None:
        """Closing paragraph and signatures, never on two pages."""
        derniere = self.brique("corps", self.racine.ajouter("P"), *conclusion)
        blocs = [self._signature(s, len(signataires)) for s in signataires]
        if len(blocs) == 1:
            blocs.insert(0, [Spacer(1, 1)])
        rangees = [blocs[i : i + 2] for i in range(0, len(blocs), 2)]
        if len(rangees[-1]) == 1:
            rangees[-1].append([Spacer(1, 1)])
        tables = [
            TableauBalise([r], colWidths=[LARGEUR / 2] * 2, style=DEUX_BLOCS, spaceBefore=6)
            for r in rangees
        ]
        self.poser(KeepTogether([derniere, Spacer(1, 4), *tables]))

    def _signature(self, s: Signataire, nombre: int) -> list[Flowable]:
        def p(style: str, texte: str) -> Paragraph:
            return self.brique(style, self.racine.ajouter("P"), texte)

        lignes: list[Flowable] = []
        if s.pour:
            lignes.append(p("gras", s.pour))
        lignes.append(p("cellule", s.qualite))
        lignes.append(p("gras", s.nom))
        largeur = LARGEUR / 2 - 8 * mm
        if s.papier:
            lignes.append(p("cellule", f"Signé sur papier le {date_longue(s.papier)}"))
            lignes.append(p("note", "L’exemplaire signé est conservé avec cet acte."))
        elif s.signe_le:
            lignes.append(p("cellule", f"Signé électroniquement le {date_heure(s.signe_le)}"))
            if s.preuve:
                lignes.append(p("note", s.preuve))
        else:
            hauteur = 24 * mm if nombre < 3 else 20 * mm
            lignes += [Spacer(1, 4), Cadre(largeur, hauteur, self.feuille.filet)]
        return lignes

    # --- output -----------------------------------------------------------------
    def rendre(self) -> bytes:
        """The PDF: laid out, tagged, titled."""
        if self._remplace:
            self.espace()
            self.note(NOTE_REMPLACEMENT)
        tampon = BytesIO()
        pied = pied_de_page(self.cartouche, self.titre, self.feuille)
        cadre = Frame(MARGE, MARGE_BASSE, LARGEUR, HAUTEUR, 0, 0, 0, 0, id="corps", showBoundary=0)
        gabarit = BaseDocTemplate(
            tampon,
            pagesize=(LARGEUR_PAGE, HAUTEUR_PAGE),
            pageTemplates=[PageTemplate(id="page", frames=[cadre])],
            invariant=1,
            initialFontName=TEXTE,
            allowSplitting=1,
        )

        def toile(*args: Any, **options: Any) -> ToileBalisee:
            return ToileBalisee(*args, pied=pied, **options)

        gabarit.build(assembler(self.contenu), canvasmaker=toile)
        auteur = dessinable(self.territoire.nom)
        balise = import_module("aap.documents.structure")  # 6 MB of pikepdf, at the first PDF only
        fiche = balise.Fiche(self.titre, auteur, self.sujet or self.titre, self.cartouche.etabli_le)
        fini: bytes = balise.finir(tampon.getvalue(), self.racine, fiche)
        return fini


def _image(octets: bytes) -> ImageReader:
    """Logo readable by Pillow; raises ``ValueError`` in French otherwise."""
    try:
        return ImageReader(BytesIO(octets))
    except (OSError, UnidentifiedImageError) as faute:
        raise ValueError("Le logo n’est pas une image PNG ou JPEG lisible.") from faute
