"""The house's standard text as a model: what a funder's first version is copied from.

Merged, it says word for word what ``documents.articles`` and ``documents.arrete`` print (a test
compares them). Files ``donnees/texte_type_*.txt``: « # Title [condition] », then the body.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from aap.domaine.cpo import TypeActe
from aap.domaine.modele_acte import Article, Condition

_TITRE = re.compile(r"^# (?P<titre>.+?)(?: \[(?P<condition>[a-z0-9_]+)\])?$", re.MULTILINE)


@cache
def texte_type(type_acte: TypeActe) -> tuple[Article, ...]:
    """The standard articles of a type of act."""
    source = files("aap.domaine") / "donnees" / f"texte_type_{type_acte.value}.txt"
    lu = source.read_text(encoding="utf-8")
    titres = list(_TITRE.finditer(lu))
    fins = [t.start() for t in titres[1:]] + [len(lu)]
    return tuple(
        Article(cle, t["titre"], lu[t.end() : fin].strip(), Condition(t["condition"] or "toujours"))
        for cle, (t, fin) in enumerate(zip(titres, fins, strict=True), start=1)
    )
