"""The plan de financement after the answers: formula, thresholds, words."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aap.domaine.plan_recalcule import DE_L_APPEL, OBTENUES, Source, Suite, recalculer_plan
from aap.domaine.viabilite import Viabilite

ORDRE = list(Viabilite)[::-1]
sources = st.lists(
    st.builds(
        Source,
        st.just("x"),
        st.sampled_from(list(Suite)),
        st.integers(0, 10**9),
        st.integers(0, 10**9),
    ),
    max_size=8,
)


@given(st.integers(0, 10**10), sources, st.none() | st.integers(0, 10**9))
def test_every_cent_is_somewhere(depenses: int, lues: list[Source], revise: int | None) -> None:
    plan = recalculer_plan(depenses, lues, besoin_revise=revise)
    rien = sum(s.obtenu for s in lues if s.suite in DE_L_APPEL - OBTENUES)
    assert plan.obtenu == sum(s.obtenu for s in lues) - rien
    assert plan.demande + sum(s.prevu for s in lues if s.suite not in DE_L_APPEL) == plan.prevu
    assert plan.reste == max(0, depenses - plan.obtenu)
    assert plan.besoin == (plan.demande if revise is None else revise)
    assert ORDRE.index(plan.sans.viabilite) <= ORDRE.index(plan.avec.viabilite)
    assert plan.suspendu is False or plan.attendu > 0
    assert plan.phrase().endswith(".") and plan.phrase(porteur=True).endswith(".")


def test_one_more_cent_changes_the_verdict() -> None:
    def verdict(accorde: int) -> Viabilite:
        source = Source("État", Suite.ACCORDEE, 10_000, accorde)
        seuils = {"seuil_viable": Fraction(70, 100), "seuil_fragile": Fraction(40, 100)}
        return recalculer_plan(20_000, [source], **seuils).sans.viabilite

    assert [verdict(x) for x in (3999, 4000, 6999, 7000)] == [
        "non_viable",
        "fragile",
        "fragile",
        "viable",
    ]


def test_the_answers_awaited_leave_the_verdict_open() -> None:
    etat = Source("État", Suite.ACCORDEE, 500_000, 300_000)
    ville = Source("Ville", Suite.ATTENDUE, 500_000, 0)
    propre = Source("Fonds propres", Suite.PROPRE, 200_000, 200_000)
    plan = recalculer_plan(1_200_000, [etat, ville, propre])
    assert plan.suspendu and not plan.budget_a_revoir and plan.reste == 700_000
    assert "si les réponses attendues" in plan.phrase()
    refus = Source("Ville", Suite.REFUSEE, 500_000, 0)
    plan = recalculer_plan(1_200_000, [etat, refus, propre])
    assert plan.budget_a_revoir and plan.sans.viabilite == "non_viable"
    assert "budget révisé" in plan.phrase() and "votre action" in plan.phrase(porteur=True)
    revu = recalculer_plan(500_000, [etat, refus, propre], besoin_revise=300_000)
    assert revu.sans.viabilite == "viable" and revu.reste == 0 and "révisé" in revu.phrase()


def test_no_negative_money() -> None:
    with pytest.raises(ValueError):
        Source("x", Suite.PROPRE, -1, 0)
    with pytest.raises(ValueError):
        recalculer_plan(-1, [])
