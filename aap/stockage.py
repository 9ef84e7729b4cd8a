"""Where the bytes of files live: a folder or an S3-compatible bucket (obstore)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import obstore
from flask import current_app
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, MemoryStore, S3Store

from aap.domaine.erreurs import Indisponible, Introuvable
from aap.extensions import reglages

PLEIN = "Le fichier n’a pas pu être enregistré : l’espace de stockage ne répond pas."
QUE_FAIRE = "Réessayez dans quelques minutes. Ce que vous avez saisi par ailleurs est conservé."


class Stockage:
    """Bytes by unguessable key (192 random bits). Writing never overwrites."""

    def __init__(self, adresse: str) -> None:
        self._depot: LocalStore | MemoryStore | S3Store
        if adresse == "memoire":
            self._depot = MemoryStore()
        elif adresse.startswith("s3://"):
            self._depot = S3Store.from_url(adresse)
        else:
            Path(adresse).mkdir(parents=True, exist_ok=True)
            self._depot = LocalStore(prefix=adresse)

    def ecrire(self, octets: bytes) -> tuple[str, str]:
        """Store bytes; returns (key, sha256 hex). Raises Indisponible when it cannot."""
        cle = secrets.token_urlsafe(24)
        try:
            obstore.put(self._depot, self._chemin(cle), octets, mode="create")
        except (BaseError, AlreadyExistsError, OSError) as erreur:
            raise Indisponible(PLEIN, QUE_FAIRE) from erreur
        return cle, hashlib.sha256(octets).hexdigest()

    def lire(self, cle: str) -> bytes:
        """The bytes of a key. Raises Introuvable, Indisponible."""
        try:
            return bytes(obstore.get(self._depot, self._chemin(cle)).bytes())
        except FileNotFoundError as erreur:
            raise Introuvable("Ce fichier n’est plus dans l’espace de stockage.") from erreur
        except (BaseError, OSError) as erreur:
            raise Indisponible("L’espace de stockage ne répond pas.", QUE_FAIRE) from erreur

    def morceaux(self, cle: str) -> Iterator[bytes]:
        """The bytes by pieces, for downloads; opened at once. Raises Introuvable, Indisponible."""
        try:
            flux = obstore.get(self._depot, self._chemin(cle)).stream()
        except FileNotFoundError as erreur:
            raise Introuvable("Ce fichier n’est plus dans l’espace de stockage.") from erreur
        except (BaseError, OSError) as erreur:
            raise Indisponible("L’espace de stockage ne répond pas.", QUE_FAIRE) from erreur
        return (bytes(morceau) for morceau in flux)

    def effacer(self, cle: str) -> None:
        obstore.delete(self._depot, self._chemin(cle))

    def disponible(self) -> bool:
        """Can something be written and removed now?"""
        try:
            obstore.put(self._depot, "sante/temoin", b"1")
        except (BaseError, OSError):
            return False
        return True

    @staticmethod
    def _chemin(cle: str) -> str:
        return f"{cle[:2]}/{cle}"


def stockage() -> Stockage:
    """The storage of the running application (opened at first use)."""
    extensions = current_app.extensions
    if "aap.stockage" not in extensions:
        extensions["aap.stockage"] = Stockage(reglages().stockage)
    depot: Stockage = extensions["aap.stockage"]
    return depot
