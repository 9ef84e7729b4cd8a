"""Files received: what is refused and in which words, what is cleaned, what comes back out."""

from __future__ import annotations

import base64
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from aap.domaine.erreurs import Indisponible, Invalide
from aap.pieces.controle import controler
from aap.pieces.pdf import FICHIER, LANCEMENT, PROGRAMME
from aap.pieces.vignette import VignetteImpossible, vignette

LIMITE = 20


def pdf(**options: Any) -> bytes:
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        sortie = io.BytesIO()
        document.save(sortie, **options)
    return sortie.getvalue()


def pdf_piege() -> bytes:
    """A program at opening, one on a page, one deep in a field, a hidden file, a launch."""
    with pikepdf.new() as d:
        d.add_blank_page(page_size=(595, 842))
        d.add_blank_page(page_size=(595, 842))
        js = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        d.Root.OpenAction = d.make_indirect(js)
        d.Root.Names = pikepdf.Dictionary(
            JavaScript=pikepdf.Dictionary(Names=[pikepdf.String("a"), js])
        )
        d.attachments["piege.exe"] = b"MZ" + b"\0" * 100
        d.pages[0].AA = pikepdf.Dictionary(O=js)
        lien = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Link,
            Rect=[0, 0, 10, 10],
            A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe")),
        )
        bon = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Link,
            Rect=[0, 0, 10, 10],
            A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("https://exemple.test")),
        )
        joint = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FileAttachment, Rect=[0, 0, 9, 9]
        )
        d.pages[0].Annots = d.make_indirect([d.make_indirect(x) for x in (lien, bon, joint)])
        champ = pikepdf.Dictionary(T=pikepdf.String("x"), AA=pikepdf.Dictionary(K=js))
        d.Root.AcroForm = pikepdf.Dictionary(Fields=[d.make_indirect(champ)])
        sortie = io.BytesIO()
        d.save(sortie)
    return sortie.getvalue()


