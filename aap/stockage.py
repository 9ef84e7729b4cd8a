"""Where the bytes of files live: a folder or an S3-compatible bucket (obstore).

What a request stored is erased again when its transaction is rolled back; what escapes that
(a killed process) is found by the daily comparison with the tables (``aap.taches.stockage``).
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import obstore
from flask import current_app
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, MemoryStore, S3Store
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from aap.config import Reglages
from aap.domaine.erreurs import Indisponible, Introuvable
from aap.extensions import db, reglages

if TYPE_CHECKING:
    from obstore.store import ClientConfig

journal = logging.getLogger("aap.stockage")
PLEIN = "Le fichier n’a pas pu être enregistré : l’espace de stockage ne répond pas."
MUET = "L’espace de stockage ne répond pas."
PERDU = "Ce fichier n’est plus dans l’espace de stockage."
QUE_FAIRE = "Réessayez dans quelques minutes. Ce que vous avez saisi par ailleurs est conservé."
PART = 5 * 1024 * 1024  # bytes: the smallest part that S3 accepts
LECTURE = 256 * 1024
NOTEES = "aap.cles_ecrites"  # key of Session.info


@dataclass(frozen=True)
class Objet:
    """One stored object; ``taille`` in bytes."""

    chemin: str
    taille: int
    modifie_le: datetime

    @property
    def cle(self) -> str:
        return self.chemin.rpartition("/")[2]


class Stockage:
    """Bytes by unguessable key (192 random bits). Writing never overwrites."""

    def __init__(self, adresse: str, reglages: Reglages | None = None) -> None:
        self._depot: LocalStore | MemoryStore | S3Store
        if adresse == "memoire":
            self._depot = MemoryStore()
        elif adresse.startswith("s3://"):
            self._depot = _ouvrir_s3(adresse, reglages or Reglages())
        else:
            Path(adresse).mkdir(parents=True, exist_ok=True)
            self._depot = LocalStore(prefix=adresse)

    def ecrire(self, octets: bytes) -> tuple[str, str]:
        """Store bytes; returns (key, sha256 hex). Raises Indisponible when it cannot."""
        cle, sha256, _taille = self.ecrire_flux(BytesIO(octets))
        return cle, sha256

    def ecrire_flux(self, flux: BinaryIO) -> tuple[str, str, int]:
        """Store what ``flux`` holds, by parts; returns (key, sha256 hex, size in bytes).

        Two readings, the first for the hash: never more than a few parts are in memory.
        The key is drawn for this writing, so nothing can be there. Raises Indisponible.
        """
        sha256, taille = empreinte_flux(flux)
        cle = secrets.token_urlsafe(24)
        noter_ecriture(cle)
        try:
            obstore.put(self._depot, self.chemin(cle), flux, chunk_size=PART, max_concurrency=2)
        except (BaseError, AlreadyExistsError, OSError) as erreur:
            raise Indisponible(PLEIN, QUE_FAIRE) from erreur
        return cle, sha256, taille

    def lire(self, cle: str) -> bytes:
        """The bytes of a key. Raises Introuvable, Indisponible."""
        return b"".join(self.morceaux(cle))

    def morceaux(self, cle: str) -> Iterator[bytes]:
        """The bytes by pieces, for downloads; opened at once. Raises Introuvable, Indisponible."""
        return self.lire_chemin(self.chemin(cle))

    def lire_chemin(self, chemin: str) -> Iterator[bytes]:
        """Same as ``morceaux`` for a path."""
        try:
            flux = obstore.get(self._depot, chemin).stream()
        except FileNotFoundError as erreur:
            raise Introuvable(PERDU) from erreur
        except (BaseError, OSError) as erreur:
            raise Indisponible(MUET, QUE_FAIRE) from erreur
        return (bytes(morceau) for morceau in flux)

    def poser(self, chemin: str, octets: bytes) -> None:
        """Write or replace a working object (a piece of an upload). Raises Indisponible."""
        try:
            obstore.put(self._depot, chemin, octets)
        except (BaseError, OSError) as erreur:
            raise Indisponible(PLEIN, QUE_FAIRE) from erreur

    def lister(self, prefixe: str | None = None) -> Iterator[Objet]:
        """Every object, or those under a folder. Raises Indisponible."""
        try:
            for lot in obstore.list(self._depot, prefix=prefixe):
                for o in lot:
                    yield Objet(str(o["path"]), int(o["size"]), o["last_modified"])
        except (BaseError, OSError) as erreur:
            raise Indisponible(MUET, QUE_FAIRE) from erreur

    def effacer(self, cle: str) -> None:
        """Remove a key; nothing happens when it is not there. Raises Indisponible."""
        self.effacer_chemins([self.chemin(cle)])

    def effacer_chemins(self, chemins: Iterable[str]) -> None:
        """Remove paths; those already gone are none of our business. Raises Indisponible."""
        for chemin in chemins:
            try:
                obstore.delete(self._depot, chemin)
            except FileNotFoundError:
                continue
            except (BaseError, OSError) as erreur:
                raise Indisponible(MUET, QUE_FAIRE) from erreur

    def disponible(self) -> bool:
        """Can something be written and removed now?"""
        try:
            obstore.put(self._depot, "sante/temoin", b"1")
        except (BaseError, OSError):
            return False
        return True

    @staticmethod
    def chemin(cle: str) -> str:
        """Path of a key: 4096 folders, so that none becomes too full."""
        return f"{cle[:2]}/{cle}"


def _ouvrir_s3(adresse: str, r: Reglages) -> S3Store:
    """Bucket of ``s3://nom/dossier``; what is not set comes from the AWS_* environment."""
    options: dict[str, Any] = {
        "endpoint": r.s3_adresse,
        "region": r.s3_region,
        "access_key_id": r.s3_cle,
        "secret_access_key": r.s3_secret,
    }
    donnees = {nom: valeur for nom, valeur in options.items() if valeur}
    client: ClientConfig = {"timeout": timedelta(seconds=r.s3_delai_secondes)}
    if r.s3_adresse:
        donnees["virtual_hosted_style_request"] = False
        client["allow_http"] = r.s3_adresse.startswith("http://")
    return S3Store.from_url(
        adresse, client_options=client, retry_config={"max_retries": 2}, **donnees
    )


