"""Styles of an ODS file: French numbers and dates, widths, protected cells, and clean XML."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from aap.tableur.classeur import Style

_NOMS = {
    **{
        nom: f"urn:oasis:names:tc:opendocument:xmlns:{nom}:1.0"
        for nom in ("office", "style", "text", "table", "config")
    },
    "number": "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0",
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "of": "urn:oasis:names:tc:opendocument:xmlns:of:1.2",
}
ESPACES = " ".join(f'xmlns:{nom}="{adresse}"' for nom, adresse in _NOMS.items())
# What XML 1.0 cannot hold, whatever its escape.
_INTERDITS = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FONDS = {"tete": "#f3ece1", "saisie": "#fdf6d8"}
CM_PAR_CARACTERE = 0.2
FR = 'number:language="fr" number:country="FR"'
DEUX = '<number:number number:decimal-places="2" number:min-integer-digits="1" number:grouping="'
NOMBRES = (
    f'<number:number-style style:name="n-entier" {FR}><number:number number:decimal-places="0" '
    'number:min-integer-digits="1" number:grouping="true"/></number:number-style>'
    f'<number:number-style style:name="n-decimal" {FR}>{DEUX}false"/></number:number-style>'
    f'<number:number-style style:name="n-euros" {FR}>{DEUX}true"/></number:number-style>'
    f'<number:number-style style:name="n-ecart-plus" style:volatile="true" {FR}>'
    f'{DEUX}true"/></number:number-style>'
    f'<number:number-style style:name="n-ecart" {FR}>'
    '<style:text-properties fo:color="#b00020"/>'
    f'<number:text>dépassé de </number:text>{DEUX}true"/>'
    '<style:map style:condition="value()&gt;=0" style:apply-style-name="n-ecart-plus"/>'
    "</number:number-style>"
    f'<number:date-style style:name="n-date" {FR}><number:day number:style="long"/>'
    '<number:text>/</number:text><number:month number:style="long"/>'
    '<number:text>/</number:text><number:year number:style="long"/></number:date-style>'
    '<number:text-style style:name="n-texte"><number:text-content/></number:text-style>'
)
FEUILLES = "".join(
    f'<style:style style:name="ta{cachee}" style:family="table" style:master-page-name="Default">'
    f'<style:table-properties table:display="{"false" if cachee else "true"}"/></style:style>'
    for cachee in (0, 1)
)


def propre(texte: str) -> str:
    """Text of an element: escaped, without what XML refuses; spaces in a row are kept."""
    return escape(_INTERDITS.sub("", texte)).replace("  ", ' <text:s text:c="1"/>')


def attribut(texte: str) -> str:
    """Value of an attribute, with its quotes."""
    return quoteattr(_INTERDITS.sub("", texte))


class Styles:
    """Names given to styles as they are met; ``xml`` tells what each one is."""

    def __init__(self) -> None:
        self._cellules: dict[Style, str] = {}
        self._colonnes: dict[int, str] = {}

    def cellule(self, style: Style) -> str:
        nom = self._cellules.get(style)
        if nom is None:
            nom = self._cellules[style] = f"ce{len(self._cellules)}"
        return nom

    def colonne(self, largeur: int) -> str:
        nom = self._colonnes.get(largeur)
        if nom is None:
            nom = self._colonnes[largeur] = f"co{len(self._colonnes)}"
        return nom

    def xml(self) -> str:
        colonnes = (
            f'<style:style style:name="{nom}" style:family="table-column">'
            f'<style:table-column-properties style:column-width="'
            f'{largeur * CM_PAR_CARACTERE:.2f}cm"/></style:style>'
            for largeur, nom in self._colonnes.items()
        )
        cellules = (_cellule(nom, style) for style, nom in self._cellules.items())
        return NOMBRES + FEUILLES + "".join(colonnes) + "".join(cellules)


def _cellule(nom: str, style: Style) -> str:
    fond = FONDS.get(style.fond, "")
    decor = f' fo:background-color="{fond}" fo:border="0.5pt solid #b8ab97"' if fond else ""
    replie = ' fo:wrap-option="wrap"' if style.fond == "tete" else ""
    gras = ' fo:font-weight="bold"' if style.gras else ""
    return (
        f'<style:style style:name="{nom}" style:family="table-cell" '
        f'style:data-style-name="n-{style.format}"><style:table-cell-properties '
        f'style:cell-protect="{"none" if style.ouvert else "protected"}" '
        f'style:vertical-align="top"{decor}{replie}/>'
        f'<style:text-properties fo:font-size="{style.taille}pt"{gras}/></style:style>'
    )
