"""Planned against realised, and the final account."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aap.domaine.bilan import LigneRealisee, calculer_decompte, comparer, verifier_bilan

montants = st.integers(0, 10**9)


def test_ecarts() -> None:
    lignes = [
        LigneRealisee("60", "Achats", 1_000_00, 1_200_00),
        LigneRealisee("61", "Services", 10_000_00, 12_000_00),
        LigneRealisee("62", "Autres", 10_000_00, 12_000_01),
        LigneRealisee("63", "Impôts", 0, 600_00),
        LigneRealisee("64", "Personnel", 100_00, 0),
        LigneRealisee("65", "Gestion", 5_000_00, None),
    ]
    ecarts = comparer(lignes)
    assert [e.a_expliquer for e in ecarts] == [False, False, True, True, False]
    assert ecarts[0].taux == Fraction(12, 10) and ecarts[3].taux is None
    stricts = comparer(lignes, seuil=Fraction(1, 10), plancher=0)
    assert all(e.a_expliquer for e in stricts) and len(stricts) == 5


def test_problemes() -> None:
    lignes = [
        LigneRealisee("60", "Achats", 5_000_00, None, champ="l0"),
        LigneRealisee("61", "Services", 5_000_00, 1_000_00, champ="l1"),
        LigneRealisee("62", "Autres", 5_000_00, 9_000_00, "Un bus de plus", "l2"),
    ]
    problemes = verifier_bilan(lignes)
    assert [p.champ for p in problemes] == ["l0", "l1"]
    assert "de moins que prévu" in problemes[1].message


@pytest.mark.parametrize(
    ("subvention", "verse", "prevu", "realise", "autres", "ecarte", "du"),
    [
        (5000, 4000, 10000, 10000, 0, 0, 5000),
        (5000, 4000, 10000, 12000, 0, 0, 5000),
        (5000, 4000, 10000, 6000, 0, 0, 3000),
        (5000, 4000, 10000, 10000, 0, 4000, 3000),
        (5000, 5000, 10000, 10000, 7000, 0, 3000),
        (5000, 5000, 10000, 0, 0, 0, 0),
        (5000, 5000, 0, 100, 0, 0, 100),
        (1000, 0, 3000, 1000, 0, 0, 333),
    ],
)
def test_decompte(
    subvention: int, verse: int, prevu: int, realise: int, autres: int, ecarte: int, du: int
) -> None:
    d = calculer_decompte(
        subvention, verse, prevu, realise, autres_produits=autres, non_eligible=ecarte
    )
    assert d.du == du
    assert d.a_verser - d.a_reverser == du - verse
    assert all(e.endswith(".") for e in d.etapes)


@given(montants, montants, montants, montants, montants, montants)
def test_decompte_borne(s: int, v: int, p: int, r: int, a: int, n: int) -> None:
    d = calculer_decompte(s, v, p, r, autres_produits=a, non_eligible=n)
    assert 0 <= d.du <= min(s, r)
    assert min(d.a_verser, d.a_reverser) == 0
    plus = calculer_decompte(s, v, p, r + 100, autres_produits=a, non_eligible=n)
    assert plus.du >= d.du


@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=6), montants, montants, montants, montants
)
def test_les_financeurs_ne_reprennent_pas_plusieurs_fois_le_meme_excedent(
    aides: list[int], prevu: int, realise: int, autres: int, ecarte: int
) -> None:
    """Together they leave what is to be financed, to the cent lost by each in rounding down."""
    total = sum(aides)
    dus = [
        calculer_decompte(
            a, a, prevu, realise, autres_produits=autres, aides=total, non_eligible=ecarte
        ).du
        for a in aides
    ]
    besoin = max(0, realise - ecarte - autres)
    assert sum(dus) <= besoin
    retenu = max(0, realise - ecarte)
    reduit = total if prevu == 0 or retenu >= prevu else total * retenu // prevu
    assert sum(dus) > min(besoin, reduit) - len(aides) - 1


def test_deux_financeurs_partagent_l_excedent() -> None:
    """8 000 € really spent, aids of 6 000 and 4 000: 2 000 € go back, not 4 000."""
    un = calculer_decompte(6_000_00, 6_000_00, 8_000_00, 8_000_00, aides=10_000_00)
    deux = calculer_decompte(4_000_00, 4_000_00, 8_000_00, 8_000_00, aides=10_000_00)
    assert (un.a_reverser, deux.a_reverser) == (1_200_00, 800_00)
    assert "60\u00a0%" in " ".join(un.etapes)
    with pytest.raises(ValueError, match="comprend"):
        calculer_decompte(2, 0, 1, 1, aides=1)


def test_negatif_refuse() -> None:
    with pytest.raises(ValueError):
        calculer_decompte(1, -1, 1, 1)
