"""The article before the name of a funder: « la Ville d’Orly », « du Département », « à l’État ».

Names are kept without their article (« Ville d’Orly »). A sentence needs it; a brand
(« Valophis Habitat ») never takes one. The first word of the name decides.
"""

from __future__ import annotations

from aap.domaine.texte import normaliser

_FEMININS = frozenset(
    {
        "ville",
        "commune",
        "mairie",
        "caisse",
        "direction",
        "prefecture",
        "region",
        "communaute",
        "metropole",
        "fondation",
        "chambre",
        "societe",
        "federation",
        "delegation",
        "mission",
        "banque",
        "cite",
        "caf",
        "cpam",
        "drac",
        "msa",
    }
)
_MASCULINS = frozenset(
    {
        "departement",
        "conseil",
        "fonds",
        "centre",
        "ministere",
        "syndicat",
        "rectorat",
        "groupement",
        "comite",
        "service",
        "cd",
        "bop",
    }
)
_ELIDES = frozenset(
    {
        "etat",
        "etablissement",
        "agence",
        "office",
        "union",
        "association",
        "academie",
        "institut",
        "organisme",
        "ept",
        "ars",
    }
)
_VOYELLES = frozenset("aeiouy")


def _elide(nom: str) -> bool:
    return normaliser(nom)[:1] in _VOYELLES


def _genre(nom: str) -> str:
    premier = normaliser(nom).partition(" ")[0]
    if premier in _FEMININS:
        return "la"
    if premier in _MASCULINS:
        return "le"
    return "l’" if premier in _ELIDES else ""


def le(nom: str) -> str:
    """« la Ville d’Orly », « le Département », « l’État », « Valophis Habitat »."""
    article = _genre(nom)
    return f"{article}{'' if article == 'l’' else ' '}{nom}" if article else nom


def le_debut(nom: str) -> str:
    """The same at the head of a sentence: « La Ville d’Orly »."""
    phrase = le(nom)
    return phrase[:1].upper() + phrase[1:]


def du(nom: str) -> str:
    """« de la Ville d’Orly », « du Département », « de l’État », « d’ICF Habitat »."""
    if nom.startswith("Le "):
        return f"du {nom[3:]}"
    article = _genre(nom)
    if article == "le":
        return f"du {nom}"
    if article:
        return f"de {le(nom)}"
    return f"d’{nom}" if _elide(nom) else f"de {nom}"


def au(nom: str) -> str:
    """« à la Ville d’Orly », « au Département », « à l’État », « à Valophis Habitat »."""
    if nom.startswith("Le "):
        return f"au {nom[3:]}"
    return f"au {nom}" if _genre(nom) == "le" else f"à {le(nom)}"
