"""How voices make a result."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aap.documents.vote import raconter_vote
from aap.domaine.scrutin import Issue, Voix, depouiller

voix = st.integers(0, 300)
presidences = st.sampled_from([None, *Voix])


@given(voix, voix, presidences)
def test_la_majorite_des_voix_exprimees(pour: int, contre: int, presidence: Voix | None) -> None:
    issue = depouiller(pour, contre, presidence)
    if pour != contre:  # the presidency decides on ties only
        assert (issue is Issue.ADOPTE) is (pour > contre)
        assert issue in (Issue.ADOPTE, Issue.REJETE)
    else:
        assert (issue is Issue.ADOPTE) is (presidence is Voix.POUR and pour > 0)


@given(voix, voix, presidences)
def test_une_voix_de_plus_ne_nuit_jamais(pour: int, contre: int, presidence: Voix | None) -> None:
    if depouiller(pour, contre, presidence) is Issue.ADOPTE:
        assert depouiller(pour + 1, contre, presidence) is Issue.ADOPTE
    if depouiller(pour, contre, presidence) is not Issue.ADOPTE:
        assert depouiller(pour, contre + 1, presidence) is not Issue.ADOPTE


def test_cas_a_part() -> None:
    assert depouiller(0, 0, Voix.POUR) is Issue.SANS_VOIX
    assert depouiller(3, 3) is Issue.PARTAGE
    assert depouiller(3, 3, Voix.ABSTENTION) is Issue.PARTAGE
    with pytest.raises(ValueError):
        depouiller(-1, 0)


def test_le_proces_verbal_raconte_sans_trahir_le_secret() -> None:
    fait = {
        "question": "Programmer ?",
        "mode": "secret",
        "electeurs": [1, 2, 3],
        "president": None,
        "pour": 1,
        "contre": 1,
        "abstention": 0,
        "issue": "partage",
        "voix": {"1": "", "2": ""},
    }
    membres = {"1": "Anne A", "2": "Bruno B", "3": "Chloé C"}
    phrase = raconter_vote(fait, membres)
    assert "1 pour, 1 contre" in phrase and "Partage" in phrase
    assert "Anne" not in phrase and "Pas de vote\u00a0: Chloé C." in phrase
    nominatif = {
        **fait,
        "mode": "nominatif",
        "voix": {"1": "pour", "2": "contre"},
        "president": 1,
        "issue": "adopte",
    }
    phrase = raconter_vote(nominatif, membres)
    assert "Pour\u00a0: Anne A." in phrase and "Contre\u00a0: Bruno B." in phrase
    assert "la voix de la présidence (Anne A) départage" in phrase
