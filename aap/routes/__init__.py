"""One blueprint per audience; every view carries its guard (tests/regles/test_routes.py)."""

from __future__ import annotations

from flask import Flask

from aap.routes import (
    admin,
    avis,
    compte,
    coordination,
    copil,
    finance,
    instruction,
    porteur,
    public,
    technique,
)

BLUEPRINTS = (
    finance.bp,
    public.bp,
    compte.bp,
    admin.bp,
    technique.bp,
    instruction.bp,
    avis.bp,
    porteur.bp,
    copil.bp,
    coordination.bp,
)


def brancher_routes(app: Flask) -> None:
    for bp in BLUEPRINTS:
        app.register_blueprint(bp)
