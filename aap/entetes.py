"""Security headers, one constant for the CSP, and the mode of the transaction."""

from __future__ import annotations

from flask import Flask, Response, current_app, request

from aap.extensions import marquer_lecture, reglages

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def _ouvrir() -> None:
    """GET and HEAD only read; everything else takes the write lock first (SQLite).

    A form without files, or JSON, is limited to what a form may hold in memory.
    """
    marquer_lecture(request.method in ("GET", "HEAD", "OPTIONS"))
    if request.mimetype != "multipart/form-data":
        # Read at once by the parser, which does not apply MAX_FORM_MEMORY_SIZE to them.
        request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]


def _proteger(reponse: Response) -> Response:
    entetes = reponse.headers
    entetes.setdefault("Content-Security-Policy", CSP)
    entetes.setdefault("X-Content-Type-Options", "nosniff")
    entetes.setdefault("Referrer-Policy", "same-origin")
    entetes.setdefault("X-Frame-Options", "DENY")
    entetes.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    entetes.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
    if request.endpoint != "static":
        entetes.setdefault("Cache-Control", "no-store")
    if reglages().cookies_securises:
        entetes.setdefault("Strict-Transport-Security", "max-age=31536000")
    return reponse


def brancher_entetes(app: Flask) -> None:
    app.before_request(_ouvrir)
    app.after_request(_proteger)
