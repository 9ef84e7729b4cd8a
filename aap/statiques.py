"""Style sheets, scripts and pages leave compressed: a form must stay light on a phone's network.

A page holds a secret (the form token) beside text that a stranger may have chosen, and the length
of a compressed page could tell it, guess after guess (BREACH). Each page therefore carries a random
number of random bytes, in the place of the file name that the gzip format allows.
"""

from __future__ import annotations

import gzip
import secrets
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from flask import Flask, Response, current_app, request

TYPES = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
PETIT = 500  # bytes: below, compressing gains nothing
HASARD_MAX = 100  # random bytes added to a page


@lru_cache(maxsize=128)
def _compresse(chemin: str, _modifie_ns: int) -> bytes:
    """The bytes of a file of the package, compressed once per version of the file."""
    return gzip.compress(Path(chemin).read_bytes(), compresslevel=9, mtime=0)


def compresser_page(octets: bytes) -> bytes:
    """A page compressed, its length blurred by 1 to HASARD_MAX random bytes."""
    sortie = BytesIO()
    nom = secrets.token_hex(HASARD_MAX)[: 1 + secrets.randbelow(HASARD_MAX)]
    with gzip.GzipFile(nom, "wb", compresslevel=5, fileobj=sortie, mtime=0) as serre:
        serre.write(octets)
    return sortie.getvalue()


def _alleger(reponse: Response) -> Response:
    page = reponse.mimetype == "text/html" and not reponse.is_streamed
    feuille = request.endpoint == "static" and reponse.mimetype in TYPES
    if not (page or feuille):
        return reponse
    reponse.vary.add("Accept-Encoding")
    if _a_laisser(reponse):
        return reponse
    chemin = None if page else _fichier()
    if chemin is not None:
        reponse.direct_passthrough = False
        reponse.set_data(_compresse(str(chemin), chemin.stat().st_mtime_ns))
    elif page:
        reponse.set_data(compresser_page(reponse.get_data()))
    else:
        return reponse
    reponse.content_encoding = "gzip"
    marque, _ = reponse.get_etag()
    if marque:
        reponse.set_etag(marque, weak=True)  # same content, other bytes
    return reponse


def _a_laisser(reponse: Response) -> bool:
    """Part of a file, refusal to compress, too short, or compressed already."""
    return (
        "Range" in request.headers
        or reponse.content_encoding is not None
        or not request.accept_encodings["gzip"]
        or (reponse.content_length or 0) < PETIT
        or (request.endpoint == "static" and reponse.status_code != 200)
    )


def _fichier() -> Path | None:
    """The file that Flask has just served (its own view has refused what leaves the folder)."""
    dossier, nom = current_app.static_folder, (request.view_args or {}).get("filename")
    chemin = Path(dossier) / str(nom) if dossier and nom else None
    return chemin if chemin is not None and chemin.is_file() else None


def brancher_statiques(app: Flask) -> None:
    app.after_request(_alleger)
