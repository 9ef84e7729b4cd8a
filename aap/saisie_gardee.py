"""What somebody sent after her session ended: sealed into the sign-in page, never thrown away.

The forms that save by themselves have their own copy on the device (decision 0008); this is for
all the others, and works without a script. The seal says who was writing: nobody else is shown
her text, and nothing is sent before she has chosen to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app, request
from flask import session as cookie
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from aap.requetes.comptes import titulaire
from aap.services.hachage import empreinte

TAILLE_MAX = 300_000  # characters of the sealed text: a form of this site holds in it
VALIDITE = 12 * 3600  # seconds
SECRETS = frozenset({"mot_de_passe", "ancien", "encore"})
JETON = "csrf_token"
DEBUT_LU = 65_536  # bytes read of what is refused for its weight


@dataclass(frozen=True)
class Saisie:
    """Where it was going, its fields in order, and whether files must be chosen again."""

    adresse: str
    champs: list[tuple[str, str]]
    fichiers: bool

    @property
    def textes(self) -> list[str]:
        """What was written rather than ticked, for the eye."""
        return [valeur for _nom, valeur in self.champs if " " in valeur.strip()]


def textes_envoyes() -> list[str]:
    """What this request carried that somebody wrote (with a space in it), never a password.

    Nothing of a body that cannot be read (too long, broken): its refusal must stay a page.
    """
    try:
        champs = request.form
    except HTTPException:
        return []
    if request.method != "POST" or SECRETS & set(champs):
        return []
    return list(dict.fromkeys(v for n, v in champs.items(multi=True) if " " in v.strip()))


def debut_trop_lourd() -> list[tuple[str, str]]:
    """The short fields that came before the file of a form refused for its weight (413).

    Only the beginning is read; nothing when the weight was not announced or a secret came.
    """
    limite = request.max_content_length
    if limite is None or (request.content_length or 0) <= limite:
        return []
    borne = request.mimetype_params.get("boundary", "")
    if request.mimetype != "multipart/form-data" or not borne:
        return []
    lecteur = MultipartDecoder(borne.encode("latin-1", "ignore"))
    lecteur.receive_data(request.environ["wsgi.input"].read(DEBUT_LU))
    try:
        champs = list(_champs_lus(lecteur))
    except (ValueError, HTTPException):
        return []
    return [] if SECRETS & {n for n, _v in champs} else [c for c in champs if c[0] != JETON]


def _champs_lus(lecteur: MultipartDecoder) -> Iterator[tuple[str, str]]:
    nom, morceaux = "", b""
    while True:
        vu = lecteur.next_event()
        if isinstance(vu, (File, NeedData, Epilogue)):
            return
        if isinstance(vu, Field):
            nom, morceaux = vu.name, b""
        elif isinstance(vu, Data):
            morceaux += vu.data
            if not vu.more_data:
                yield nom, morceaux.decode("utf-8", "replace")


def _sceau() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="aap.saisie")


def sceller() -> str:
    """The refused POST of this request, for whoever held the session; empty when none is owed."""
    qui = titulaire(empreinte(str(cookie.get("_user_id", ""))))
    champs = [(n, v) for n, v in request.form.items(multi=True) if n != JETON]
    if qui is None or not champs or SECRETS & {n for n, _v in champs}:
        return ""
    corps = [qui, request.full_path.rstrip("?"), champs, bool(request.files)]
    scelle = str(_sceau().dumps(corps))
    return scelle if len(scelle) <= TAILLE_MAX else ""


def reprendre(scelle: str | None, utilisateur_id: int) -> Saisie | None:
    """The sealed POST, for the person who wrote it only; None otherwise."""
    if not scelle or len(scelle) > TAILLE_MAX:
        return None
    try:
        lu: Any = _sceau().loads(scelle, max_age=VALIDITE)
    except BadData:
        return None
    qui, adresse, champs, fichiers = lu
    if qui != utilisateur_id:
        return None
    return Saisie(adresse, [(n, v) for n, v in champs], fichiers)
