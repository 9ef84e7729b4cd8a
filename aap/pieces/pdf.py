"""PDF received: opened for real; programs, hidden files and launch actions are removed.

A PDF that holds none of these is kept to the byte, so that an electronic signature inside it
stays valid.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import pikepdf

from aap.domaine.erreurs import Invalide
from aap.pieces.commun import CONSEIL, temporaire

PROGRAMME = "un programme (JavaScript)"
FICHIER = "un fichier caché dans le document"
LANCEMENT = "une commande qui ouvre un autre fichier"
FORMULAIRE = "un formulaire dynamique (XFA)"
ACTIONS = {
    "/JavaScript": PROGRAMME,
    "/Launch": LANCEMENT,
    "/ImportData": LANCEMENT,
    "/GoToE": LANCEMENT,
    "/GoToR": LANCEMENT,
    "/RichMediaExecute": PROGRAMME,
}
NOTES_CACHEES = {"/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}
OBJETS_MAX = 500_000


def nettoyer_pdf(nom: str, flux: BinaryIO) -> tuple[BinaryIO, tuple[str, ...]]:
    """(clean file, what was removed). Raises Invalide with a sentence for the sender."""
    try:
        with pikepdf.open(flux) as pdf:
            if len(pdf.pages) == 0:
                raise Invalide(f"Le PDF « {nom} » ne contient aucune page.")
            if len(pdf.objects) > OBJETS_MAX:
                raise Invalide(f"Le PDF « {nom} » est anormalement compliqué. {CONSEIL}")
            retires = tuple(sorted(_assainir(pdf)))
            if not retires and not pdf.get_warnings():
                flux.seek(0)
                return flux, ()
            sortie = temporaire()
            pdf.save(sortie, deterministic_id=not pdf.is_encrypted)
    except pikepdf.PasswordError as erreur:
        raise Invalide(
            f"Le PDF « {nom} » est protégé par un mot de passe : personne ne pourrait le lire. "
            "Enregistrez-le sans mot de passe, puis envoyez-le de nouveau."
        ) from erreur
    except (pikepdf.PdfError, ValueError, TypeError, RecursionError, OverflowError) as erreur:
        raise Invalide(f"Le PDF « {nom} » est abîmé et ne s’ouvre pas. {CONSEIL}") from erreur
    sortie.seek(0)
    return sortie, retires


def _assainir(pdf: pikepdf.Pdf) -> set[str]:
    """Every object of the file is looked at: an action can hang anywhere."""
    retires: set[str] = set()
    retires |= _vider_racine(pdf)
    for objet in pdf.objects:
        for dico in _dictionnaires(objet):
            retires |= _desarmer(dico)
    for page in pdf.pages:
        retires |= _oter_notes(page)
    return retires


def _vider_racine(pdf: pikepdf.Pdf) -> set[str]:
    retires = set()
    racine = pdf.Root
    noms: Any = racine.get("/Names")
    for porteur, cle, mot in (
        (noms, "/JavaScript", PROGRAMME),
        (noms, "/EmbeddedFiles", FICHIER),
        (racine, "/Collection", FICHIER),
        (racine, "/AF", FICHIER),
        (racine.get("/AcroForm"), "/XFA", FORMULAIRE),
    ):
        if isinstance(porteur, pikepdf.Dictionary) and cle in porteur:
            del porteur[cle]
            retires.add(mot)
    return retires


def _dictionnaires(objet: Any, profondeur: int = 0) -> Iterator[Any]:
    """The dictionaries of an indirect object, direct children included (a few levels)."""
    if isinstance(objet, pikepdf.Stream):
        objet = objet.stream_dict
    if profondeur > 6:
        return
    if isinstance(objet, pikepdf.Dictionary):
        yield objet
        enfants = [v for _cle, v in objet.items()]
    elif isinstance(objet, pikepdf.Array):
        enfants = list(objet)
    else:
        return
    for enfant in enfants:
        direct = isinstance(enfant, (pikepdf.Dictionary, pikepdf.Array))
        if direct and not enfant.is_indirect:
            yield from _dictionnaires(enfant, profondeur + 1)


def _desarmer(dico: Any) -> set[str]:
    """Remove the actions of a dictionary that do more than move within the document."""
    retires = set()
    for cle in ("/OpenAction", "/A", "/Next"):
        action = dico.get(cle)
        genre = _genre(action)
        if genre in ACTIONS:
            del dico[cle]
            retires.add(ACTIONS[genre])
    declencheurs = dico.get("/AA")
    if isinstance(declencheurs, pikepdf.Dictionary):
        genres = {_genre(v) for _cle, v in declencheurs.items()} & set(ACTIONS)
        if genres:
            del dico["/AA"]
            retires |= {ACTIONS[g] for g in genres}
    if _genre(dico) in ACTIONS and "/JS" in dico:
        del dico["/JS"]
        retires.add(PROGRAMME)
    if "/EF" in dico:
        del dico["/EF"]
        retires.add(FICHIER)
    return retires


def _genre(action: Any) -> str:
    """« /JavaScript », « /URI »… or empty; a list of actions answers by its first forbidden."""
    if isinstance(action, pikepdf.Array):
        return next((g for g in map(_genre, action) if g in ACTIONS), "")
    if isinstance(action, pikepdf.Dictionary) and isinstance(action.get("/S"), pikepdf.Name):
        return str(action["/S"])
    return ""


def _oter_notes(page: pikepdf.Page) -> set[str]:
    """Annotations that carry a file, a film or a sound."""
    notes = page.get("/Annots")
    if not isinstance(notes, pikepdf.Array):
        return set()
    gardees = [n for n in notes if not _cachee(n)]
    if len(gardees) == len(notes):
        return set()
    page["/Annots"] = pikepdf.Array(gardees)
    return {FICHIER}


def _cachee(note: Any) -> bool:
    return isinstance(note, pikepdf.Dictionary) and str(note.get("/Subtype")) in NOTES_CACHEES
