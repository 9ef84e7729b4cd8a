"""Secrets at rest: argon2id for passwords, SHA-256 for random keys."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from aap.domaine.mots_de_passe import LONGUEUR_MAX, normaliser_mot_de_passe

# OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, 2 passes, 1 lane (about 30 ms here).
_HACHEUR = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


def hacher_mot_de_passe(mot_de_passe: str) -> str:
    """Argon2id hash of the NFKC form."""
    return _HACHEUR.hash(normaliser_mot_de_passe(mot_de_passe))


@cache
def _leurre() -> str:
    """Hash of nobody's password: an unknown address costs as much time as a known one."""
    return _HACHEUR.hash(secrets.token_hex(16))


def mot_de_passe_juste(mot_de_passe: str, hache: str | None) -> bool:
    """Constant work whether or not there is a hash to compare with."""
    texte = normaliser_mot_de_passe(mot_de_passe[: 4 * LONGUEUR_MAX])
    try:
        return _HACHEUR.verify(hache or _leurre(), texte) and hache is not None
    except (VerificationError, InvalidHashError, UnicodeError):
        return False


def a_rehacher(hache: str) -> bool:
    """Was it made with other parameters than today's?"""
    return _HACHEUR.check_needs_rehash(hache)


def nouvelle_cle() -> str:
    """256 random bits, safe in addresses and cookies."""
    return secrets.token_urlsafe(32)


def empreinte(cle: str) -> str:
    """What the database keeps of a random key (hex SHA-256)."""
    return hashlib.sha256(cle.encode("utf-8", "surrogatepass")).hexdigest()
