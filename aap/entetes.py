"""Security headers, one constant for the CSP, and the mode of the transaction."""

from __future__ import annotations

from flask import Flask, Response, request

from aap.extensions import marquer_lecture, reglages

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def _ouvrir() -> None:
    """GET and HEAD only read; everything else takes the write lock first (SQLite)."""
    marquer_lecture(request.method in ("GET", "HEAD", "OPTIONS"))


def _proteger(reponse: Response) -> Response:
    entetes = reponse.headers
    entetes.setdefault("Content-Security-Policy", CSP)
    entetes.setdefault("X-Content-Type-Options", "nosniff")
    entetes.setdefault("Referrer-Policy", "same-origin")
    entetes.setdefault("X-Frame-Options", "DENY")
    entetes.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    entetes.setdefault(
        "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"
    )
    if request.endpoint != "static":
        entetes.setdefault("Cache-Control", "no-store")
    if reglages().cookies_securises:
        entetes.setdefault("Strict-Transport-Security", "max-age=31536000")
    return reponse


def brancher_entetes(app: Flask) -> None:
    app.before_request(_ouvrir)
    app.after_request(_proteger)
