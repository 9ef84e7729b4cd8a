"""What every form keeps to, whatever is asked for and for how many years."""

from __future__ import annotations

from itertools import product

import pytest

from aap.domaine.questionnaire import Profil, questions_pour, sections_pour
from aap.domaine.questionnaire_socle import ANNEES_MAX, TOUS

PROFILS = [
    Profil(genre, annees, pluriannuel=True, tranche=tranche)
    for genre, annees, tranche in product(sorted(TOUS), range(1, ANNEES_MAX + 1), (False, True))
]
QUESTIONS_MAX = 12


@pytest.mark.parametrize("profil", PROFILS, ids=lambda p: f"{p.type}-{p.annees}-{p.tranche}")
def test_aucune_page_ne_pose_plus_de_douze_questions(profil: Profil) -> None:
    pages = {s.code: len(questions_pour(s, profil)) for s in sections_pour(profil)}
    assert pages
    assert max(pages.values()) <= QUESTIONS_MAX, pages


def test_le_fonctionnement_ne_parle_pas_d_une_action() -> None:
    """Who asks for the year of an association is not asked about « l’action »."""
    profil = Profil("fonctionnement", ANNEES_MAX, pluriannuel=True)
    for section in sections_pour(profil):
        assert "l’action" not in section.titre, section.titre
        for question in questions_pour(section, profil):
            assert "l’action" not in question.libelle, question.libelle
            assert "action" not in question.exemple or question.code == "regle_indirectes"
