"""The ceiling of the poches de pauvreté."""

from __future__ import annotations

from aap.domaine.poches import plafond_poches, refus_poche, seulement_en_poche


def test_seules_les_actions_entierement_en_poche_sont_concernees() -> None:
    assert seulement_en_poche(["poche", "poche"])
    assert not seulement_en_poche(["poche", "qpv"])
    assert not seulement_en_poche([])


def test_plafond_exact_et_depassement_d_un_centime() -> None:
    assert plafond_poches(10_000_000, 25) == 250_000
    libre = {"enveloppe": 10_000_000, "part": 25, "deja": 100_000, "cofinance": True}
    assert refus_poche(150_000, **libre) == ""
    phrase = refus_poche(150_001, **libre)
    assert "2,5\u00a0%" in phrase and "programme 147" in phrase


def test_sans_collectivite_rien_n_est_possible() -> None:
    assert "commune" in refus_poche(1, enveloppe=10_000, part=1000, deja=0, cofinance=False)
    assert refus_poche(0, enveloppe=10_000, part=0, deja=0, cofinance=False) == ""
