"""Where the folders that live outside the code are: in a checkout and in a wheel."""

from __future__ import annotations

from pathlib import Path

_PAQUET = Path(__file__).resolve().parent


def trouver(nom: str) -> Path:
    """Folder ``nom`` (``templates``, ``migrations``): inside the package, else beside it.

    A wheel carries these folders inside ``aap``; a checkout has them at its root.
    Raises ``FileNotFoundError`` naming both places when neither exists.
    """
    for base in (_PAQUET, _PAQUET.parent):
        if (base / nom).is_dir():
            return base / nom
    raise FileNotFoundError(f"dossier « {nom} » introuvable dans {_PAQUET} et {_PAQUET.parent}")
