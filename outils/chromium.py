"""Find the Chromium that the browser tests drive, or install it when that is possible.

``python -m outils.chromium`` prints its path. Exit code 0 when found; when missing, 1 under
continuous integration (``CI=true``) and 0 elsewhere, where the browser tests are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec

if find_spec("playwright"):  # absent without the development lock
    from playwright.sync_api import sync_playwright
else:
    sync_playwright = None

CANDIDATS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CONSEIL = (
    "Chromium est introuvable. Sous Debian ou Ubuntu : « sudo apt install chromium » ; "
    "ailleurs : « .venv/bin/python -m playwright install chromium » ; "
    "ou indiquez son chemin : AAP_CHROMIUM=/chemin/vers/chromium."
)


def _de_playwright() -> str | None:
    """Path of the browser that Playwright manages, when it is installed."""
    if sync_playwright is None:
        return None
    with sync_playwright() as p:
        chemin = p.chromium.executable_path
    return chemin if chemin and os.access(chemin, os.X_OK) else None


def trouver_chromium() -> str | None:
    """Path of a usable Chromium: $AAP_CHROMIUM, the system's, then Playwright's; else None."""
    indique = os.environ.get("AAP_CHROMIUM")
    if indique:
        return shutil.which(indique)
    for nom in CANDIDATS:
        chemin = shutil.which(nom)
        if chemin:
            return chemin
    return _de_playwright()


def en_integration_continue() -> bool:
    """True when a missing tool must fail rather than skip (``CI=true``)."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def _installer_par_apt() -> None:
    """Install Debian's chromium; only as root and where apt exists. Errors are shown by apt."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("Chromium absent : installation par apt-get…", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], env=env)
    commande = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"]
    subprocess.run(commande, env=env)


def principal() -> int:
    """Command line: print the path found, installing when possible."""
    if not trouver_chromium() and not os.environ.get("AAP_CHROMIUM"):
        _installer_par_apt()
    chemin = trouver_chromium()
    if chemin:
        print(f"Chromium : {chemin}")
        return 0
    print(CONSEIL, file=sys.stderr)
    if en_integration_continue():
        return 1
    print("Les tests au navigateur seront sautés.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(principal())
