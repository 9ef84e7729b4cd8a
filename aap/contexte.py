"""What every template knows: the territory, the person, her navigation."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask, current_app, g, request, url_for
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from aap.extensions import reglages
from aap.requetes.essai import MENTION, est_essai
from aap.requetes.territoire import valeurs_territoire
from aap.routes.navigation import navigation


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
    v = valeurs_territoire()
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


def adresse_avec(**changements: object) -> str:
    """The present address with some query arguments changed; None takes one away."""
    arguments: dict[str, list[str]] = request.args.to_dict(flat=False)
    for cle, valeur in changements.items():
        if valeur is None:
            arguments.pop(cle, None)
        else:
            arguments[cle] = [str(valeur)]
    return request.path + ("?" + urlencode(arguments, doseq=True) if arguments else "")


def _essai() -> str:
    """What the page says on top when it shows something of a sandbox campaign."""
    try:
        return MENTION if est_essai(g.get("objet")) else ""
    except SQLAlchemyError:
        return ""


def _variables() -> dict[str, object]:
    acteur = current_user.acteur if current_user.is_authenticated else None
    return {
        "territoire": territoire(),
        "acteur": acteur,
        "navigation": navigation(acteur),
        "mode": reglages().mode,
        "essai": _essai(),
        "lien": lien,
    }


def brancher_contexte(app: Flask) -> None:
    app.context_processor(_variables)
    app.add_template_global(adresse_avec)
