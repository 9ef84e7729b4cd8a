"""Freed money proposed to the waiting list: rank order, never over an enveloppe."""

from hypothesis import given
from hypothesis import strategies as st

from aap.domaine.repechage import Attribution, Bornes, LigneVisee, proposer_repechages

argent = st.integers(0, 10_000)
lignes = st.builds(
    LigneVisee,
    st.integers(1, 99),
    argent,
    st.lists(st.integers(1, 4), max_size=3, unique=True).map(tuple),
)
files = st.lists(st.tuples(st.integers(1, 9), st.lists(lignes, max_size=3)), max_size=6)
bornes = st.dictionaries(
    st.integers(1, 4), st.builds(Bornes, st.none() | argent, st.none() | argent)
)


@given(files, st.dictionaries(st.integers(1, 4), st.integers(-500, 20_000)), bornes)
def test_never_over_an_enveloppe(file, disponibles, limites) -> None:  # type: ignore[no-untyped-def]
    propositions = proposer_repechages(file, disponibles, limites)
    assert [p.dossier for p in propositions] == [d for d, _ in file]
    donnees = [a for p in propositions for a in p.attributions]
    for enveloppe, reste in disponibles.items():
        assert sum(a.montant for a in donnees if a.enveloppe == enveloppe) <= max(0, reste)
    for (_, visees), p in zip(file, propositions, strict=True):
        assert p.montant <= sum(x.vise for x in visees)
        for a in p.attributions:
            limite = limites.get(a.enveloppe, Bornes())
            assert a.montant > 0 and a.montant >= (limite.minimum or 0)
            assert limite.maximum is None or a.montant <= limite.maximum
    # Whoever comes after changes nothing for those before.
    debut = proposer_repechages(file[:2], disponibles, limites)
    assert propositions[:2] == debut


def test_the_next_takes_what_is_left() -> None:
    file = [(7, [LigneVisee(1, 400, (1,))]), (8, [LigneVisee(2, 400, (1, 2))]),
            (9, [LigneVisee(3, 50, (1,))])]  # fmt: skip
    premier, second, troisieme = proposer_repechages(file, {1: 500, 2: 60}, {2: Bornes(80)})
    assert premier.attributions == (Attribution(1, 1, 400),)
    assert second.attributions == (Attribution(2, 1, 100),)
    assert troisieme.montant == 0
