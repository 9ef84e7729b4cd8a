"""What every template knows: the territory, the person, her navigation."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, url_for
from flask_login import current_user

from aap.extensions import db, reglages
from aap.models import Parametre
from aap.routes.navigation import navigation

DEFAUT_TERRITOIRE = {
    "nom": "Appels à projets des quartiers",
    "sigle": "AAP",
    "contact": "",
    "logo": "",
    "couleur_principale": "",
    "couleur_accent": "",
}


@dataclass(frozen=True)
class Territoire:
    """Name, logo and colours of the house that runs this installation (screen settings)."""

    nom: str
    sigle: str
    contact: str
    logo_url: str | None
    theme_url: str | None


def territoire() -> Territoire:
    """Settings of the territory (1 query)."""
    ligne = db.session.get(Parametre, "territoire")
    v = {**DEFAUT_TERRITOIRE, **(ligne.valeur if ligne else {})}
    return Territoire(
        nom=v["nom"],
        sigle=v["sigle"],
        contact=v["contact"],
        logo_url=url_for("technique.logo", cle=v["logo"]) if v["logo"] else None,
        theme_url=url_for("technique.theme")
        if v["couleur_principale"] or v["couleur_accent"]
        else None,
    )


def lien(endpoint: str, **valeurs: object) -> str | None:
    """Address of a page of the frame, or None when this installation has no such page."""
    if endpoint not in current_app.view_functions:
        return None
    return url_for(endpoint, **valeurs)  # type: ignore[arg-type]


def _variables() -> dict[str, object]:
    acteur = current_user.acteur if current_user.is_authenticated else None
    return {
        "territoire": territoire(),
        "acteur": acteur,
        "navigation": navigation(acteur),
        "mode": reglages().mode,
        "lien": lien,
    }


def brancher_contexte(app: Flask) -> None:
    app.context_processor(_variables)
