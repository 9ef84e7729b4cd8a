"""Scores against a slow reference, and the ranking."""

from fractions import Fraction as F
from math import sqrt
from statistics import mean, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aap.domaine.notation import (
    Candidat,
    Critere,
    Departage,
    Note,
    calculer_score,
    classer,
    disperser,
    normaliser_severite,
    racine,
    severites,
    verifier_grille,
    verifier_notes,
)

GRILLE = [
    Critere("priorites", 40, "Priorités", seuil=2),
    Critere("besoin", 35, kind="calcule", sans_objet_permis=True),
    Critere("budget", 25),
]
valeurs = st.one_of(st.none(), st.integers(0, 4), st.fractions(0, 4, max_denominator=40))


def test_score_exact() -> None:
    s = calculer_score(GRILLE, [Note("priorites", 3), Note("besoin", F(7, 3)), Note("budget", 1)])
    assert s.valeur == F(100 * (40 * 9 + 35 * 7 + 25 * 3), 4 * 3 * 100)
    assert not s.elimine and s.manquants == ()


def test_sans_objet_quitte_le_denominateur() -> None:
    s = calculer_score(GRILLE, [Note("priorites", 4), Note("besoin", None), Note("budget", 0)])
    assert s.valeur == F(100 * 40, 65) and s.poids_applique == 65
    assert calculer_score(GRILLE, [Note("besoin", None)]).valeur is None


def test_elimine_sous_le_seuil_strict() -> None:
    assert calculer_score(GRILLE, [Note("priorites", F(199, 100))]).sous_seuil == ("priorites",)
    assert not calculer_score(GRILLE, [Note("priorites", 2)]).elimine


@given(st.lists(st.tuples(st.integers(1, 100), valeurs), min_size=1, max_size=8))
def test_score_contre_reference_lente(paires: list[tuple[int, F | int | None]]) -> None:
    grille = [Critere(str(i), p, sans_objet_permis=True) for i, (p, _) in enumerate(paires)]
    s = calculer_score(grille, [Note(str(i), v) for i, (_, v) in enumerate(paires)])
    unites = [F(v) / 4 for p, v in paires if v is not None for _ in range(p)]
    assert s.valeur == (100 * mean(unites) if unites else None)
    assert s.valeur is None or 0 <= s.valeur <= 100


@pytest.mark.parametrize(
    "notes", [[Note("x", 1)], [Note("budget", 5)], [Note("budget", -1)], [Note("budget", 1)] * 2]
)
def test_notes_impossibles(notes: list[Note]) -> None:
    with pytest.raises(ValueError):
        calculer_score(GRILLE, notes)


def test_verifications() -> None:
    assert verifier_grille(GRILLE) == []
    mauvaise = [Critere("a", 0), Critere("a", 50, seuil=5)]
    assert len(verifier_grille(mauvaise)) == 4
    assert [p.champ for p in verifier_notes(GRILLE, [Note("budget", None)])] == [
        "priorites",
        "besoin",
        "budget",
    ]
    assert verifier_notes(GRILLE, [Note(c.code, 1) for c in GRILLE]) == []


@given(st.lists(st.fractions(0, 100, max_denominator=300), min_size=1, max_size=12))
def test_dispersion(scores: list[F]) -> None:
    d = disperser(scores)
    assert d is not None
    assert d.moyenne == mean(scores) and d.variance == pvariance(scores)
    assert d.minimum <= d.mediane <= d.maximum and d.etendue >= 0
    assert abs(float(d.ecart_type(4)) - sqrt(float(d.variance))) < 1e-4
    assert disperser([]) is None


def test_racine() -> None:
    assert racine(F(2), 3) == F(1414, 1000)
    assert racine(F(9, 4), 1) == F(3, 2)
    assert racine(F(0), 2) == 0


def test_severite_deux_evaluateurs_se_rejoignent() -> None:
    ecart = {"dur": 0, "doux": 10}
    scores = {(a, str(d)): F(50 + d + ecart[a]) for a in ecart for d in range(3)}
    s = severites(scores)
    assert s["dur"].correction == 5 and s["doux"].correction == -5
    n = normaliser_severite(scores)
    assert all(n["dur", str(d)] == n["doux", str(d)] == 55 + d for d in range(3))


def test_severite_sans_recul() -> None:
    scores = {("a", "1"): F(10), ("b", "1"): F(90), ("a", "2"): F(40)}
    s = severites(scores)
    assert s["a"].ecart == 40 and s["a"].communs == 1 and s["a"].correction == 0
    assert normaliser_severite(scores) == scores


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abc"), st.sampled_from("12345")),
        st.fractions(0, 100, max_denominator=20),
        max_size=15,
    )
)
def test_normalise_reste_dans_l_echelle(scores: dict[tuple[str, str], F]) -> None:
    n = normaliser_severite(scores)
    assert n.keys() == scores.keys() and all(0 <= v <= 100 for v in n.values())


candidats = st.lists(
    st.builds(
        Candidat,
        reference=st.text("abcdef", min_size=1, max_size=4),
        score=st.one_of(st.none(), st.sampled_from([F(50), F(151, 3), F(101, 2)])),
        depot=st.sampled_from(["2025-01-01", "2025-01-02"]),
        elimine=st.booleans(),
        notes=st.tuples(st.sampled_from([None, F(1), F(2)])),
    ),
    max_size=8,
    unique_by=lambda c: c.reference,
)


@given(candidats, st.randoms(), st.sampled_from(list(Departage)))
def test_classement(liste: list[Candidat], hasard: object, regle: Departage) -> None:
    places = classer(liste, regle)
    melange = list(liste)
    hasard.shuffle(melange)  # type: ignore[attr-defined]
    assert classer(melange, regle) == places
    assert {p.candidat.reference for p in places} == {c.reference for c in liste}
    rangs = [p.rang for p in places if p.rang is not None]
    assert rangs == sorted(rangs)
    for p in places:
        if p.rang is None:
            assert p.candidat.elimine or p.candidat.score is None
        else:
            seuil = p.candidat.score or 0
            meilleurs = [c for c in liste if not c.elimine and (c.score or 0) > seuil]
            assert p.rang > len(meilleurs)
            assert regle is not Departage.EX_AEQUO or p.rang == len(meilleurs) + 1


def test_ne_jamais_arrondir() -> None:
    a, b = Candidat("a", F(200001, 4000)), Candidat("b", F(200002, 4000))
    assert [p.candidat.reference for p in classer([a, b])] == ["b", "a"]


def test_departages() -> None:
    a = Candidat("a", F(50), "2025-01-02", notes=(F(4), F(1)))
    b = Candidat("b", F(50), "2025-01-01", notes=(F(3), F(4)))
    assert [p.candidat.reference for p in classer([b, a], Departage.CRITERES)] == ["a", "b"]
    assert [p.candidat.reference for p in classer([a, b], Departage.DEPOT)] == ["b", "a"]
    assert [p.rang for p in classer([a, b], Departage.EX_AEQUO)] == [1, 1]
    assert all(p.egalite for p in classer([a, b]))
    assert all(d.libelle.endswith(".") for d in Departage)
