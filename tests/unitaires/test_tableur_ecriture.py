"""The writers of spreadsheets: what comes out is what a spreadsheet reads, and nothing computes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from xml.etree import ElementTree

import pytest

from aap.domaine.erreurs import Invalide
from aap.tableur.classeur import (
    DATE,
    ENTIER,
    EUROS,
    SAISIE,
    TETE,
    TEXTE,
    Classeur,
    Colonne,
    FeuilleEcrite,
    Formule,
)
from aap.tableur.lecture import Bornes, ouvrir_classeur
from aap.tableur.ods import TYPE, ecrire_ods, en_openformula
from aap.tableur.xlsx import ecrire_xlsx

PIEGE = '=HYPERLINK("x")&<b> l’été\x07'


def classeur() -> Classeur:
    rangees = [
        [(0, "Nom", TETE), (3, "Montant", TETE)],
        [(0, PIEGE, TEXTE), (1, 12, ENTIER), (3, 1200.5, SAISIE)],
        [],
        [(0, date(2026, 11, 23), DATE), (3, Formule("SUM(D2:D2)", 1200.5), EUROS)],
    ]
    feuilles = (
        FeuilleEcrite("Tableau", [Colonne(20)] * 4, rangees, figees=(1, 1), filtre=(0, 3, 3)),
        FeuilleEcrite("Départ d’un « essai »", [Colonne(9)], [[(0, "a", TEXTE)]], cachee=True),
    )
    return Classeur("Essai", feuilles)


@pytest.mark.parametrize("ecrire", [ecrire_xlsx, ecrire_ods])
def test_ce_qui_est_ecrit_se_relit(ecrire: Callable[[Classeur], bytes]) -> None:
    lu = ouvrir_classeur(ecrire(classeur()))
    assert [f.nom for f in lu.feuilles] == ["Tableau", "Départ d’un « essai »"]
    cellules = lu.feuilles[0].cellules
    assert cellules[0] == ["Nom", "", "", "Montant"]
    assert str(cellules[1][0]).startswith('=HYPERLINK("x")&<b> l’été')
    assert cellules[1][1:] == [12, "", 1200.5]
    assert cellules[3] == ["23/11/2026", "", "", 1200.5]
    assert lu.fautives == () and not lu.fusions


def test_l_ods_est_un_document_ouvert_complet() -> None:
    octets = ecrire_ods(classeur())
    assert octets == ecrire_ods(classeur()) and octets[38:].startswith(TYPE.encode())
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        premier = archive.infolist()[0]
        assert premier.filename == "mimetype" and premier.compress_type == zipfile.ZIP_STORED
        textes = {n: archive.read(n).decode() for n in archive.namelist() if n != "mimetype"}
    arbres = {n: ElementTree.fromstring(texte) for n, texte in textes.items()}
    assert len(arbres) == 4
    contenu, reglages = textes["content.xml"], textes["settings.xml"]
    assert 'table:protected="true"' in contenu and 'style:cell-protect="none"' in contenu
    assert 'number:country="FR"' in contenu and 'table:display="false"' in contenu
    assert 'table:formula="of:=SUM([.D2:.D2])"' in contenu
    assert contenu.count("table:formula") == 1
    for nom in ("HorizontalSplitPosition", "VerticalSplitPosition"):
        assert f'config:name="{nom}" config:type="int">1<' in reglages
    annonces = textes["META-INF/manifest.xml"]
    assert all(n in annonces for n in textes if not n.startswith("META-INF"))
    # Each style that a cell names is there.
    noms = set(arbres["content.xml"].iter())
    cle = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}name"
    definis = {e.get(cle) for e in noms} - {None}
    cle = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}style-name"
    assert {e.get(cle) for e in noms} - {None} <= definis


def test_les_formules_en_openformula() -> None:
    avant = 'SUMPRODUCT(ISNUMBER(FIND("; "&$A5&",",Tableau!$F$8:$F$90))*1,COUNTIF(B2,">0"))'
    apres = (
        'of:=SUMPRODUCT(ISNUMBER(FIND("; "&[.$A5]&",";[$Tableau.$F$8:.$F$90]))*1;'
        'COUNTIF([.B2];">0"))'
    )
    assert en_openformula(avant) == apres


def test_un_fichier_trop_gros_est_refuse_poliment() -> None:
    bornes = Bornes(objet="un tableau de scénario", remede="Repartez du fichier.", mo=0)
    with pytest.raises(Invalide, match="0\u00a0Mo au plus pour un tableau de scénario"):
        ouvrir_classeur(ecrire_ods(classeur()), bornes)
    bornes = Bornes(objet="un tableau de scénario", remede="Repartez du fichier.", ouvert=0)
    with pytest.raises(Invalide, match=r"plus qu’un tableau de scénario.*Repartez du fichier"):
        ouvrir_classeur(ecrire_xlsx(classeur()), bornes)
