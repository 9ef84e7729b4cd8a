"""Need of the quartiers and fit with the priorities."""

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aap.domaine import besoin
from aap.domaine.besoin import Correspondance, Mesure, calculer_besoin, calculer_conformite


def _mesures(code: str, valeurs: dict[str, F | None]) -> list[Mesure]:
    return [Mesure(q, code, v) for q, v in valeurs.items()]


def test_phrase_du_contrat() -> None:
    mesures = _mesures("taux_chomage", {"a": F(297, 10), "b": F(20), "c": F(10)})
    e = besoin.besoin_du_quartier("plein_emploi", "a", mesures)
    assert e.valeur == 4
    assert e.lignes[0].phrase.replace("\u00a0", " ") == (
        "Taux de chômage 29,7 %, 1er sur 3 quartiers connus → 4/4"
    )
    assert len(e.reserves) == 2  # taux d’emploi and sans diplôme are unknown, and said so


def test_sens_inverse() -> None:
    mesures = _mesures("taux_emploi", {"a": F(40), "b": F(60)})
    assert besoin.besoin_du_quartier("plein_emploi", "a", mesures).valeur == 4
    assert besoin.besoin_du_quartier("plein_emploi", "b", mesures).valeur == 0


def test_inconnu_n_est_pas_zero() -> None:
    mesures = [
        *_mesures("taux_chomage", {"a": F(30), "b": F(20), "c": None}),
        Mesure("d", "taux_chomage", F(99), douteuse=True),
    ]
    for q in ("c", "d"):
        e = besoin.besoin_du_quartier("plein_emploi", q, mesures)
        assert e.valeur is None and e.sur_quatre == "sans objet"
    assert any("douteuse" in r for r in e.reserves)
    assert "2 quartiers" in besoin.besoin_du_quartier("plein_emploi", "a", mesures).lignes[0].phrase
    parts = {"a": F(1, 2), "c": F(1, 2)}
    total = calculer_besoin("plein_emploi", parts, mesures, noms={"c": "Cité"})
    assert total.valeur == 4
    assert any(r.startswith("Cité\u00a0: aucun") for r in total.reserves)


def test_pondere_par_le_public() -> None:
    mesures = _mesures("taux_chomage", {"a": F(30), "b": F(20)})
    e = calculer_besoin("plein_emploi", {"a": F(75), "b": F(25), "c": F(0)}, mesures)
    assert e.valeur == 3 and e.sur_quatre == "3/4"
    assert calculer_besoin("plein_emploi", {}, mesures).valeur is None
    with pytest.raises(KeyError):
        calculer_besoin("inconnu", {"a": F(1)}, mesures)


@given(st.lists(st.integers(0, 6).map(F), min_size=2, max_size=12), st.booleans())
def test_rangs(valeurs: list[F], haut: bool) -> None:
    rangs = [besoin.calculer_rang(v, valeurs, haut) for v in valeurs]
    assert all(0 <= r.valeur <= 4 and 1 <= r.rang <= len(valeurs) for r in rangs)
    assert sum(r.valeur for r in rangs) == 2 * len(valeurs)
    for v, r in zip(valeurs, rangs, strict=True):
        for w, s in zip(valeurs, rangs, strict=True):
            assert (v == w) == (r.valeur == s.valeur)
            assert v <= w or (r.rang < s.rang) == haut


def test_rang_seul() -> None:
    with pytest.raises(ValueError):
        besoin.calculer_rang(F(1), [F(1)], True)


def test_ex_aequo() -> None:
    mesures = _mesures("taux_chomage", {"a": F(30), "b": F(30), "c": F(1)})
    e = besoin.besoin_du_quartier("plein_emploi", "a", mesures)
    assert e.valeur == 3 and "1er ex æquo sur 3" in e.lignes[0].phrase


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcd"), st.sampled_from(sorted(besoin.INDICATEURS))),
        st.one_of(st.none(), st.fractions(0, 100, max_denominator=10)),
    ),
    st.dictionaries(st.sampled_from("abcd"), st.fractions(0, 1)),
    st.sampled_from(sorted(besoin.COMBINAISONS)),
)
def test_explication_redonne_la_valeur(
    valeurs: dict[tuple[str, str], F | None], parts: dict[str, F], theme: str
) -> None:
    e = calculer_besoin(theme, parts, [Mesure(q, i, v) for (q, i), v in valeurs.items()])
    poids = sum(x.poids for x in e.lignes)
    assert (e.valeur is None) == (poids == 0)
    if e.valeur is not None:
        assert 0 <= e.valeur <= 4
        assert e.valeur == sum(x.poids * x.valeur for x in e.lignes) / poids


def test_conformite() -> None:
    plein = calculer_conformite(F(3), F(3), True, {"Orly": (F(1), Correspondance.OBJECTIF)})
    assert plein.valeur == 4 and len(plein.lignes) == 3
    e = calculer_conformite(
        F(1),
        F(2),
        False,
        {
            "a": (F(1), Correspondance.THEME),
            "b": (F(1), Correspondance.AUCUNE),
            "c": (F(2), Correspondance.SANS_FICHE),
        },
    )
    assert e.valeur == F(5, 10) * 2 + F(3, 10) * 1
    assert len(e.reserves) == 1
    sans = calculer_conformite(F(1), F(2), True, {})
    assert sans.valeur == (F(5, 10) * 2 + F(2, 10) * 4) / F(7, 10)
    for poids, maxi in ((F(1), F(0)), (F(3), F(2)), (F(-1), F(2))):
        with pytest.raises(ValueError):
            calculer_conformite(poids, maxi, True, {})


def test_theme_de_calcul() -> None:
    titres = {
        "Émancipation pour tous": "emancipation",
        "Transition écologique et énergétique": "transition",
        "Tranquillité publique et sécurité": "tranquillite",
        "Plein Emploi": "plein_emploi",
        "plein-emploi": "plein_emploi",
        "Autre": None,
    }
    assert {t: besoin.theme_de_calcul(t) for t in titres} == titres
    assert set(titres.values()) - {None} == set(besoin.COMBINAISONS)