def photo(format_: str = "JPEG", taille: tuple[int, int] = (4000, 3000), **options: Any) -> bytes:
    image = Image.new("RGB", taille, "white")
    image.paste("navy", (0, 0, taille[0] // 2, taille[1] // 4))  # dark top left corner
    sortie = io.BytesIO()
    image.save(sortie, format_, **options)
    return sortie.getvalue()


def bureau(*membres: str, mimetype: str = "", chiffre: bool = False) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for membre in membres:
            archive.writestr(membre, "<x/>")
        if chiffre:
            archive.writestr("META-INF/manifest.xml", "<m:encryption-data/>")
    return sortie.getvalue()


ODT = "application/vnd.oasis.opendocument.text"


@pytest.mark.parametrize(
    ("octets", "mot"),
    [
        (b"", "est vide"),
        (b"MZ" + b"\0" * 400, "type accepté"),
        (b"<html><script>alert(1)</script></html>", "type accepté"),
        (b"GIF89a" + b"\0" * 100, "type accepté"),
        (b"PK\x03\x04" + b"\0" * 100, "type accepté"),
        (bureau("autre.txt"), "type accepté"),
        (b"%PDF-1.4\n<script>alert(1)</script>", "abîmé"),
        (b"%PDF-1.7\n" + b"\xff" * 5000, "abîmé"),
        (pdf(encryption=pikepdf.Encryption(user="secret", owner="x")), "mot de passe"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "abîmée"),
        (photo()[:3000], "abîmée"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 100, "capture d’écran"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "ancien"),
        (bureau("word/document.xml", "word/vbaProject.bin"), "macros"),
        (bureau("content.xml", "Basic/Standard/m.xml", mimetype=ODT), "macros"),
        (bureau("content.xml", mimetype=ODT, chiffre=True), "mot de passe"),
    ],
)
def test_refuses_en_mots(octets: bytes, mot: str) -> None:
    with pytest.raises(Invalide, match=mot) as refus:
        controler("piece.pdf", octets, LIMITE)
    assert "piece.pdf" in refus.value.message


HEIC = (  # 320 × 160 points, red at left and blue at right, « turn right », taken at 48° N
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAaFtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
    "AAAAAAAAAAAAADRpbG9jAAAAAERAAAIAAQAAAAABxQABAAAAAAAAARUAAgAAAAAC2gABAAAAAAAAAFQAAAA4aWlu"
    "ZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA"
    "4GlwcnAAAADAaXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAPPAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMA"
    "AAMAPLoCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwA8oAoIChZbqSSmubgIaDAgAAADAyAAAAMAIWIAAQAHRAHBcrBi"
    "QAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAAFAAAAAoAAAABBwaXhpAAAAAAMICAgAAAAJaXJvdAMA"
    "AAAYaXBtYQAAAAAAAAABAAEFgQIDBIUAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAAXFtZGF0AAABESgBrwnZ"
    "2m+AIzaiP//70X3//tzHof61s5BT/xVTUTOXl5YSP//8dbw7/Ulg//5BPZQGf/2/nS+hlvgACzii9jr7YAAAYWWS"
    "Nk/6kfvG7M4t3kAELDyCL8lfHtgE+8pOHlXaSdzVo9+D1DsEAEreVIipJTJRLI+djxWcCGD+TWecNIZ0BwlMH7P2"
    "34lqTFxh8aHuND9+x7gHxEfLjKg+1nZGFRN2//2XzgAF2AH1kwZ5DZh1gZf6V39xw3XnQQYzKfKi/JXx7YBPvKTh"
    "5V2knc1aPfg9Q7BABK3lSIqSUyUSyPnY8VnAhhVfw/tVjzKX5Adh+z9t+JakxcYfGh7jQ/fse4B8RHy4yoPtZ2Rg"
    "8QAWUAAAAAZFeGlmAABNTQAqAAAACAADAQ8AAgAAAAYAAAAyARIAAwAAAAEABgAAiCUABAAAAAEAAAA4AAAAAEFw"
    "cGxlAAABAAEAAgAAAAJOAAAAAAAAAA=="
)


def test_photo_heic_redressee_et_sans_lieu() -> None:
    lu = controler("IMG_1.HEIC", base64.b64decode(HEIC), LIMITE)
    assert lu.type_mime == "image/jpeg"
    octets = lu.flux.read()
    with Image.open(io.BytesIO(octets)) as image:
        assert image.size == (160, 320) and not image.getexif()
        haut, bas = image.getpixel((80, 20)), image.getpixel((80, 300))
    assert haut[0] > 200 > 60 > haut[2] and bas[2] > 200 > 60 > bas[0]
    assert b"Apple" not in octets


def test_a_busy_machine_says_nothing_against_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child had no time to answer: try again later, and not « anormalement compliqué »."""
    for module, octets in (("pdf", pdf()), ("heic", base64.b64decode(HEIC))):
        monkeypatch.setattr(f"aap.pieces.{module}.PATIENCE_SECONDES", 0.001)
        with pytest.raises(Indisponible, match="Réessayez"):
            controler("un.document", octets, LIMITE)


def test_le_decodeur_heic_ne_pese_que_sur_son_enfant() -> None:
    code = "import sys, aap.pieces.controle; sys.exit('pi_heif' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_trop_gros() -> None:
    with pytest.raises(Invalide, match="dépasse 1"):
        controler("gros.pdf", b"%PDF" + b"0" * (1024 * 1024), 1)


def test_bombe_de_compression() -> None:
    sortie = io.BytesIO()
    with (
        zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/workbook.xml", "w", force_zip64=True) as membre,
    ):
        for _ in range(210):
            membre.write(b"\0" * (1024 * 1024))
    with pytest.raises(Invalide, match="anormalement gros"):
        controler("bombe.xlsx", sortie.getvalue(), LIMITE)


def test_image_demesuree() -> None:
    """A few bytes that announce a huge picture are refused before they are unfolded."""
    octets = bytearray(photo("PNG", (10, 10)))
    octets[16:24] = (60_000).to_bytes(4, "big") * 2
    with pytest.raises(Invalide, match="trop grande"):
        controler("immense.png", bytes(octets), LIMITE)


@pytest.mark.parametrize("nom", ["", "../../etc/passwd", "x" * 500, "a\r\nb\0.pdf", "<b>.pdf"])
def test_noms_hostiles(nom: str) -> None:
    with pytest.raises(Invalide) as refus:
        controler(nom, b"", LIMITE)
    assert "\n" not in refus.value.message and len(refus.value.message) < 200


@pytest.mark.parametrize(
    ("octets", "attendu"),
    [
        (bureau("word/document.xml"), "wordprocessingml"),
        (bureau("xl/workbook.xml"), "spreadsheetml"),
        (bureau("content.xml", mimetype=ODT), "opendocument.text"),
    ],
)
def test_documents_de_bureau(octets: bytes, attendu: str) -> None:
    assert attendu in controler("piece.bin", octets, LIMITE).type_mime


def test_pdf_assaini_en_profondeur() -> None:
    recu = controler("piege.pdf", pdf_piege(), LIMITE)
    assert set(recu.retires) == {PROGRAMME, FICHIER, LANCEMENT}
    brut = recu.flux.read()
    for trace in (
        b"JavaScript",
        b"app.alert",
        b"Launch",
        b"cmd.exe",
        b"EmbeddedFile",
        b"piege.exe",
    ):
        assert trace not in brut
    with pikepdf.open(io.BytesIO(brut)) as propre:
        assert len(propre.pages) == 2
        assert not propre.attachments
        notes = list(propre.pages[0].Annots)
        assert len(notes) == 2  # the ordinary link stays, with its address
        assert [str(n.A.URI) for n in notes if "/A" in n] == ["https://exemple.test"]


def test_pdf_sans_danger_garde_a_l_octet() -> None:
    """An electronic signature inside would stay valid."""
    octets = pdf()
    recu = controler("signe.pdf", octets, LIMITE)
    assert recu.flux.read() == octets and recu.retires == ()


def test_photo_redressee_reduite_sans_trace() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter: the camera was held upright
    exif[0x010F] = "Fabricant"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 24.0)  # latitude
    octets = photo(exif=exif.tobytes())
    recu = controler("IMG_0001.JPG", octets, LIMITE)
    assert recu.type_mime == "image/jpeg"
    with Image.open(recu.flux) as image:
        assert image.size == (1800, 2400)
        assert not dict(image.getexif())
        assert "exif" not in image.info
        sombre, clair = image.getpixel((1750, 50)), image.getpixel((50, 50))
        assert sum(sombre) < 300 < sum(clair)  # the dark corner is now at the top right
    recu.flux.seek(0)
    assert b"Fabricant" not in recu.flux.read()
    assert recu.taille < len(octets)


@pytest.mark.parametrize(("format_", "sorti"), [("WEBP", "JPEG"), ("AVIF", "JPEG"), ("PNG", "PNG")])
def test_autres_images(format_: str, sorti: str) -> None:
    recu = controler(f"ecran.{format_.lower()}", photo(format_, (800, 600)), LIMITE)
    with Image.open(recu.flux) as image:
        assert (image.format, image.size) == (sorti, (800, 600))


def test_vignettes() -> None:
    image, pages = vignette("application/pdf", [pdf_piege()])
    with Image.open(io.BytesIO(image)) as lue:
        assert (lue.format, max(lue.size), pages) == ("JPEG", 320, 2)
    image, pages = vignette("image/png", [photo("PNG", (900, 300))])
    with Image.open(io.BytesIO(image)) as lue:
        assert (lue.size, pages) == ((320, 107), None)
    with pytest.raises(VignetteImpossible):
        vignette("application/pdf", [b"%PDF-1.4 rien"])


def test_memoire_bornee(tmp_path: Path) -> None:
    """A file near the limit goes from disk to storage without ever being whole in memory."""
    source = tmp_path / "gros.pdf"
    with pikepdf.new() as d:
        d.add_blank_page()
        for i in range(19):
            d.Root[f"/Reste{i}"] = d.make_stream(bytes([i]) * 8 + os.urandom(1 << 20))
        d.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("x"))
        d.save(source)
    programme = (
        "import resource, sys\n"
        "from aap.pieces.controle import controler\n"
        "from aap.stockage import Stockage\n"
        "import aap.stockage\n"
        "aap.stockage.noter_ecriture = lambda cle: None\n"
        "depot = Stockage(sys.argv[2])\n"
        "pic = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "avant = pic()\n"
        "with open(sys.argv[1], 'rb') as flux:\n"
        "    recu = controler('gros.pdf', flux, 20)\n"
        "    cle, sha, taille = depot.ecrire_flux(recu.flux)\n"
        "assert recu.retires and taille > 19_000_000, taille\n"
        "print(pic() - avant)\n"
    )
    sortie = subprocess.run(
        [sys.executable, "-c", programme, source, tmp_path / "depot"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(sortie.stdout) < 40, f"{sortie.stdout.strip()} Mio de plus"
