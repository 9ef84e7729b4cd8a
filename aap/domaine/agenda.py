"""A meeting as an iCalendar file (RFC 5545, iTIP methods of RFC 5546)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

Methode = Literal["PUBLISH", "REQUEST", "CANCEL"]
PRODUIT = "-//aap//comite de pilotage//FR"
LARGEUR = 75
_CONTROLES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Personne:
    nom: str
    courriel: str


@dataclass(frozen=True)
class Reunion:
    """``debut`` is an aware instant. ``uid`` never changes; ``sequence`` grows with each change,
    so that an agenda that knows the meeting takes the last word."""

    uid: str
    sequence: int
    ecrite_le: datetime
    debut: datetime
    duree: timedelta
    titre: str
    lieu: str
    description: str
    adresse: str
    organisateur: Personne | None = None
    invite: Personne | None = None


def echapper(texte: str) -> str:
    r"""TEXT of RFC 5545 §3.3.11: « \ », « ; », « , » and line breaks."""
    propre = _CONTROLES.sub("", texte.replace("\r\n", "\n").replace("\r", "\n"))
    for avant, apres in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        propre = propre.replace(avant, apres)
    return propre


def _parametre(texte: str) -> str:
    """Value of a parameter, always between quotes, which it cannot hold (§3.2)."""
    return '"' + _CONTROLES.sub("", texte).replace("\n", " ").replace('"', "’") + '"'


def _adresse(courriel: str) -> str:
    return re.sub(r"[\x00-\x20\x7f]", "", courriel)


def plier(ligne: str) -> str:
    """A content line cut every 75 octets, never inside a character (§3.1)."""
    morceaux, courant, taille = [], "", 0
    for caractere in ligne:
        poids = len(caractere.encode())
        if taille + poids > LARGEUR:
            morceaux.append(courant)
            courant, taille = " ", 1
        courant += caractere
        taille += poids
    return "\r\n".join([*morceaux, courant])


def _instant(quand: datetime) -> str:
    """UTC: an instant needs no description of a time zone."""
    return f"{quand.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def ecrire_agenda(r: Reunion, methode: Methode = "PUBLISH") -> bytes:
    """The file. REQUEST and CANCEL name the person invited; PUBLISH names nobody."""
    lignes = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUIT}",
        "CALSCALE:GREGORIAN",
        f"METHOD:{methode}",
        "BEGIN:VEVENT",
        f"UID:{_adresse(r.uid)}",
        f"SEQUENCE:{r.sequence}",
        f"DTSTAMP:{_instant(r.ecrite_le)}",
        f"DTSTART:{_instant(r.debut)}",
        f"DTEND:{_instant(r.debut + r.duree)}",
        f"SUMMARY:{echapper(r.titre)}",
        f"DESCRIPTION:{echapper(r.description)}",
        f"URL:{_adresse(r.adresse)}",
        f"STATUS:{'CANCELLED' if methode == 'CANCEL' else 'CONFIRMED'}",
    ]
    if r.lieu:
        lignes.append(f"LOCATION:{echapper(r.lieu)}")
    if r.organisateur is not None:
        qui = r.organisateur
        lignes.append(f"ORGANIZER;CN={_parametre(qui.nom)}:mailto:{_adresse(qui.courriel)}")
    if r.invite is not None and methode != "PUBLISH":
        qui = r.invite
        lignes.append(
            "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE;"
            f"CN={_parametre(qui.nom)}:mailto:{_adresse(qui.courriel)}"
        )
    lignes += ["END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(map(plier, lignes)).encode()
