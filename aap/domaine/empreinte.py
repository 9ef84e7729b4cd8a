"""Hash of canonical data: the same content gives the same SHA-256, for ever."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def empreinte(contenu: Any) -> str:
    """SHA-256 (hex) of the canonical JSON form of ``contenu`` (no float inside)."""
    texte = json.dumps(contenu, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(texte.encode()).hexdigest()
