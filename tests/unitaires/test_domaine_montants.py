"""Amounts: what is read, what is shown, what is split."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aap.domaine.montants import (
    MONTANT_MAX,
    arrondir,
    en_euros,
    en_lettres,
    entier_en_lettres,
    lire_montant,
    nombre,
    pourcent,
    rapport,
    repartir,
)


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("1 200,50 €", 120050),
        ("1\u00a0200,50\u00a0€", 120050),
        ("1\u202f200,50", 120050),
        ("1200.5", 120050),
        ("1200", 120000),
        ("1200 euros", 120000),
        ("0", 0),
        ("0,01", 1),
        ("007", 700),
        ("12 345 678,9", 1234567890),
        ("9999999999,99", MONTANT_MAX),
    ],
)
def test_lit(texte: str, attendu: int) -> None:
    assert lire_montant(texte) == attendu


@pytest.mark.parametrize(
    ("texte", "mot"),
    [
        ("", "Indiquez"),
        ("   ", "Indiquez"),
        ("€", "Indiquez"),
        ("1200.505", "centimes"),
        ("1.200", "centimes"),
        ("-5", "négatif"),
        ("1e9", "lisible"),
        ("²", "lisible"),
        ("١٢", "lisible"),
        ("Infinity", "lisible"),
        ("NaN", "lisible"),
        ("1.200,50", "plusieurs façons"),
        ("1,200.50", "plusieurs façons"),
        ("12 34", "lisible"),
        ("1200,", "lisible"),
        (",50", "lisible"),
        ("+5", "lisible"),
        ("10000000000", "trop grand"),
        ("5\n6", "lisible"),
    ],
)
def test_refuse(texte: str, mot: str) -> None:
    with pytest.raises(ValueError, match=mot):
        lire_montant(texte)


def test_negatif_sur_demande() -> None:
    assert lire_montant("-5,20", negatif_permis=True) == -520
    assert lire_montant("− 5", negatif_permis=True) == -500


@given(st.integers(-MONTANT_MAX, MONTANT_MAX), st.sampled_from(["auto", "toujours"]))
def test_aller_retour(centimes: int, cents: str) -> None:
    assert lire_montant(en_euros(centimes, cents=cents), negatif_permis=True) == centimes  # type: ignore[arg-type]


@given(st.text(max_size=30))
def test_texte_quelconque(texte: str) -> None:
    try:
        assert 0 <= lire_montant(texte) <= MONTANT_MAX
    except ValueError as e:
        assert str(e).endswith(".")


def test_affiche() -> None:
    assert en_euros(123450) == "1\u202f234,50\u00a0€"
    assert en_euros(123400) == "1\u202f234\u00a0€"
    assert en_euros(123400, cents="toujours") == "1\u202f234,00\u00a0€"
    assert en_euros(123450, cents="jamais") == "1\u202f235\u00a0€"
    assert en_euros(-5) == "−0,05\u00a0€"
    assert en_euros(-5, cents="jamais") == "0\u00a0€"
    assert pourcent(None) == "–"
    assert pourcent(Fraction(297, 1000)) == "29,7\u00a0%"
    assert pourcent(Fraction(1, 3), 2) == "33,33\u00a0%"
    assert pourcent(Fraction(1, 2)) == "50\u00a0%"
    assert nombre(Fraction(12345, 10)) == "1\u202f234,5"
    assert nombre(-3) == "−3"
    assert rapport(1, 0) is None


@given(st.fractions(), st.integers(0, 4))
def test_arrondi_au_plus_proche(valeur: Fraction, decimales: int) -> None:
    ecart = abs(arrondir(valeur, decimales) - valeur)
    assert ecart <= Fraction(1, 2 * 10**decimales)
    assert arrondir(Fraction(5, 2)) == 3


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_repartir_exact(total: int, poids: list[int]) -> None:
    parts = repartir(total, poids)
    assert sum(parts) == total
    for part, p in zip(parts, poids, strict=True):
        assert abs(part - Fraction(total * p, sum(poids))) < 1
    assert parts == repartir(total, [Fraction(p, 7) for p in poids])


def test_repartir_cas() -> None:
    assert repartir(100, [1, 1, 1]) == [34, 33, 33]
    assert repartir(0, [1, 0]) == [0, 0]
    for total, poids in ((1, [0, 0]), (1, []), (-1, [1]), (1, [-1, 2])):
        with pytest.raises(ValueError):
            repartir(total, poids)


@pytest.mark.parametrize(
    ("n", "mots"),
    [
        (0, "zéro"),
        (21, "vingt-et-un"),
        (70, "soixante-dix"),
        (71, "soixante-et-onze"),
        (77, "soixante-dix-sept"),
        (80, "quatre-vingts"),
        (81, "quatre-vingt-un"),
        (91, "quatre-vingt-onze"),
        (99, "quatre-vingt-dix-neuf"),
        (100, "cent"),
        (101, "cent-un"),
        (200, "deux-cents"),
        (280, "deux-cent-quatre-vingts"),
        (1000, "mille"),
        (1001, "mille-un"),
        (2000, "deux-mille"),
        (80000, "quatre-vingt-mille"),
        (200000, "deux-cent-mille"),
        (200200, "deux-cent-mille-deux-cents"),
        (80_000_000, "quatre-vingts millions"),
        (200_000_000, "deux-cents millions"),
        (1_000_001, "un million un"),
        (2_000_000_000, "deux milliards"),
    ],
)
def test_lettres(n: int, mots: str) -> None:
    assert entier_en_lettres(n) == mots


def test_montant_en_lettres() -> None:
    assert en_lettres(0) == "zéro euro"
    assert en_lettres(100) == "un euro"
    assert en_lettres(150) == "un euro et cinquante centimes"
    assert en_lettres(1) == "un centime"
    assert en_lettres(2300000) == "vingt-trois-mille euros"
    assert en_lettres(100_000_000) == "un million d’euros"
    assert en_lettres(120_000_000) == "un million deux-cent-mille euros"
    with pytest.raises(ValueError):
        en_lettres(-1)


def test_lettres_toutes_distinctes() -> None:
    mots = [entier_en_lettres(n) for n in range(12000)]
    assert len(set(mots)) == len(mots)
    assert all("--" not in m and " " not in m for m in mots)
