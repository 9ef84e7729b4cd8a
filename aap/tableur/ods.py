"""ODS from the description of a workbook: OpenDocument 1.2, standard library only.

The same sheets as ``xlsx``: French number and date styles, frozen panes, protected cells,
formulas with their value. Empty cells that follow one another are told once.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date
from io import BytesIO

from aap.tableur.classeur import Classeur, FeuilleEcrite, Formule, Rangee, Valeur, lettres
from aap.tableur.ods_styles import ESPACES, Styles, attribut, propre

TYPE = "application/vnd.oasis.opendocument.spreadsheet"
TETE = '<?xml version="1.0" encoding="UTF-8"?>\n'
_REFERENCE = re.compile(
    r"(?:(?P<feuille>[A-Za-z]\w*)!)?(?P<de>\$?[A-Z]{1,3}\$?\d+)(?::(?P<a>\$?[A-Z]{1,3}\$?\d+))?"
)
DATE_FIXE = (1980, 1, 1, 0, 0, 0)


def ecrire_ods(classeur: Classeur) -> bytes:
    """The file; the same description gives the same bytes."""
    flux = BytesIO()
    styles = Styles()
    corps = "".join(_table(f, rang, styles) for rang, f in enumerate(classeur.feuilles))
    with zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as archive:
        _membre(archive, "mimetype", TYPE, zipfile.ZIP_STORED)
        _membre(archive, "META-INF/manifest.xml", _manifeste())
        _membre(archive, "content.xml", _contenu(classeur, styles, corps))
        _membre(archive, "styles.xml", _styles())
        _membre(archive, "settings.xml", _reglages(classeur))
    return flux.getvalue()


def _membre(
    archive: zipfile.ZipFile, nom: str, texte: str, genre: int = zipfile.ZIP_DEFLATED
) -> None:
    """The type must be first and stored, for those who look at the first bytes of the file."""
    entree = zipfile.ZipInfo(nom, DATE_FIXE)
    entree.compress_type = genre
    archive.writestr(entree, texte.encode())


def en_openformula(texte: str) -> str:
    """Our A1 formulas in OpenFormula: « [.L8:.L20] », « [$Tableau.$D$8] », « ; » between
    arguments. What stands between quotes is left alone."""
    morceaux = texte.split('"')
    for rang in range(0, len(morceaux), 2):
        sans_virgule = morceaux[rang].replace(",", ";")
        morceaux[rang] = _REFERENCE.sub(_reference, sans_virgule)
    return "of:=" + '"'.join(morceaux)


def _reference(trouve: re.Match[str]) -> str:
    feuille = f"${trouve['feuille']}" if trouve["feuille"] else ""
    suite = f":.{trouve['a']}" if trouve["a"] else ""
    return f"[{feuille}.{trouve['de']}{suite}]"


def _table(f: FeuilleEcrite, rang: int, styles: Styles) -> str:
    """One sheet. ``rang`` names its own style, which says whether it is shown."""
    protegee = ' table:protected="true"' if f.protegee else ""
    morceaux = [
        f'<table:table table:name={attribut(f.nom)} table:style-name="ta{int(f.cachee)}"{protegee}>'
    ]
    for colonne in f.colonnes:
        morceaux.append(
            f"<table:table-column table:style-name={attribut(styles.colonne(colonne.largeur))} "
            f"table:default-cell-style-name={attribut(styles.cellule(colonne.style))}/>"
        )
    morceaux += (_rangee(r, styles) for r in f.rangees)
    morceaux.append("</table:table>")
    return "".join(morceaux)


def _rangee(rangee: Rangee, styles: Styles) -> str:
    morceaux = ["<table:table-row>"]
    suivante = 0
    for place, valeur, style in rangee:
        if place > suivante:
            trou = place - suivante
            morceaux.append(f'<table:table-cell table:number-columns-repeated="{trou}"/>')
        morceaux.append(_cellule(valeur, styles.cellule(style)))
        suivante = place + 1
    if not suivante:
        morceaux.append("<table:table-cell/>")
    morceaux.append("</table:table-row>")
    return "".join(morceaux)


def _cellule(valeur: Valeur, style: str) -> str:
    debut = f'<table:table-cell table:style-name="{style}"'
    if valeur is None:
        return f"{debut}/>"
    if isinstance(valeur, str):
        paragraphes = "".join(f"<text:p>{propre(p)}</text:p>" for p in valeur.split("\n"))
        return f'{debut} office:value-type="string">{paragraphes}</table:table-cell>'
    if isinstance(valeur, date):
        jour = valeur.isoformat()
        return (
            f'{debut} office:value-type="date" office:date-value="{jour}">'
            f"<text:p>{valeur:%d/%m/%Y}</text:p></table:table-cell>"
        )
    formule = ""
    if isinstance(valeur, Formule):
        formule = f" table:formula={attribut(en_openformula(valeur.texte))}"
        valeur = valeur.valeur
    return (
        f'{debut}{formule} office:value-type="float" office:value="{valeur}">'
        f"<text:p>{str(valeur).replace('.', ',')}</text:p></table:table-cell>"
    )


def _contenu(classeur: Classeur, styles: Styles, corps: str) -> str:
    return (
        f'{TETE}<office:document-content {ESPACES} office:version="1.2">'
        f"<office:automatic-styles>{styles.xml()}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{corps}{''.join(_filtres(classeur))}"
        "</office:spreadsheet></office:body></office:document-content>"
    )


def _filtres(classeur: Classeur) -> Iterator[str]:
    filtrees = [f for f in classeur.feuilles if f.filtre is not None]
    if not filtrees:
        return
    yield "<table:database-ranges>"
    for rang, f in enumerate(filtrees):
        debut, fin, derniere = f.filtre or (0, 0, 0)
        nom = f.nom.replace("'", "''")
        plage = f"'{nom}'.A{debut + 1}:'{nom}'.{lettres(derniere)}{fin + 1}"
        yield (
            f'<table:database-range table:name="Liste{rang}" '
            f'table:target-range-address={attribut(plage)} table:display-filter-buttons="true"/>'
        )
    yield "</table:database-ranges>"


def _manifeste() -> str:
    membres = [("/", TYPE)] + [
        (nom, "text/xml") for nom in ("content.xml", "styles.xml", "settings.xml")
    ]
    lignes = "".join(
        f'<manifest:file-entry manifest:full-path="{nom}" manifest:media-type="{genre}"/>'
        for nom, genre in membres
    )
    espace = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    return f'{TETE}<manifest:manifest {espace} manifest:version="1.2">{lignes}</manifest:manifest>'


def _styles() -> str:
    """Landscape A3, one page wide; French by default."""
    return (
        f'{TETE}<office:document-styles {ESPACES} office:version="1.2"><office:styles>'
        '<style:default-style style:family="table-cell"><style:text-properties '
        'fo:language="fr" fo:country="FR" style:font-name="Liberation Sans"/>'
        "</style:default-style></office:styles><office:automatic-styles>"
        '<style:page-layout style:name="pm1"><style:page-layout-properties '
        'fo:page-width="42cm" fo:page-height="29.7cm" style:print-orientation="landscape" '
        'style:scale-to-X="1" style:scale-to-Y="0"/></style:page-layout>'
        "</office:automatic-styles><office:master-styles>"
        '<style:master-page style:name="Default" style:page-layout-name="pm1"/>'
        "</office:master-styles></office:document-styles>"
    )


def _reglages(classeur: Classeur) -> str:
    """What stays in sight: LibreOffice keeps it in the settings of its views."""
    tables = "".join(_vue(f) for f in classeur.feuilles)
    active = next((f.nom for f in classeur.feuilles if not f.cachee), "")
    return (
        f'{TETE}<office:document-settings {ESPACES} office:version="1.2"><office:settings>'
        '<config:config-item-set config:name="ooo:view-settings">'
        '<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
        '<config:config-item config:name="ViewId" config:type="string">view1</config:config-item>'
        f'<config:config-item-map-named config:name="Tables">{tables}'
        "</config:config-item-map-named>"
        f'<config:config-item config:name="ActiveTable" config:type="string">{propre(active)}'
        "</config:config-item></config:config-item-map-entry></config:config-item-map-indexed>"
        "</config:config-item-set></office:settings></office:document-settings>"
    )


def _vue(f: FeuilleEcrite) -> str:
    rangees, colonnes = f.figees
    reglages = {
        "HorizontalSplitMode": 2 if colonnes else 0,
        "VerticalSplitMode": 2 if rangees else 0,
        "HorizontalSplitPosition": colonnes,
        "VerticalSplitPosition": rangees,
        "ActiveSplitRange": 3 if rangees and colonnes else 2,
        "PositionLeft": 0,
        "PositionRight": colonnes,
        "PositionTop": 0,
        "PositionBottom": rangees,
    }
    items = "".join(
        f'<config:config-item config:name="{nom}" config:type="'
        f'{"short" if "Mode" in nom or "Active" in nom else "int"}">{valeur}</config:config-item>'
        for nom, valeur in reglages.items()
    )
    nom = attribut(f.nom)
    return f"<config:config-item-map-entry config:name={nom}>{items}</config:config-item-map-entry>"
