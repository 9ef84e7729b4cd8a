"""Footer of every page: title, reference, short hash, page x/y, QR code. All artifacts."""

from __future__ import annotations

from collections.abc import Callable

import segno
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from aap.documents.donnees import Cartouche
from aap.documents.polices import TEXTE
from aap.documents.styles import HAUTEUR_PAGE, LARGEUR_PAGE, MARGE, MARGE_BASSE, Feuille
from aap.documents.texte import dessinable
from aap.filtres import date_longue

CORPS = 7.5
COTE_QR = 15 * mm
HAUT = MARGE_BASSE - 7 * mm


def empreinte_courte(sha256: str) -> str:
    """First 16 hexadecimal digits in groups of four: « 3f2a 91bc 0d4e 77aa »."""
    return " ".join(sha256[i : i + 4] for i in range(0, min(16, len(sha256)), 4))


def lignes_pied(cartouche: Cartouche, titre: str) -> list[str]:
    """Left-hand lines of the footer."""
    lignes = [titre, f"Référence {cartouche.reference} – {date_longue(cartouche.etabli_le)}"]
    if cartouche.sha256:
        debut = empreinte_courte(cartouche.sha256)
        lignes.append(f"Empreinte SHA-256 du contenu\u00a0: {debut}…")
    return [dessinable(ligne) for ligne in lignes]


def _couper(texte: str, largeur: float) -> str:
    """Text shortened with « … » so that it fits ``largeur`` points."""
    if stringWidth(texte, TEXTE, CORPS) <= largeur:
        return texte
    while texte and stringWidth(texte + "…", TEXTE, CORPS) > largeur:
        texte = texte[:-1]
    return texte.rstrip() + "…"


def dessiner_qr(toile: Canvas, contenu: str, x: float, y: float, cote: float) -> None:
    """QR code as one vector path (level M, quiet zone of 2 modules inside ``cote``)."""
    matrice = segno.make(contenu, error="m", micro=False).matrix
    module = cote / (len(matrice) + 4)
    trace = toile.beginPath()
    for rang, ligne in enumerate(matrice):
        haut = y + cote - (rang + 3) * module
        debut = None
        for colonne, noir in enumerate([*ligne, 0]):
            if noir and debut is None:
                debut = colonne
            elif not noir and debut is not None:
                largeur = (colonne - debut) * module
                trace.rect(x + (debut + 2) * module, haut, largeur, module)
                debut = None
    toile.setFillColorRGB(0, 0, 0)
    toile.drawPath(trace, stroke=0, fill=1)


def pied_de_page(
    cartouche: Cartouche, titre: str, feuille: Feuille
) -> Callable[[Canvas, int, int], None]:
    """Function that draws the footer of page ``rang`` out of ``nombre``."""
    lignes = lignes_pied(cartouche, titre)

    def dessiner(toile: Canvas, rang: int, nombre: int) -> None:
        droite = LARGEUR_PAGE - MARGE
        toile.saveState()
        toile.setStrokeColor(feuille.filet)
        toile.setLineWidth(0.6)
        toile.line(MARGE, HAUT, droite, HAUT)
        if cartouche.qr:
            code = f"{cartouche.qr}#{rang}/{nombre}"
            dessiner_qr(toile, code, droite - COTE_QR, HAUT - COTE_QR - 4, COTE_QR)
            droite -= COTE_QR + 4 * mm
        toile.setFillColor(feuille["note"].textColor)
        toile.setFont(TEXTE, CORPS)
        page = f"Page {rang}/{nombre}"
        toile.drawRightString(droite, HAUT - 12, page)
        place = droite - MARGE - stringWidth(page, TEXTE, CORPS) - 6 * mm
        for n, ligne in enumerate(lignes):
            toile.drawString(MARGE, HAUT - 12 - n * 10.5, _couper(ligne, place))
        if cartouche.mention:
            mention = _couper(dessinable(cartouche.mention), LARGEUR_PAGE - 2 * MARGE)
            toile.setFont(TEXTE, CORPS + 2)
            toile.drawCentredString(LARGEUR_PAGE / 2, HAUTEUR_PAGE - 9 * mm, mention)
        toile.restoreState()

    return dessiner
