"""How an act names its parties and the contrat."""

from __future__ import annotations

import pytest

from aap.documents.convention import _visa_du_contrat, partie_financeur
from aap.documents.donnees import Financeur
from aap.documents.texte import Gras


def test_le_financeur_a_son_article() -> None:
    article, nom, *_ = partie_financeur(Financeur(nom="Ville d’Orly"))
    assert article == "la " and isinstance(nom, Gras)
    assert partie_financeur(Financeur(nom="Valophis Habitat"))[0] == ""


@pytest.mark.parametrize(
    ("nom", "visa"),
    [
        ("Contrat de ville « Val » du Grand-Orly", "le contrat de ville « Val » du Grand-Orly"),
        ("Engagements 2030", "le contrat de ville «\u00a0Engagements 2030\u00a0»"),
    ],
)
def test_visa(nom: str, visa: str) -> None:
    assert _visa_du_contrat(nom) == visa
