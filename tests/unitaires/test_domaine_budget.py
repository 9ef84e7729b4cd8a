"""Budget: chart, totals, sentences, problems."""

import json
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aap.domaine import budget
from aap.domaine.budget import Ligne, calculer_totaux, equilibre, phrase_equilibre, verifier_budget

PLAN = budget.plan_au(date(2025, 1, 1))


def _net(texte: str) -> str:
    return texte.replace("\u00a0", " ").replace("\u202f", " ")


def _lignes(public: int = 70_000, prive: int = 30_000, charges: int = 100_000) -> list[Ligne]:
    return [
        Ligne("641", "charge", charges),
        Ligne("74etat", "produit", public),
        Ligne("756", "produit", prive),
    ]


def test_plan() -> None:
    assert PLAN.code == "cerfa-12156-06"
    assert budget.plan_au(date(1990, 1, 1)) == PLAN
    titres = [c.compte for c in PLAN.comptes if c.groupe is None]
    assert [t for t in titres if t.isdigit()] == [
        *map(str, range(60, 70)),
        *["70", "73", "74", "75", "76", "77", "78", "79", "86", "87"],
    ]
    assert {c.compte for c in PLAN.saisissables("charge", contributions=True)} == {
        "860",
        "861",
        "862",
        "864",
    }
    assert "65" in {c.compte for c in PLAN.saisissables("charge")}
    assert "74" not in {c.compte for c in PLAN.saisissables("produit")}
    assert len(PLAN.sous_comptes("74")) == 10
    assert [c.compte for c in PLAN.sous_comptes("74") if not c.public] == ["74prive"]


@pytest.mark.parametrize("defaut", ["double", "groupe"])
def test_plan_contradictoire(tmp_path: Path, defaut: str) -> None:
    comptes = [{"compte": "60", "libelle": "Achats", "cote": "charge"}]
    comptes.append({**comptes[0]} if defaut == "double" else {**comptes[0], "compte": "601"})
    comptes[1]["groupe"] = None if defaut == "double" else "99"
    chemin = tmp_path / "plan.json"
    chemin.write_text(
        json.dumps(
            {
                "code": "x",
                "source": "x",
                "valable_du": "2020-01-01",
                "valable_au": "2021-12-31",
                "comptes": comptes,
            }
        )
    )
    with pytest.raises(ValueError, match=defaut):
        budget.lire_plan(chemin)


def test_totaux() -> None:
    t = calculer_totaux(
        PLAN,
        [
            *_lignes(),
            Ligne("604", "charge", 500),
            Ligne("601", "charge", 250),
            Ligne("ind_fixes", "charge", 40),
            Ligne("864", "charge", 900),
            Ligne("870", "produit", 800),
            Ligne("74prive", "produit", 7),
            Ligne("inconnu", "charge", 10**9),
            Ligne("625", "charge", None),
        ],
    )
    assert (t.charges, t.produits) == (100_790, 100_007)
    assert (t.emplois_en_nature, t.contributions_en_nature) == (900, 800)
    assert t.argent_public == 70_000 and t.indirectes == 40
    assert t.par_compte["charge", "60"] == 750 and t.par_compte["produit", "74"] == 70_007
    assert t.taux_public == Fraction(70_000, 100_007)


comptes = [(c.compte, c.cote) for c in PLAN.comptes if not c.titre]


@given(st.lists(st.tuples(st.sampled_from(comptes), st.integers(0, 10**9)), max_size=25))
def test_rien_ne_se_perd(paires: list[tuple[tuple[str, str], int]]) -> None:
    lignes = [Ligne(c, cote, m) for (c, cote), m in paires]  # type: ignore[arg-type]
    t = calculer_totaux(PLAN, lignes)
    total = t.charges + t.produits + t.emplois_en_nature + t.contributions_en_nature
    assert total == sum(m for _, m in paires)
    racines = {(c.cote, c.compte) for c in PLAN.comptes if c.groupe is None}
    assert sum(v for k, v in t.par_compte.items() if k in racines) == total


def test_phrases() -> None:
    manque = calculer_totaux(PLAN, _lignes(charges=225_000))
    assert _net(phrase_equilibre(manque)) == (
        "Il manque 1 250 € de produits pour équilibrer le budget."
    )
    trop = calculer_totaux(PLAN, _lignes(charges=99_999))
    assert _net(phrase_equilibre(trop)).startswith("Les produits dépassent les charges de 0,01 €")
    juste = calculer_totaux(PLAN, _lignes())
    assert equilibre(juste) and "équilibré à" in phrase_equilibre(juste)


def test_problemes() -> None:
    assert verifier_budget(PLAN, _lignes(), demande=70_000) == []
    assert [p.bloquant for p in verifier_budget(PLAN, _lignes(), demande=70_001)] == [True]
    assert "au moins une charge" in verifier_budget(PLAN, [])[0].message
    assert "Il manque" in verifier_budget(PLAN, _lignes(charges=200_000))[0].message


def test_avertissements() -> None:
    trop_public = verifier_budget(PLAN, _lignes(public=80_100, prive=19_900))
    assert [p.bloquant for p in trop_public] == [False]
    assert "80,1 %" in _net(trop_public[0].message)
    assert verifier_budget(PLAN, _lignes(public=80_000, prive=20_000)) == []
    nature = verifier_budget(PLAN, [*_lignes(), Ligne("864", "charge", 100)])
    assert [p.bloquant for p in nature] == [False] and "86" in nature[0].message


def test_lignes_fautives() -> None:
    cas = [
        Ligne("74", "produit", 100, champ="l1"),
        Ligne("999", "charge", 100, champ="l2"),
        Ligne("604", "charge", None, "Traiteur", "l3"),
        Ligne("604", "charge", -100, champ="l4"),
        Ligne("604", "charge", 150, champ="l5"),
    ]
    problemes = [p for p in verifier_budget(PLAN, cas) if p.champ.startswith("l")]
    assert [p.champ for p in problemes] == ["l1", "l2", "l3", "l4", "l5"]
    assert [p.bloquant for p in problemes] == [True, True, True, True, False]
    assert "Traiteur" in problemes[2].message
