"""Title of a heap of things to do, in the singular for one."""

from __future__ import annotations

import pytest

from aap.requetes.finance_accueil import File


@pytest.mark.parametrize(
    ("titre", "un"),
    [
        ("Avenants attendus du porteur", "Avenant attendu du porteur"),
        ("Projets d’acte à envoyer", "Projet d’acte à envoyer"),
        ("Actes signés à mettre en vigueur", "Acte signé à mettre en vigueur"),
        ("Bilans en retard", "Bilan en retard"),
        ("Versements à valider (deuxième personne)", "Versement à valider (deuxième personne)"),
    ],
)
def test_un_seul(titre: str, un: str) -> None:
    assert File("x", titre, 1, []).libelle == un
    assert File("x", titre, 2, []).libelle == titre
