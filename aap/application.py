"""The Flask application: settings, extensions, rooms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from aap.authentification import brancher_authentification
from aap.chemins import trouver
from aap.cli import brancher_commandes
from aap.config import Reglages, lire_reglages, pour_flask
from aap.contexte import brancher_contexte
from aap.entetes import brancher_entetes
from aap.erreurs_http import brancher_erreurs
from aap.extensions import babel, csrf, db, login_manager
from aap.filtres import FILTRES
from aap.filtres_tableau import rangee_tableau
from aap.json_sur import brancher_json
from aap.routes import brancher_routes
from aap.statiques import brancher_statiques


def create_app(
    reglages: Reglages | None = None, *, surcharges: Mapping[str, Any] | None = None
) -> Flask:
    """The application. ``reglages`` default to the environment; ``surcharges`` are Flask keys."""
    reglages = reglages or lire_reglages()
    app = Flask("aap", template_folder=str(trouver("templates")))
    app.config.update(pour_flask(reglages))
    app.config.update(surcharges or {})
    app.extensions["aap.reglages"] = reglages
    app.jinja_env.filters.update(FILTRES, rangee_tableau=rangee_tableau)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    brancher_json(app)
    brancher_statiques(app)
    brancher_entetes(app)  # first: its limits hold before anything reads the form
    _extensions(app)
    brancher_authentification(app)
    brancher_contexte(app)
    brancher_routes(app)
    brancher_erreurs(app)
    brancher_commandes(app)
    if reglages.mandataires:
        n = reglages.mandataires
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    return app


def _extensions(app: Flask) -> None:
    db.init_app(app)
    login_manager.init_app(app)
    csrf.init_app(app)
    babel.init_app(app)


def reglages_de_test(**valeurs: Any) -> Reglages:
    """Settings for tests: mode ``test``, everything else by keyword."""
    return replace(Reglages(mode="test", cle_secrete="cle-de-test"), **valeurs)
