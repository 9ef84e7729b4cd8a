"""The identity of the house that runs this installation: name, contact, logo, colours."""

from __future__ import annotations

from typing import Any

from aap.extensions import db
from aap.models import Parametre

CODE = "territoire"
DEFAUT_TERRITOIRE: dict[str, str] = {
    "nom": "Appels à projets des quartiers",
    "sigle": "AAP",
    "contact": "",
    "logo": "",
    "couleur_principale": "",
    "couleur_accent": "",
    "editeur": "",
    "directeur": "",
    "hebergeur": "",
    "donnees": "",
}


def valeurs_territoire() -> dict[str, Any]:
    """Every value, with the house's own when none was chosen (1 query, none if already read)."""
    ligne = db.session.get(Parametre, CODE)
    return {**DEFAUT_TERRITOIRE, **(ligne.valeur if ligne else {})}