def empreinte_flux(flux: BinaryIO) -> tuple[str, int]:
    """(sha256 hex, size in bytes) of a seekable stream, left at its beginning."""
    flux.seek(0)
    somme, taille = hashlib.sha256(), 0
    while morceau := flux.read(LECTURE):
        somme.update(morceau)
        taille += len(morceau)
    flux.seek(0)
    return somme.hexdigest(), taille


def stockage() -> Stockage:
    """The storage of the running application (opened at first use)."""
    extensions = current_app.extensions
    if "aap.stockage" not in extensions:
        extensions["aap.stockage"] = Stockage(reglages().stockage, reglages())
    depot: Stockage = extensions["aap.stockage"]
    return depot


def noter_ecriture(cle: str) -> None:
    """Remember a key written for the transaction that is open."""
    db.session().info.setdefault(NOTEES, []).append(cle)


@event.listens_for(Session, "after_commit")
def _garder(session: Session) -> None:
    """The row is there for good: nothing to take back (a savepoint decides nothing)."""
    if not session.in_nested_transaction():
        session.info.pop(NOTEES, None)


@event.listens_for(Session, "after_soft_rollback")
def _reprendre(session: Session, transaction: SessionTransaction) -> None:
    """The row will never exist: erase its bytes at once; if it fails, the purge will."""
    if transaction.nested or transaction.parent is not None:
        return
    for cle in session.info.pop(NOTEES, []):
        try:
            stockage().effacer(cle)
        except Indisponible:
            journal.warning("octets sans ligne laissés à la purge : %s", cle)
