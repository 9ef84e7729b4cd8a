"""What holds for every document: tags, fonts, pages, determinism, hostile text, layout."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest
from PIL import Image

from aap.documents import (
    arrete,
    avenant,
    bilan,
    convention,
    convocation,
    dossier,
    etat_versement,
    fiche_instruction,
    notification,
    polices,
    pv,
    recepisse,
    reversement,
)
from aap.documents.donnees import Territoire
from aap.documents.styles import Charte
from tests.unitaires import donnees_documents as X

DOCUMENTS: dict[str, tuple[Callable[[Any], bytes], Callable[[], Any]]] = {
    "recepisse": (recepisse.produire, X.recepisse),
    "dossier": (dossier.produire, X.dossier),
    "accord": (notification.produire, lambda: X.notification("accord")),
    "refus": (notification.produire, lambda: X.notification("refus")),
    "ajournement": (notification.produire, lambda: X.notification("ajournement")),
    "annuelle": (convention.produire, lambda: X.convention("annuelle")),
    "cpo": (convention.produire, lambda: X.convention("cpo", 3)),
    "avenant": (avenant.produire, X.avenant),
    "arrete": (arrete.produire, X.arrete),
    "fiche": (fiche_instruction.produire, X.fiche),
    "convocation": (convocation.produire, X.convocation),
    "pv": (pv.produire, X.pv),
    "bilan": (bilan.produire, X.bilan),
    "etat": (etat_versement.produire, X.etat_versement),
    "reversement": (reversement.produire, X.reversement),
}
HOSTILE = "<b>gras & <img src='/etc/passwd'> </para> " + "x" * 300 + " 🎉 日本 مرحبا \x07\u200bfin "


@pytest.fixture(scope="module")
def rendus() -> dict[str, bytes]:
    return {nom: produire(donnees()) for nom, (produire, donnees) in DOCUMENTS.items()}


def pages(octets: bytes) -> list[str]:
    """Text of each page, blanks reduced to one space."""
    lecteur = pypdf.PdfReader(BytesIO(octets))
    return [" ".join(p.extract_text().split()) for p in lecteur.pages]


def texte(octets: bytes) -> str:
    return " ".join(pages(octets))


def outil(*commande: str) -> str:
    """Output of a system tool; the test is skipped where it is not installed."""
    if not shutil.which(commande[0]):
        pytest.skip(f"{commande[0]} absent")
    resultat = subprocess.run(commande, capture_output=True, timeout=60)
    assert resultat.returncode == 0, resultat.stderr.decode(errors="replace")
    return resultat.stdout.decode("utf-8", errors="replace")


@pytest.mark.parametrize("nom", DOCUMENTS)
def test_structure_langue_et_titre(rendus: dict[str, bytes], nom: str) -> None:
    with pikepdf.Pdf.open(BytesIO(rendus[nom])) as pdf:
        racine = pdf.Root
        assert str(racine.Lang) == "fr-FR"
        assert racine.MarkInfo.Marked and racine.ViewerPreferences.DisplayDocTitle
        assert racine.StructTreeRoot.K.S == "/Document"
        titre = str(pdf.docinfo.Title)
        with pdf.open_metadata() as xmp:
            assert xmp["dc:title"] == titre
            assert "pdfaid:part" not in xmp and "pdfuaid:part" not in xmp
        with pdf.open_outline() as plan:
            assert plan.root and plan.root[0].title


@pytest.mark.parametrize("nom", DOCUMENTS)
def test_tout_ce_qui_est_dessine_est_balise(rendus: dict[str, bytes], nom: str) -> None:
    """Every text or path operator lies inside a marked content or an artifact, balanced."""
    with pikepdf.Pdf.open(BytesIO(rendus[nom])) as pdf:
        for page in pdf.pages:
            profondeur = 0
            for instruction in pikepdf.parse_content_stream(page):
                operateur = str(instruction.operator)
                if operateur in ("BDC", "BMC"):
                    assert profondeur == 0, "contenus imbriqués"
                    profondeur += 1
                elif operateur == "EMC":
                    profondeur -= 1
                elif operateur in ("Tj", "TJ", "f", "S", "B", "Do"):
                    assert profondeur == 1, f"{operateur} hors balise"
            assert profondeur == 0


@pytest.mark.parametrize("nom", DOCUMENTS)
def test_polices_incorporees(rendus: dict[str, bytes], nom: str) -> None:
    vues = set()
    for page in pypdf.PdfReader(BytesIO(rendus[nom])).pages:
        for police in page["/Resources"]["/Font"].values():
            objet = police.get_object()
            vues.add(str(objet["/BaseFont"]))
            assert "/FontFile2" in objet["/FontDescriptor"]
    assert vues and all("DejaVu" in v for v in vues)


@pytest.mark.parametrize("nom", DOCUMENTS)
def test_memes_donnees_memes_octets(rendus: dict[str, bytes], nom: str) -> None:
    produire, donnees = DOCUMENTS[nom]
    assert produire(donnees()) == rendus[nom]


@pytest.mark.parametrize("nom", DOCUMENTS)
def test_page_n_sur_n_et_reference(rendus: dict[str, bytes], nom: str) -> None:
    textes = pages(rendus[nom])
    reference = DOCUMENTS[nom][1]().cartouche.reference
    for rang, page in enumerate(textes, start=1):
        assert f"Page {rang}/{len(textes)}" in page
        assert f"Référence {reference}" in page and "3f2a 91bc 0d4e 77aa" in page


@pytest.mark.parametrize("nom", DOCUMENTS)
def test_aucune_page_presque_vide(rendus: dict[str, bytes], nom: str) -> None:
    """A page bears more than its footer (about 130 characters)."""
    assert all(len(page) > 220 for page in pages(rendus[nom]))


@pytest.mark.parametrize("lignes", range(0, 36, 3))
def test_signature_jamais_seule(lignes: int) -> None:
    """Wherever the page break falls, the signature follows the closing sentence."""
    motif = "\n".join(f"Raison numéro {n}." for n in range(lignes + 1))
    octets = notification.produire(dataclasses.replace(X.notification("ajournement"), motif=motif))
    signees = [p for p in pages(octets) if "Claire Martin" in p]
    assert len(signees) == 1 and "considération distinguée" in signees[0]


@pytest.mark.parametrize("lignes", range(0, 36, 3))
def test_titre_jamais_seul_en_bas_de_page(lignes: int) -> None:
    motif = "\n".join(f"Raison numéro {n}." for n in range(lignes + 1))
    textes = pages(notification.produire(dataclasses.replace(X.notification("refus"), motif=motif)))
    page = next(p for p in textes if "Comment contester" in p)
    assert "deux mois" in page.split("Comment contester")[1]


@pytest.mark.parametrize("nom", DOCUMENTS)
def test_outils_du_systeme(rendus: dict[str, bytes], nom: str, tmp_path: Path) -> None:
    chemin = tmp_path / f"{nom}.pdf"
    chemin.write_bytes(rendus[nom])
    outil("qpdf", "--check", str(chemin))
    lignes = outil("pdffonts", str(chemin)).splitlines()[2:]
    assert lignes and all("DejaVu" in x and " yes yes yes " in x for x in lignes)
    assert "Tagged:          yes" in outil("pdfinfo", str(chemin))


def test_ordre_de_lecture_de_la_lettre(rendus: dict[str, bytes], tmp_path: Path) -> None:
    chemin = tmp_path / "lettre.pdf"
    chemin.write_bytes(rendus["accord"])
    arbre = outil("pdfinfo", "-struct-text", str(chemin))
    attendus = ("Grand-Orly", "Aïcha Benœil", "H1 ", "Madame, Monsieur", "TH:", "La suite")
    attendus += ("considération", "Claire Martin", "Comment contester")
    places = [arbre.index(x) for x in attendus]
    assert places == sorted(places)
    assert "/Scope /Column" in arbre and "/Scope /Row" in arbre and "LBody" in arbre
    assert "au titre de l’année" in arbre, "les mots restent séparés en fin de ligne"
    assert "Page 1/" not in arbre, "le pied de page est un artefact"


def salir(objet: Any) -> Any:
    """The same data with every free text made hostile."""
    if isinstance(objet, str):
        return HOSTILE + objet
    if isinstance(objet, tuple):
        return tuple(salir(x) for x in objet)
    if dataclasses.is_dataclass(objet) and not isinstance(objet, type | Charte):
        gardes = ("sens", "type", "sha256", "qr", "forme")
        champs = [f.name for f in dataclasses.fields(objet) if f.name not in gardes]
        return dataclasses.replace(objet, **{c: salir(getattr(objet, c)) for c in champs})
    return objet


@pytest.mark.parametrize("nom", ["recepisse", "refus", "cpo", "pv", "bilan", "fiche", "etat"])
def test_texte_hostile(nom: str) -> None:
    produire, donnees = DOCUMENTS[nom]
    octets = produire(salir(donnees()))
    lu = texte(octets)
    assert "<b>gras & <img src='/etc/passwd'>" in lu and "root:" not in lu
    assert "□" in lu and "ne sait pas dessiner" in lu
    assert "🎉" not in lu and "日" not in lu
    with pikepdf.Pdf.open(BytesIO(octets)) as pdf:
        assert not [p for p in pdf.pages if "/Annots" in p], "aucun lien né d’un texte"


def test_table_longue_repete_ses_entetes() -> None:
    octets = pv.produire(X.pv(130))
    textes = pages(octets)
    assert len(textes) >= 20
    milieu = textes[2:-3]
    assert all("Dossier et financeurs Demandé Accordé" in p for p in milieu)
    with pikepdf.Pdf.open(BytesIO(octets)) as pdf:
        vus = str(pdf.Root.StructTreeRoot.K.K).count("/Column")
    assert vus <= 20, "l’entête répété est un artefact, pas un nouveau tableau"


def test_logo_et_charte() -> None:
    tampon = BytesIO()
    Image.new("RGB", (80, 40), "#224488").save(tampon, "PNG")
    territoire = dataclasses.replace(
        X.TERRITOIRE, logo=tampon.getvalue(), charte=Charte("#114477", "#111111")
    )
    octets = recepisse.produire(dataclasses.replace(X.recepisse(), territoire=territoire))
    with pikepdf.Pdf.open(BytesIO(octets)) as pdf:
        figures = [e for e in pdf.Root.StructTreeRoot.K.K if e.S == "/Figure"]
        assert [str(f.Alt) for f in figures] == ["Logo\u00a0: Grand-Orly Seine Bièvre"]


def test_logo_illisible_et_couleur_fausse() -> None:
    territoire = dataclasses.replace(X.TERRITOIRE, logo=b"pas une image")
    with pytest.raises(ValueError, match="logo"):
        recepisse.produire(dataclasses.replace(X.recepisse(), territoire=territoire))
    with pytest.raises(ValueError, match="Couleur illisible"):
        Charte("red")


def test_sans_empreinte_ni_qr() -> None:
    nu = dataclasses.replace(X.recepisse().cartouche, sha256="", qr="")
    lu = texte(recepisse.produire(dataclasses.replace(X.recepisse(), cartouche=nu)))
    assert "Empreinte" not in lu and "Page 1/" in lu


def test_polices_absentes_disent_quoi_faire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polices.pdfmetrics, "getRegisteredFontNames", lambda: [])
    with pytest.raises(polices.PolicesAbsentes, match="make installer"):
        polices.enregistrer(tmp_path)


def test_territoire_minimal() -> None:
    territoire = Territoire("Commune", "", "Contrat")
    lu = texte(recepisse.produire(dataclasses.replace(X.recepisse(), territoire=territoire)))
    assert "tribunal administratif compétent" in lu
