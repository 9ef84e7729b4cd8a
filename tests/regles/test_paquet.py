"""The wheel holds everything the application needs, and declares what it imports."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest

RACINE = Path(__file__).resolve().parents[2]
CODE = ("aap", "workflows", "forms")
VENDOR = (
    "bootstrap/bootstrap.min.css",
    "bootstrap/bootstrap.bundle.min.js",
    "htmx/htmx.min.js",
    "echarts/echarts.common.min.js",
    "leaflet/leaflet.js",
    "leaflet/images/marker-icon.png",
    "polices/DejaVuSans.ttf",
)
ESSAI = """
import sys
from importlib import resources
import aap, forms, workflows
from aap.chemins import trouver

racine = sys.argv[1]
for module in (aap, forms, workflows):
    assert module.__file__.startswith(racine), module.__file__
app = aap.create_app(aap.reglages_de_test(base="sqlite://", stockage="memoire"))
for nom, temoin in (("templates", "base.html"), ("migrations", "env.py")):
    dossier = trouver(nom)
    assert str(dossier).startswith(racine), dossier
    assert (dossier / temoin).is_file(), (nom, temoin)
for nom in sys.argv[2:]:
    assert (resources.files("aap") / nom).is_file(), nom
assert app.test_client().get("/static/vendor/htmx/htmx.min.js").status_code == 200
with app.app_context():
    app.jinja_env.get_template("base.html")
"""


def _donnees() -> list[str]:
    """Data files of the package in the checkout, relative to aap/ (not the code)."""
    dossiers = [RACINE / "aap" / nom for nom in ("referentiel", "documents", "demo")]
    fichiers = [f for d in dossiers for f in d.rglob("*") if f.is_file()]
    utiles = [f for f in fichiers if f.suffix not in (".py", ".pyc")]
    return sorted(str(f.relative_to(RACINE / "aap")) for f in utiles)


@pytest.fixture(scope="module")
def roue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without any download (hatchling is in the development lock)."""
    sortie = tmp_path_factory.mktemp("roue")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    commande = [sys.executable, "-m", "pip", "wheel", *options, "-w", str(sortie), str(RACINE)]
    subprocess.run(commande, check=True, timeout=100)
    return next(sortie.glob("aap-*.whl"))


def test_la_roue_contient_les_donnees_et_rien_de_trop(roue: Path) -> None:
    noms = set(ZipFile(roue).namelist())
    gabarits = {
        f"aap/{f.relative_to(RACINE)}" for f in (RACINE / "templates").rglob("*") if f.is_file()
    }
    migrations = {
        f"aap/{f.relative_to(RACINE)}" for f in (RACINE / "migrations/versions").glob("*.py")
    }
    attendus = gabarits | migrations | {f"aap/{nom}" for nom in _donnees()}
    attendus |= {f"aap/static/vendor/{nom}" for nom in VENDOR}
    assert not attendus - noms
    intrus = re.compile(r"^(tests|outils|bench|docs|var)/|/axe/|\.pyc$|\.empreinte$")
    assert not [nom for nom in noms if intrus.search(nom)]


def test_la_roue_installee_fonctionne_loin_du_depot(roue: Path, tmp_path: Path) -> None:
    dossier = tmp_path / "env"
    venv.create(dossier, with_pip=False, symlinks=True)
    python = dossier / "bin" / "python"
    site = next((dossier / "lib").glob("python*/site-packages"))
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(roue)], check=True, timeout=100)
    # The libraries come from the running environment, searched after ours.
    (site / "bibliotheques.pth").write_text(sysconfig.get_path("purelib") + "\n")
    fichiers = [*_donnees(), *(f"static/vendor/{nom}" for nom in VENDOR)]
    commande = [str(python), "-c", ESSAI, str(site), *fichiers]
    ailleurs = tmp_path / "ailleurs"
    ailleurs.mkdir()
    resultat = subprocess.run(
        commande, cwd=ailleurs, capture_output=True, text=True, timeout=100, check=False
    )
    assert resultat.returncode == 0, resultat.stderr


def _modules_importes() -> set[str]:
    """Top-level names of the third-party modules that the packages import."""
    modules: set[str] = set()
    for paquet in CODE:
        for fichier in (RACINE / paquet).rglob("*.py"):
            for noeud in ast.walk(ast.parse(fichier.read_text(encoding="utf-8"))):
                if isinstance(noeud, ast.Import):
                    modules.update(alias.name.split(".")[0] for alias in noeud.names)
                elif isinstance(noeud, ast.ImportFrom) and noeud.module and not noeud.level:
                    modules.add(noeud.module.split(".")[0])
    return modules - set(sys.stdlib_module_names) - set(CODE)


def _normaliser(nom: str) -> str:
    return re.sub(r"[-_.]+", "-", nom).lower()


def test_toute_bibliotheque_importee_est_declaree() -> None:
    projet = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lignes = [*projet["dependencies"], *projet["optional-dependencies"]["cachet"]]
    declarees = {_normaliser(re.split(r"[\[<>=!~;\s]", ligne)[0]) for ligne in lignes}
    distributions = packages_distributions()
    inconnues = {
        module
        for module in _modules_importes()
        if not declarees & {_normaliser(d) for d in distributions.get(module, [module])}
    }
    assert not inconnues


@pytest.mark.parametrize(
    "nom",
    [
        "requirements.lock",
        "requirements-cachet.lock",
        "requirements-dev.lock",
        "package-lock.json",
    ],
)
def test_les_verrous_ne_portent_aucune_adresse(nom: str) -> None:
    texte = (RACINE / nom).read_text(encoding="utf-8")
    assert "://" not in texte
    assert "sha512" in texte or "--hash=sha256:" in texte
