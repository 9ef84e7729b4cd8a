"""Program of the child process that cleans a PDF: see ``pdf.py``.

Run alone, under limits of time and memory (a few kilobytes can unfold into gigabytes): its two
arguments are the file received and the file to write. It answers in JSON on its standard output:
``{"retires": [code, …], "change": bool}`` or ``{"faute": code}``. It imports nothing of the house,
and the house never imports it.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

import pikepdf

MEMOIRE = 768 * 1024 * 1024
SECONDES = 20
OBJETS_MAX = 500_000
PROGRAMME, FICHIER, LANCEMENT, FORMULAIRE = "programme", "fichier", "lancement", "formulaire"
ACTIONS = {
    "/JavaScript": PROGRAMME,
    "/Launch": LANCEMENT,
    "/ImportData": LANCEMENT,
    "/GoToE": LANCEMENT,
    "/GoToR": LANCEMENT,
    "/RichMediaExecute": PROGRAMME,
}
NOTES_CACHEES = {"/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}


def borner() -> None:
    """Beyond these limits the system ends this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMOIRE, MEMOIRE))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDES, SECONDES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def nettoyer(entree: str, sortie: str) -> dict[str, object]:
    """What was removed; the clean file is written only when something changed."""
    try:
        with pikepdf.open(entree) as pdf:
            if len(pdf.pages) == 0:
                return {"faute": "vide"}
            if len(pdf.objects) > OBJETS_MAX:
                return {"faute": "complique"}
            retires = sorted(_assainir(pdf))
            change = bool(retires or pdf.get_warnings())
            if change:
                pdf.save(sortie, deterministic_id=not pdf.is_encrypted)
            return {"retires": retires, "change": change}
    except pikepdf.PasswordError:
        return {"faute": "protege"}
    except MemoryError:
        return {"faute": "complique"}
    except (pikepdf.PdfError, ValueError, TypeError, RecursionError, OverflowError) as erreur:
        return {"faute": "complique" if "bad_alloc" in str(erreur) else "abime"}


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


def principal() -> None:
    """Program of the child."""
    borner()
    json.dump(nettoyer(sys.argv[1], sys.argv[2]), sys.stdout)


if __name__ == "__main__":
    principal()
