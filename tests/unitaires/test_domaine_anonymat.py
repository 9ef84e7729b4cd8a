"""Reading without the name: what is replaced, and what is left alone."""

from __future__ import annotations

import pytest

from aap.domaine.anonymat import MARQUE, Signes, masquer

AMIS = Signes(
    noms=("Association Les Amis de l’Été", "Zoé Ébène", "contact@amis-ete.fr", "W941234567"),
    sigles=("ALE", "X"),
    numeros=("12345678900012", "0145 67 89 10"),
)


@pytest.mark.parametrize(
    "texte",
    [
        "les amis de l'ete",
        "ASSOCIATION  LES AMIS DE L’ÉTÉ",
        "zoe ebene",
        "Contact@Amis-Ete.fr",
        "w941234567",
        "ALE",
        "123 456 789 00012",
        "12345678900012",
        "01.45.67.89.10",
    ],
)
def test_ce_qui_nomme_est_remplace(texte: str) -> None:
    assert masquer(f"Voici {texte}, à Orly.", AMIS) == f"Voici {MARQUE}, à Orly."


@pytest.mark.parametrize(
    "texte",
    ["Les amis de Paris, un été", "ale et X", "0145", "Œuvre d’Été", "", "1234567890001299"],
)
def test_le_reste_ne_change_pas(texte: str) -> None:
    assert masquer(texte, AMIS) == texte


def test_deux_signes_qui_se_touchent_ne_se_melangent_pas() -> None:
    assert masquer("ALE ALE Zoé Ébène.", AMIS) == f"{MARQUE} {MARQUE} {MARQUE}."
    assert masquer("un nom", Signes(noms=("de la",))) == "un nom"
