"""Name of a budget line: the digits of the form, never our own codes."""

from __future__ import annotations

import pytest

from aap.domaine.budget_plan import numero_du_compte, poste


@pytest.mark.parametrize(
    ("compte", "libelle", "attendu"),
    [
        ("604", "Prestations de services", "604 – Prestations de services"),
        ("74commune", "Ville de Villejuif", "74 – Ville de Villejuif"),
        ("ind_fixes", "Charges fixes", "Charges fixes"),
        ("74", "", "74"),
        ("", "", ""),
    ],
)
def test_poste(compte: str, libelle: str, attendu: str) -> None:
    assert poste(compte, libelle) == attendu
    assert numero_du_compte(compte).isdigit() or not numero_du_compte(compte)
