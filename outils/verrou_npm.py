"""Remove from package-lock.json every address (funding, resolved): it pins by hash only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VERROU = Path(__file__).resolve().parent.parent / "package-lock.json"
CLES_A_ADRESSE = ("funding", "resolved", "homepage", "bugs", "repository")


def nettoyer(verrou: dict[str, Any]) -> dict[str, Any]:
    """The same lock without addresses; raises ``ValueError`` if one remains."""
    for paquet in verrou["packages"].values():
        for cle in CLES_A_ADRESSE:
            paquet.pop(cle, None)
    if "://" in json.dumps(verrou):
        raise ValueError("package-lock.json contient encore une adresse")
    return verrou


if __name__ == "__main__":
    contenu = nettoyer(json.loads(VERROU.read_text(encoding="utf-8")))
    VERROU.write_text(json.dumps(contenu, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
