"""The article before the name of a funder."""

from __future__ import annotations

import pytest

from aap.domaine.determinant import au, du, le, le_debut

CAS = [
    ("Ville d’Orly", "la Ville d’Orly", "de la Ville d’Orly", "à la Ville d’Orly"),
    ("Département de l’Essonne", "le Département de l’Essonne", "du Département de l’Essonne",
     "au Département de l’Essonne"),
    ("État – programme 147", "l’État – programme 147", "de l’État – programme 147",
     "à l’État – programme 147"),
    ("Établissement public territorial", "l’Établissement public territorial",
     "de l’Établissement public territorial", "à l’Établissement public territorial"),
    ("Caisse d’allocations familiales", "la Caisse d’allocations familiales",
     "de la Caisse d’allocations familiales", "à la Caisse d’allocations familiales"),
    ("Valophis Habitat", "Valophis Habitat", "de Valophis Habitat", "à Valophis Habitat"),
    ("ICF Habitat La Sablière", "ICF Habitat La Sablière", "d’ICF Habitat La Sablière",
     "à ICF Habitat La Sablière"),
    ("CD 94", "le CD 94", "du CD 94", "au CD 94"),
    ("CAF 94", "la CAF 94", "de la CAF 94", "à la CAF 94"),
    ("Le Kremlin-Bicêtre", "Le Kremlin-Bicêtre", "du Kremlin-Bicêtre", "au Kremlin-Bicêtre"),
]  # fmt: skip


@pytest.mark.parametrize(("nom", "avec_le", "avec_du", "avec_au"), CAS)
def test_article(nom: str, avec_le: str, avec_du: str, avec_au: str) -> None:
    assert (le(nom), du(nom), au(nom)) == (avec_le, avec_du, avec_au)


def test_debut_de_phrase() -> None:
    assert le_debut("État – programme 147") == "L’État – programme 147"
    assert le_debut("Ville de Thiais") == "La Ville de Thiais"
    assert le_debut("Valophis Habitat") == "Valophis Habitat"
    assert le_debut("") == ""
