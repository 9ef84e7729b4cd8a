"""Does the holder of a bank account look like the organisme that is paid? Pure."""

from __future__ import annotations

from aap.domaine.texte import normaliser

# Words that any organisme may carry: alone, they prove nothing.
VIDES = frozenset(
    [
        "association",
        "assoc",
        "asso",
        "les",
        "des",
        "aux",
        "pour",
        "dans",
        "avec",
        "sur",
        "par",
        "une",
        "ville",
        "commune",
        "centre",
        "club",
        "comite",
        "union",
        "federation",
    ]
)


def titulaire_ressemble(titulaire: str, *noms: str) -> bool:
    """True when a significant word is shared with one of the names, or when they are equal.

    ``noms``: name, short name. A warning is drawn from it, never a refusal: banks cut and
    shorten names.
    """
    lu = normaliser(titulaire)
    autres = [normaliser(n) for n in noms if n.strip()]
    if lu in autres:
        return True
    mots = {m for m in lu.split() if len(m) > 2} - VIDES
    return any(mots & set(n.split()) for n in autres)
