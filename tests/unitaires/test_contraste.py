"""Every pair of colours that the style sheets put together is readable (WCAG 2.1 AA)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aap.chemins import trouver
from aap.domaine.contraste import (
    PAPIER,
    SEUIL_TEXTE,
    SEUIL_TRAIT,
    contraste,
    lire_couleur,
    verifier_couleur_territoire,
)

CSS = trouver("static") / "css"
TONS = ("neutre", "attente", "action", "succes", "attention", "refus", "fin")
# ink, papers: what is written on what
ENCRES = ("encre", "encre-douce", "principale", "accent", "refus")
PAPIERS = ("papier", "carte", "creux")


def _variables() -> dict[str, str]:
    source = (CSS / "aap.css").read_text(encoding="utf-8")
    trouvees = re.findall(r"--([a-z-]+):\s*(?:var\([^,]+,\s*)?(#[0-9a-f]{3,6})\)?;", source)
    return dict(trouvees)


def _ton(nom: str) -> dict[str, str]:
    source = (CSS / "composants.css").read_text(encoding="utf-8")
    bloc = re.search(rf"\.ton-{nom} {{(.*?)}}", source, re.DOTALL)
    assert bloc, nom
    return dict(re.findall(r"([a-z-]+): (#[0-9a-f]{3,6});", bloc.group(1)))


def test_formule() -> None:
    assert contraste("#000", "#fff") == pytest.approx(21)
    assert contraste("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


def test_papier_est_celui_des_feuilles() -> None:
    assert _variables()["papier"] == PAPIER


@pytest.mark.parametrize("encre", ENCRES)
@pytest.mark.parametrize("papier", PAPIERS)
def test_textes_lisibles(encre: str, papier: str) -> None:
    v = _variables()
    assert contraste(v[encre], v[papier]) >= SEUIL_TEXTE


@pytest.mark.parametrize("papier", PAPIERS)
def test_bord_des_champs_visible(papier: str) -> None:
    v = _variables()
    assert contraste(v["champ-bord"], v[papier]) >= SEUIL_TRAIT


@pytest.mark.parametrize("nom", TONS)
def test_tons_lisibles(nom: str) -> None:
    ton = _ton(nom)
    assert contraste(ton["color"], ton["background"]) >= SEUIL_TEXTE
    for papier in PAPIERS:
        assert contraste(ton["border-color"], _variables()[papier]) >= SEUIL_TRAIT


def test_couleurs_du_territoire() -> None:
    assert verifier_couleur_territoire(" #5B2A4E ") == "#5b2a4e"
    with pytest.raises(ValueError, match="trop claire"):
        verifier_couleur_territoire("#e0a000")
    for faux in ("rouge", "#12345", "#fff;}body{", ""):
        with pytest.raises(ValueError, match="#16484b"):
            lire_couleur(faux)


def test_feuilles_courtes_et_sans_adresse() -> None:
    for feuille in Path(CSS).glob("*.css"):
        source = feuille.read_text(encoding="utf-8")
        assert source.count("\n") <= 400, feuille.name
        assert "://" not in source and "@import" not in source
