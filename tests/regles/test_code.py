"""Rules of the house that no linter knows, read on the files themselves."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import aap.services  # every guard of the machines is registered by its import
from aap.services.gardes import GARDES
from workflows import MACHINES

RACINE = Path(__file__).resolve().parents[2]
PAQUETS = ("aap", "forms", "workflows")
GABARITS = RACINE / "templates"
LIGNES_MAX, LIGNES_MAX_TESTS, FONCTION_MAX = 400, 600, 60
# Attributes that a template may not write: style, and every on… handler.
ATTRIBUT_INTERDIT = re.compile(r"<[a-z][^<>]*\s(style|on[a-z]+)\s*=", re.I)
BALISE_INTERDITE = re.compile(r"<style\b|<script(?![^>]*\bsrc=)[^>]*>", re.I)
# Data that a script reads, never runs.
DONNEES = re.compile(r'<script[^>]*type="application/(ld\+)?json"[^>]*>', re.I)
COURRIELS = frozenset({"deposer_courriel", "avertir_porteur", "avertir_instruction"})


@cache
def sources() -> tuple[Path, ...]:
    return tuple(sorted(f for p in PAQUETS for f in (RACINE / p).rglob("*.py")))


@cache
def arbre(fichier: Path) -> ast.Module:
    return ast.parse(fichier.read_text(encoding="utf-8"))


def nom(fichier: Path) -> str:
    return str(fichier.relative_to(RACINE))


def fonctions(fichier: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for noeud in ast.walk(arbre(fichier)):
        if isinstance(noeud, ast.FunctionDef | ast.AsyncFunctionDef):
            yield noeud


def test_une_seule_horloge() -> None:
    """Tests and the demonstration move the clock: nothing else reads the time of the day."""
    fautes = []
    for fichier in sources():
        if nom(fichier) == "aap/domaine/horloge.py":
            continue
        for noeud in ast.walk(arbre(fichier)):
            if (
                isinstance(noeud, ast.Attribute)
                and noeud.attr in ("now", "utcnow", "today")
                and isinstance(noeud.value, ast.Name)
                and noeud.value.id in ("datetime", "date")
            ):
                fautes.append(f"{nom(fichier)}:{noeud.lineno}")
    assert fautes == []


def test_aucun_import_dans_une_fonction() -> None:
    fautes = [
        f"{nom(fichier)}:{noeud.lineno}"
        for fichier in sources()
        for fonction in fonctions(fichier)
        if fonction.name != "create_app"
        for noeud in ast.walk(fonction)
        if isinstance(noeud, ast.Import | ast.ImportFrom)
    ]
    assert fautes == []


def test_aucune_remise_a_plus_tard() -> None:
    motif = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    fautes = [nom(f) for f in sources() if motif.search(f.read_text(encoding="utf-8"))]
    assert fautes == []


def test_les_fichiers_restent_courts() -> None:
    longs = {
        nom(f): n
        for f in sources()
        if (n := len(f.read_text(encoding="utf-8").splitlines())) > LIGNES_MAX
    }
    essais = {
        nom(f): n
        for f in sorted((RACINE / "tests").rglob("*.py"))
        if (n := len(f.read_text(encoding="utf-8").splitlines())) > LIGNES_MAX_TESTS
    }
    assert longs | essais == {}


def test_les_fonctions_restent_courtes() -> None:
    longues = {
        f"{nom(fichier)}:{fonction.name}": taille
        for fichier in sources()
        for fonction in fonctions(fichier)
        if (taille := (fonction.end_lineno or 0) - fonction.lineno + 1) > FONCTION_MAX
    }
    assert longues == {}


def _pages() -> list[Path]:
    """Pages for browsers (mails need inline styles: their readers ignore style sheets)."""
    return [f for f in sorted(GABARITS.rglob("*.html")) if f.parent.name != "courriels"]


def test_les_pages_respectent_la_csp() -> None:
    """No inline style, no inline script, no on… attribute, no outside address."""
    fautes = []
    for page in _pages():
        texte = re.sub(r"\{#.*?#\}", "", page.read_text(encoding="utf-8"), flags=re.S)
        texte = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "x", texte, flags=re.S)
        texte = DONNEES.sub("", texte)
        for motif in (ATTRIBUT_INTERDIT, BALISE_INTERDITE):
            fautes += [f"{nom(page)} : {m.group(0)[:60]}" for m in motif.finditer(texte)]
        fautes += [
            f"{nom(page)} : {m}" for m in re.findall(r'<(?:script|link|img)[^>]*="https?://', texte)
        ]
    assert fautes == []


@pytest.mark.parametrize(
    "faux",
    ['<p style="color:red">', '<a class="x" onclick="f()">', "<script>1</script>", "<style>"],
)
def test_les_motifs_voient_ce_qu_ils_cherchent(faux: str) -> None:
    assert ATTRIBUT_INTERDIT.search(faux) or BALISE_INTERDITE.search(faux)


def _a_son_jeton(page: Path, formulaire: str) -> bool:
    """In the form itself, in what calls the macro, or in every page that fills its block."""
    if "csrf" in formulaire or "caller()" in formulaire:
        return True
    parent = f'extends "{page.relative_to(GABARITS)}"'
    filles = [f.read_text(encoding="utf-8") for f in _pages()]
    filles = [texte for texte in filles if parent in texte]
    return bool(filles) and all("csrf" in t or "{% block formulaire" in t for t in filles)


def test_chaque_formulaire_qui_ecrit_a_son_jeton() -> None:
    formulaire = re.compile(r"<form\b[^>]*method=[\"']post[\"'].*?</form>", re.I | re.S)
    fautes = [
        f"{nom(page)} : {m.group(0)[:70]}"
        for page in _pages()
        for m in formulaire.finditer(page.read_text(encoding="utf-8"))
        if not _a_son_jeton(page, m.group(0))
    ]
    assert fautes == []


def test_chaque_garde_d_une_machine_a_sa_fonction() -> None:
    assert aap.services
    nommees = {(m.nom, g) for m in MACHINES.values() for t in m.transitions for g in t.gardes}
    assert sorted(nommees - set(GARDES)) == []


def test_chaque_fonction_de_garde_est_nommee_par_une_machine() -> None:
    """A guard that no table names protects nothing: it was forgotten or misspelt."""
    nommees = {(m.nom, g) for m in MACHINES.values() for t in m.transitions for g in t.gardes}
    assert sorted(set(GARDES) - nommees) == []


def _modeles_nommes() -> Iterator[tuple[str, str]]:
    """(where, template) of each mail that the code names by a plain text."""
    for fichier in sources():
        for noeud in ast.walk(arbre(fichier)):
            if not isinstance(noeud, ast.Call) or len(noeud.args) < 2:
                continue
            appele = noeud.func.id if isinstance(noeud.func, ast.Name) else ""
            modele = noeud.args[1]
            if appele in COURRIELS and isinstance(modele, ast.Constant):
                yield f"{nom(fichier)}:{noeud.lineno}", str(modele.value)


def test_chaque_courriel_nomme_existe_en_texte_et_en_html() -> None:
    nommes = list(_modeles_nommes())
    assert len(nommes) > 10  # the reading above finds them
    fautes = [
        (ou, f"{modele}.{genre}")
        for ou, modele in nommes
        for genre in ("txt", "html")
        if not (GABARITS / "courriels" / f"{modele}.{genre}").is_file()
    ]
    assert fautes == []


def test_chaque_courriel_a_ses_deux_formes_et_son_objet() -> None:
    textes = {f.stem for f in (GABARITS / "courriels").glob("*.txt")} - {"salutation", "signature"}
    pages = {f.stem for f in (GABARITS / "courriels").glob("*.html")}
    pages = {p for p in pages if p != "base" and not p.startswith("_")}
    assert {t for t in textes if not t.startswith("_")} == pages
    sans_objet = [
        t
        for t in sorted(pages)
        if not (GABARITS / "courriels" / f"{t}.txt").read_text("utf-8").startswith("Objet : ")
    ]
    assert sans_objet == []


def _gabarits_nommes() -> Iterator[tuple[str, str]]:
    for fichier in sources():
        for noeud in ast.walk(arbre(fichier)):
            if (
                isinstance(noeud, ast.Call)
                and isinstance(noeud.func, ast.Name)
                and noeud.func.id == "render_template"
                and noeud.args
                and isinstance(noeud.args[0], ast.Constant)
            ):
                yield f"{nom(fichier)}:{noeud.lineno}", str(noeud.args[0].value)


def test_chaque_page_nommee_existe() -> None:
    fautes = [(ou, page) for ou, page in _gabarits_nommes() if not (GABARITS / page).is_file()]
    assert fautes == []
