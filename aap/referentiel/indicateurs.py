"""Labels of the indicators, from the files of the contrats."""

from __future__ import annotations

import json
from functools import cache

from aap.referentiel.lecture import DONNEES, contrats_fournis


@cache
def _libelles() -> dict[str, str]:
    libelles: dict[str, str] = {}
    for code in contrats_fournis():
        lus = json.loads((DONNEES / code / "indicateurs.json").read_text("utf-8"))
        libelles |= {i["code"]: i["libelle"] for i in lus}
    return libelles


def libelle_indicateur(code: str) -> str:
    """French label of an indicator; its code in words when the files do not name it."""
    return _libelles().get(code, code.replace("_", " ").capitalize())
