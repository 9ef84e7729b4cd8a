"""Text: search keys, slugs, shortening, safe file names, French typography."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from aap.domaine.montants import FINE, INSECABLE

_LIGATURES = str.maketrans(
    {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l"}
)
_RESERVES = {"con", "prn", "aux", "nul"} | {f"{p}{i}" for p in ("com", "lpt") for i in range(1, 10)}
_CONTROLES = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


def sans_accents(texte: str) -> str:
    """ASCII-like text: ligatures opened, accents removed, case kept."""
    decompose = unicodedata.normalize("NFKD", texte.translate(_LIGATURES))
    return "".join(c for c in decompose if not unicodedata.combining(c))


@lru_cache(maxsize=8192)
def normaliser(texte: str) -> str:
    """Search key: « L’Haÿ-les-Roses » and « l hay les roses » give the same one.

    Letters and digits only, single spaces between words, lower case. Idempotent.
    """
    return " ".join(_mots(texte))


def _mots(texte: str) -> list[str]:
    plat = sans_accents(sans_accents(texte).casefold())
    return re.findall(r"[^\W_]+", plat)


def slug(texte: str, longueur: int = 60) -> str:
    """« fete-du-quartier »: ASCII letters, digits, hyphens; at most ``longueur`` characters."""
    mots = re.findall(r"[a-z0-9]+", normaliser(texte))
    court = "-".join(mots)
    if len(court) <= longueur:
        return court
    coupe = court[: longueur + 1].rpartition("-")[0]
    return coupe or court[:longueur]


def ecourter(texte: str, longueur: int) -> str:
    """At most ``longueur`` characters, cut between words, with « … » when something is missing."""
    plat = " ".join(texte.split())
    if len(plat) <= longueur:
        return plat
    if longueur < 1:
        return ""
    coupe = plat[:longueur]
    debut = coupe.rpartition(" ")[0] if " " in coupe.rstrip() else coupe[: longueur - 1]
    return debut.rstrip(" ,;:.!?-–") + "…"


def nom_fichier_sur(nom: str, defaut: str = "document") -> str:
    """File name without folder, accent, space or reserved word: safe on every system.

    The last extension is kept when it is made of 1 to 8 ASCII letters or digits.
    """
    base = re.split(r"[/\\]", nom)[-1]
    tronc, point, fin = base.rpartition(".")
    extension = fin.lower()
    if not point or not re.fullmatch(r"[a-z0-9]{1,8}", extension):
        tronc, extension = base, ""
    propre = slug(tronc, 80) or defaut
    if propre in _RESERVES:
        propre = f"{propre}-{defaut}"
    return f"{propre}.{extension}" if extension else propre


def nettoyer(texte: str, *, lignes: bool = True) -> str:
    """Typed text ready to store: NFC, ``\\n`` newlines, no control or direction character.

    With ``lignes=False`` newlines and tabs become single spaces.
    """
    propre = unicodedata.normalize("NFC", texte.replace("\r\n", "\n").replace("\r", "\n"))
    propre = _CONTROLES.sub("", propre)
    if not lignes:
        return " ".join(propre.split())
    return "\n".join(ligne.rstrip() for ligne in propre.split("\n")).strip()


def typo(texte: str) -> str:
    """French typography for a sentence written with plain spaces and straight apostrophes.

    Only spaces that are already there are turned into no-break ones, so that addresses
    (``a:b``) and hours (``12:30``) are left alone. Idempotent.
    """
    texte = re.sub(r"(?<=\w)'(?=\w)", "’", texte)
    texte = re.sub(r" (?=[;!?])", FINE, texte)
    texte = re.sub(r" (?=[:»%€])", INSECABLE, texte)
    texte = re.sub(r"(?<=«) ", INSECABLE, texte)
    return re.sub(r"(?<=\d) (?=\d{3}(?!\d))", FINE, texte)


def accorder(nombre: int, singulier: str, pluriel: str | None = None) -> str:
    """« 1 dossier », « 2 dossiers », « 0 dossier »: French takes the plural from two."""
    mot = singulier if abs(nombre) < 2 else (pluriel or f"{singulier}s")
    return f"{nombre:,}".replace(",", FINE) + INSECABLE + mot


def enumerer(elements: list[str], lien: str = "et") -> str:
    """« a, b et c »."""
    if len(elements) < 2:
        return "".join(elements)
    return f"{', '.join(elements[:-1])} {lien} {elements[-1]}"
