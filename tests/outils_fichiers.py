"""Local stand-ins for the outside services of files: clamd, an S3 store, the company register."""

from __future__ import annotations

import json
import re
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

# Built at run time: the repository holds no « virus ».
EICAR = ("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" + "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()


@dataclass
class Clamd:
    """Speaks INSTREAM as clamd documents it; ``humeur``: normal, muet, erreur, raccroche."""

    adresse: str = ""
    humeur: str = "normal"
    lus: list[bytes] = field(default_factory=list)


class _Echange(socketserver.StreamRequestHandler):
    """One INSTREAM command, then the end of the connection."""

    etat: Clamd

    def handle(self) -> None:
        if self.etat.humeur == "raccroche":
            return
        assert self.rfile.read(len(b"zINSTREAM\0")) == b"zINSTREAM\0"
        recu = b""
        while (taille := struct.unpack(">I", self.rfile.read(4))[0]) > 0:
            recu += self.rfile.read(taille)
        self.etat.lus.append(recu)
        if self.etat.humeur == "muet":
            threading.Event().wait(3)
            return
        self.wfile.write(self._verdict(recu))

    def _verdict(self, recu: bytes) -> bytes:
        if self.etat.humeur == "erreur":
            return b"INSTREAM size limit exceeded. ERROR\0"
        return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in recu else b"stream: OK\0"


@contextmanager
def clamd(chemin_unix: str = "") -> Iterator[Clamd]:
    """A listening scanner on TCP, or on a local socket when a path is given."""
    etat = Clamd()
    echange = type("Echange", (_Echange,), {"etat": etat})
    serveur: Any
    if chemin_unix:
        serveur = socketserver.ThreadingUnixStreamServer(chemin_unix, echange)
        etat.adresse = f"unix:{chemin_unix}"
    else:
        serveur = socketserver.ThreadingTCPServer(("127.0.0.1", 0), echange)
        etat.adresse = f"tcp:127.0.0.1:{serveur.server_address[1]}"
    serveur.daemon_threads = True
    with _tourner(serveur):
        yield etat


@contextmanager
def _tourner(serveur: Any) -> Iterator[None]:
    fil = threading.Thread(target=serveur.serve_forever, daemon=True)
    fil.start()
    try:
        yield
    finally:
        serveur.shutdown()
        serveur.server_close()
        fil.join()


@dataclass
class Seau:
    """An S3 store that keeps everything in memory; ``signes`` counts signed requests."""

    adresse: str = ""
    objets: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    signes: int = 0
    non_signes: int = 0


class _S3(BaseHTTPRequestHandler):
    """Put, get, head, delete, list (version 2) and multipart uploads, path style."""

    seau: Seau
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: Any) -> None:
        """Silent."""

    def _lire(self) -> tuple[str, dict[str, list[str]], bytes]:
        if self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256"):
            self.seau.signes += 1
        else:
            self.seau.non_signes += 1
        adresse = urlsplit(self.path)
        corps = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return unquote(adresse.path), parse_qs(adresse.query, keep_blank_values=True), corps

    def _repondre(self, code: int, corps: bytes = b"", **entetes: str) -> None:
        self.send_response(code)
        for nom, valeur in entetes.items():
            self.send_header(nom.replace("_", "-"), valeur)
        if "Content_Length" not in entetes:
            self.send_header("Content-Length", str(len(corps)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(corps)

    def do_PUT(self) -> None:
        chemin, options, corps = self._lire()
        if "uploadId" in options:
            rang = int(options["partNumber"][0])
            self.seau.parts[options["uploadId"][0]][rang] = corps
        else:
            self.seau.objets[chemin] = corps
        self._repondre(200, ETag='"x"')

    def do_POST(self) -> None:
        chemin, options, corps = self._lire()
        if "uploads" in options:
            numero = f"envoi{len(self.seau.parts)}"
            self.seau.parts[numero] = {}
            xml = (
                "<InitiateMultipartUploadResult><Bucket>seau</Bucket><Key>k</Key>"
                f"<UploadId>{numero}</UploadId></InitiateMultipartUploadResult>"
            )
        elif "delete" in options:
            cles = re.findall(rb"<Key>(.*?)</Key>", corps)
            for cle in cles:
                self.seau.objets.pop(f"{chemin.rstrip('/')}/{cle.decode()}", None)
            faits = "".join(f"<Deleted><Key>{c.decode()}</Key></Deleted>" for c in cles)
            xml = f"<DeleteResult>{faits}</DeleteResult>"
        else:
            parts = self.seau.parts.pop(options["uploadId"][0])
            self.seau.objets[chemin] = b"".join(parts[r] for r in sorted(parts))
            xml = (
                "<CompleteMultipartUploadResult><Bucket>seau</Bucket><Key>k</Key>"
                '<ETag>"x"</ETag></CompleteMultipartUploadResult>'
            )
        self._repondre(200, xml.encode())

    def do_GET(self) -> None:
        chemin, options, _corps = self._lire()
        if "list-type" in options:
            prefixe = options.get("prefix", [""])[0]
            lignes = "".join(
                f"<Contents><Key>{cle.removeprefix(chemin.rstrip('/') + '/')}</Key>"
                "<LastModified>2026-01-01T00:00:00.000Z</LastModified>"
                f'<ETag>"x"</ETag><Size>{len(octets)}</Size></Contents>'
                for cle, octets in sorted(self.seau.objets.items())
                if cle.removeprefix(chemin.rstrip("/") + "/").startswith(prefixe)
            )
            xml = f"<ListBucketResult><IsTruncated>false</IsTruncated>{lignes}</ListBucketResult>"
            self._repondre(200, xml.encode())
        elif chemin in self.seau.objets:
            self._repondre(
                200,
                self.seau.objets[chemin],
                ETag='"x"',
                Last_Modified="Thu, 01 Jan 2026 00:00:00 GMT",
            )
        else:
            self._repondre(404, b"<Error><Code>NoSuchKey</Code></Error>")

    do_HEAD = do_GET

    def do_DELETE(self) -> None:
        chemin, _options, _corps = self._lire()
        self.seau.objets.pop(chemin, None)
        self._repondre(204)


@contextmanager
def _servir(genre: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    serveur = ThreadingHTTPServer(("127.0.0.1", 0), genre)
    serveur.daemon_threads = True
    with _tourner(serveur):
        yield f"http://127.0.0.1:{serveur.server_port}"


@contextmanager
def s3() -> Iterator[Seau]:
    seau = Seau()
    with _servir(type("S3", (_S3,), {"seau": seau})) as adresse:
        seau.adresse = adresse
        yield seau


@dataclass
class Annuaire:
    """The company register; ``reponse`` is (code, body) or « muet »."""

    adresse: str = ""
    code: int = 200
    corps: Any = None
    attente: float = 0.0
    demandes: list[str] = field(default_factory=list)


@contextmanager
def annuaire() -> Iterator[Annuaire]:
    etat = Annuaire()

    class Reponse(BaseHTTPRequestHandler):
        def log_message(self, *_args: Any) -> None:
            """Silent."""

        def do_GET(self) -> None:
            etat.demandes.append(self.path)
            threading.Event().wait(etat.attente)
            corps = etat.corps if isinstance(etat.corps, bytes) else json.dumps(etat.corps).encode()
            self.send_response(etat.code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(corps)))
            self.send_header("Location", "http://127.0.0.1:9/ailleurs")
            self.end_headers()
            self.wfile.write(corps)

    with _servir(Reponse) as adresse:
        etat.adresse = adresse
        yield etat
