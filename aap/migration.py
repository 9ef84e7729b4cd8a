"""Migrations of the database (Flask-Migrate), loaded only by those who migrate.

Alembic, Mako and Pygments cost every start of the application a tenth of a second, and no
request needs them: ``flask --app aap db …`` loads them when it is called.
"""

from __future__ import annotations

from importlib import import_module

import click
from flask import Flask, current_app, g
from flask.cli import with_appcontext

from aap.chemins import trouver
from aap.extensions import db

GROUPE = "db"


def brancher_migrations(app: Flask) -> click.Group:
    """Bind Flask-Migrate to ``app`` (once); its group of commands."""
    bibliotheque = import_module("flask_migrate")
    if "migrate" not in app.extensions:
        bibliotheque.Migrate().init_app(
            app, db, directory=str(trouver("migrations")), render_as_batch=True, compare_type=True
        )
    groupe: click.Group = import_module("flask_migrate.cli").db
    return groupe


def migrer(revision: str = "head") -> None:
    """Bring the current application's database to ``revision``."""
    brancher_migrations(current_app)
    import_module("flask_migrate").upgrade(revision=revision)


class GroupeMigrations(click.Group):
    """``flask db``: the commands of Flask-Migrate, imported at the first use."""

    def _vrai(self, ctx: click.Context) -> click.Group:
        return brancher_migrations(ctx.obj.load_app())

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands."""
        return self._vrai(ctx).list_commands(ctx)

    def get_command(self, ctx: click.Context, nom: str) -> click.Command | None:
        """The command of this name."""
        return self._vrai(ctx).get_command(ctx, nom)


@click.group(GROUPE, cls=GroupeMigrations)
@with_appcontext
def groupe_migrations() -> None:
    """Migrations de la base de données."""
    g.directory, g.x_arg = None, ()  # the options that Flask-Migrate's own group would set
