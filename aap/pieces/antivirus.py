"""Client of clamd: the INSTREAM command of its protocol, over TCP or a local socket.

Null-terminated form (``zINSTREAM``): pieces of at most what clamd's StreamMaxLength allows, each
after its length on four bytes in network order; a zero length ends. The answer is
« stream: OK », « stream: NAME FOUND » or « … ERROR ».
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass

REPONSE_MAX = 4096


class AntivirusInjoignable(Exception):
    """No verdict: the scanner is down, slow, or says that it cannot."""


@dataclass(frozen=True)
class Verdict:
    """``signature`` is empty when nothing was found."""

    signature: str = ""

    @property
    def infecte(self) -> bool:
        return bool(self.signature)


def analyser(adresse: str, morceaux: Iterable[bytes], delai_secondes: int) -> Verdict:
    """Have clamd read the pieces. ``adresse``: « tcp:hote:port » or « unix:/chemin ».

    ``delai_secondes`` bounds the whole exchange. Raises AntivirusInjoignable.
    """
    limite = time.monotonic() + delai_secondes
    try:
        with _connecter(adresse, delai_secondes) as prise:
            prise.sendall(b"zINSTREAM\0")
            for morceau in morceaux:
                if morceau:
                    _attendre_au_plus(prise, limite)
                    prise.sendall(struct.pack(">I", len(morceau)) + morceau)
            prise.sendall(struct.pack(">I", 0))
            return _comprendre(_repondre(prise, limite))
    except OSError as erreur:
        raise AntivirusInjoignable(f"{type(erreur).__name__} : {erreur}") from erreur


def _connecter(adresse: str, delai_secondes: int) -> socket.socket:
    genre, _, reste = adresse.partition(":")
    if genre == "unix":
        prise = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        prise.settimeout(delai_secondes)
        try:
            prise.connect(reste)
        except OSError:
            prise.close()
            raise
        return prise
    hote, _, port = reste.rpartition(":")
    return socket.create_connection((hote, int(port)), timeout=delai_secondes)


def _attendre_au_plus(prise: socket.socket, limite: float) -> None:
    reste = limite - time.monotonic()
    if reste <= 0:
        raise TimeoutError("l’antivirus n’a pas répondu à temps")
    prise.settimeout(reste)


def _repondre(prise: socket.socket, limite: float) -> str:
    lu = b""
    while b"\0" not in lu and len(lu) < REPONSE_MAX:
        _attendre_au_plus(prise, limite)
        morceau = prise.recv(1024)
        if not morceau:
            break
        lu += morceau
    return lu.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _comprendre(reponse: str) -> Verdict:
    """Anything that is neither OK nor FOUND is no verdict: the file goes on waiting."""
    if reponse == "stream: OK":
        return Verdict()
    if reponse.startswith("stream: ") and reponse.endswith(" FOUND"):
        return Verdict(reponse.removeprefix("stream: ").removesuffix(" FOUND") or "inconnu")
    raise AntivirusInjoignable(f"réponse : {reponse[:200] or 'aucune'}")
