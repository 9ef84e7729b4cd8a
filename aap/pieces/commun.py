"""What every check of a file shares."""

from __future__ import annotations

from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO, cast

EN_MEMOIRE = 1024 * 1024  # bytes of a file kept in memory; the rest goes to a temporary file
CONSEIL = "Enregistrez le document en PDF, ou prenez-le en photo, puis envoyez-le de nouveau."


@dataclass(frozen=True)
class Controle:
    """A file that may be stored. ``flux``: its cleaned bytes, at the beginning.

    ``taille`` in bytes, of the cleaned file; ``sha256_recu``: of what was sent (two sendings of
    the same file have the same). ``retires``: what the cleaning took away, in words.
    """

    nom: str
    type_mime: str
    flux: BinaryIO
    taille: int
    sha256_recu: str
    retires: tuple[str, ...] = ()


def temporaire() -> BinaryIO:
    """An empty file, in memory as long as it is small."""
    fichier: IO[bytes] = SpooledTemporaryFile(max_size=EN_MEMOIRE)  # noqa: SIM115
    return cast(BinaryIO, fichier)
