"""Results that add up: nobody lost between groups, quality told."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aap.domaine.resultats_actions import (
    Fait,
    Mesure,
    Part,
    Qualite,
    additionner,
    additionner_indicateurs,
    lire_valeur,
)

nombres = st.none() | st.integers(0, 5000)
parts = st.lists(
    st.builds(Part, st.sampled_from("abcd"), st.just("x"), st.integers(0, 100)),
    max_size=4,
    unique_by=lambda p: p.cle,
).map(tuple)
faits = st.lists(
    st.builds(Fait, st.sampled_from(list(Qualite)), nombres, nombres, nombres, nombres, parts),
    max_size=12,
)


@given(faits)
def test_the_parts_sum_to_the_total(lus: list[Fait]) -> None:
    groupes, total = additionner(lus, partage=True)
    for champ in ("prevus", "controles", "declares", "femmes", "qpv"):
        assert sum(getattr(g, champ) for g in groupes) == getattr(total, champ)
    assert total.actions == len(lus)
    assert total.reels == sum(f.reels or 0 for f in lus if f.qualite is not Qualite.MANQUANTE)
    entiers, meme = additionner(lus, partage=False)
    assert meme == total and all(g.reels <= total.reels for g in entiers)


def test_a_public_is_split_by_its_shares() -> None:
    fait = Fait(Qualite.CONTROLEE, 20, 101, None, 50, (Part("a", "A", 75), Part("b", "B", 25)))
    (a, b), total = additionner([fait], partage=True)
    assert (a.controles, b.controles) == (76, 25) and total.sans_femmes == 1


@pytest.mark.parametrize(
    ("texte", "lu"),
    [("1\u202f250", 1250), ("12,5", Fraction(25, 2)), ("80 %", None), ("beaucoup", None),
     ("", None), ("-3", None)],
)  # fmt: skip
def test_only_plain_numbers_add_up(texte: str, lu: object) -> None:
    assert lire_valeur(texte) == lu


def test_the_indicators_tell_their_quality() -> None:
    q = Qualite
    mesures = [Mesure("i", q.CONTROLEE, "10"), Mesure("i", q.DECLAREE, "5"),
               Mesure("i", q.CONTROLEE, "80 %"), Mesure("i", q.MANQUANTE, "7"),
               Mesure("i", q.DECLAREE, " ")]  # fmt: skip
    (s,) = additionner_indicateurs(mesures)
    assert (s.total, s.controlees, s.declarees, s.non_chiffrees, s.manquantes) == (15, 1, 1, 1, 2)
    (taux,) = additionner_indicateurs([Mesure("Taux de présence", q.CONTROLEE, "80")])
    assert (taux.total, taux.non_chiffrees) == (0, 1)
