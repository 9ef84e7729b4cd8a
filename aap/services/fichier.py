"""Files received: the type is verified by opening the file, never believed from its name."""

from __future__ import annotations

import io
import zipfile

import filetype
import pikepdf
from PIL import Image, UnidentifiedImageError

from aap.domaine.erreurs import Invalide
from aap.domaine.texte import nom_fichier_sur
from aap.extensions import db, reglages
from aap.models import Fichier
from aap.permissions import Acteur
from aap.stockage import stockage

Image.MAX_IMAGE_PIXELS = 80_000_000
EXTENSIONS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}
TYPES_EN_MOTS = "PDF, JPEG, PNG, Word (docx), Excel (xlsx), OpenDocument (odt, ods)"
CONSEIL = "Enregistrez le document en PDF, ou prenez-le en photo, puis envoyez-le de nouveau."
DECOMPRESSE_MAX = 200 * 1024 * 1024


def enregistrer_fichier(
    acteur: Acteur, nom: str, octets: bytes, *, entite: str, entite_id: int
) -> Fichier:
    """Check, clean and store a file that somebody sends.

    Raises Invalide (empty, too big, wrong or protected type) or Indisponible (storage).
    """
    type_mime, propres = verifier_fichier(nom, octets)
    return ranger_fichier(acteur, nom, propres, type_mime, entite=entite, entite_id=entite_id)


def ranger_fichier(
    acteur: Acteur, nom: str, octets: bytes, type_mime: str, *, entite: str, entite_id: int
) -> Fichier:
    """Store bytes that the house itself made or has just verified."""
    base = nom_fichier_sur(nom)
    extension = EXTENSIONS[type_mime]
    if not base.lower().endswith((f".{extension}", ".jpeg" if extension == "jpg" else "\0")):
        base = f"{base}.{extension}"
    cle, sha256 = stockage().ecrire(octets)
    fichier = Fichier(
        cle=cle,
        nom=base[-200:],
        type_mime=type_mime,
        taille=len(octets),
        sha256=sha256,
        entite=entite,
        entite_id=entite_id,
        depose_par_id=acteur.utilisateur_id,
    )
    db.session.add(fichier)
    db.session.flush()
    return fichier


def verifier_fichier(nom: str, octets: bytes) -> tuple[str, bytes]:
    """(MIME type, cleaned bytes). Raises Invalide with a sentence for the sender."""
    if not octets:
        raise Invalide(f"Le fichier « {nom} » est vide. Vérifiez-le, puis envoyez-le de nouveau.")
    limite = reglages().taille_piece_mo
    if len(octets) > limite * 1024 * 1024:
        raise Invalide(f"Le fichier « {nom} » dépasse {limite} Mo. Réduisez-le, puis renvoyez-le.")
    devine = filetype.guess_mime(octets)
    type_mime = str(devine) if devine else ""
    if type_mime not in EXTENSIONS:
        raise Invalide(
            f"Le fichier « {nom} » n’est pas d’un type accepté ({TYPES_EN_MOTS}). {CONSEIL}"
        )
    if type_mime == "application/pdf":
        return type_mime, _nettoyer_pdf(nom, octets)
    if type_mime.startswith("image/"):
        _ouvrir_image(nom, octets)
    else:
        _ouvrir_archive(nom, octets)
    return type_mime, octets


def _nettoyer_pdf(nom: str, octets: bytes) -> bytes:
    """Open for real, drop scripts, embedded files and launch actions."""
    try:
        with pikepdf.open(io.BytesIO(octets)) as pdf:
            if len(pdf.pages) == 0:
                raise Invalide(f"Le PDF « {nom} » ne contient aucune page.")
            _assainir(pdf)
            sortie = io.BytesIO()
            pdf.save(sortie)
    except pikepdf.PasswordError as erreur:
        raise Invalide(
            f"Le PDF « {nom} » est protégé par un mot de passe : personne ne pourrait le lire. "
            "Enregistrez-le sans mot de passe, puis envoyez-le de nouveau."
        ) from erreur
    except pikepdf.PdfError as erreur:
        raise Invalide(f"Le PDF « {nom} » est abîmé et ne s’ouvre pas. {CONSEIL}") from erreur
    return sortie.getvalue()


def _assainir(pdf: pikepdf.Pdf) -> None:
    for cle in ("/OpenAction", "/AA"):
        if cle in pdf.Root:
            del pdf.Root[cle]
    noms = pdf.Root.get("/Names")
    for cle in ("/JavaScript", "/EmbeddedFiles"):
        if noms is not None and cle in noms:
            del noms[cle]
    for page in pdf.pages:
        _desarmer(page)


def _desarmer(page: pikepdf.Page) -> None:
    if "/AA" in page:
        del page["/AA"]
    for note in page.get("/Annots", []):
        action = note.get("/A")
        if action is not None and action.get("/S") in ("/JavaScript", "/Launch"):
            del note["/A"]


def _ouvrir_image(nom: str, octets: bytes) -> None:
    try:
        with Image.open(io.BytesIO(octets)) as image:
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as erreur:
        raise Invalide(f"L’image « {nom} » est abîmée ou trop grande. {CONSEIL}") from erreur


def _ouvrir_archive(nom: str, octets: bytes) -> None:
    """docx, xlsx, odt, ods are archives: readable, and not a bomb."""
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            total = sum(membre.file_size for membre in archive.infolist())
            if total > DECOMPRESSE_MAX or len(archive.infolist()) > 5000:
                raise Invalide(f"Le document « {nom} » est anormalement gros. {CONSEIL}")
            if any(m.filename.lower().endswith("vbaproject.bin") for m in archive.infolist()):
                raise Invalide(f"Le document « {nom} » contient des macros. {CONSEIL}")
            if archive.testzip() is not None:
                raise zipfile.BadZipFile
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as erreur:
        raise Invalide(f"Le document « {nom} » est abîmé ou protégé. {CONSEIL}") from erreur
