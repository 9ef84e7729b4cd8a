"""The ranked list, its frozen form and its sensitivity, against a slow reference."""

from __future__ import annotations

from fractions import Fraction as F

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aap.domaine.classement import (
    NOTE_MINIMALE,
    DossierEntre,
    Entrees,
    EvaluationEntree,
    Valeur,
    classer_campagne,
    score_de_notes,
)
from aap.domaine.classement_fige import (
    comparer_entrees,
    contenu_fige,
    ecrire_entrees,
    refaire,
    relire_entrees,
)
from aap.domaine.empreinte import empreinte
from aap.domaine.notation import Critere, Departage
from aap.domaine.sensibilite import poids_deplaces, sensibilite, variantes

CODES = ("a", "b", "c")
valeurs = st.one_of(
    st.none(), st.integers(0, 4), st.fractions(0, 4, max_denominator=7), st.just(F(2))
)
notes = st.dictionaries(st.sampled_from(CODES), valeurs, max_size=3)


@st.composite
def grilles(tirer: st.DrawFn) -> tuple[Critere, ...]:
    premier = tirer(st.integers(1, 98))
    second = tirer(st.integers(1, 99 - premier))
    seuils = tirer(st.tuples(*[st.one_of(st.none(), st.integers(1, 4))] * 3))
    poids = (premier, second, 100 - premier - second)
    reserves = tirer(st.sampled_from([(False, False, False), (False, True, False)]))
    return tuple(
        Critere(c, p, c.upper(), s, reserve=r)
        for c, p, s, r in zip(CODES, poids, seuils, reserves, strict=True)
    )


@st.composite
def entrees(tirer: st.DrawFn) -> Entrees:
    nombre = tirer(st.integers(1, 5))
    dossiers = [
        DossierEntre(i, f"2027-{i}", tirer(st.sampled_from(["2026-01-01", "2026-01-02"])))
        for i in range(1, nombre + 1)
    ]
    couples = tirer(
        st.lists(st.tuples(st.integers(1, 3), st.integers(1, nombre)), max_size=12, unique=True)
    )
    return Entrees(
        grille=1,
        grilles={1: tirer(grilles())},
        dossiers=dossiers,
        evaluations=[
            EvaluationEntree(100 + n, qui, quoi, 1, tirer(notes))
            for n, (qui, quoi) in enumerate(couples)
        ],
        consensus=tirer(st.dictionaries(st.integers(1, nombre), notes, max_size=2)),
        note_minimale=tirer(st.sampled_from([F(0), F(40)])),
        departage=tirer(st.sampled_from(list(Departage))),
    )


# --- the slow reference: plain fractions, one weight point at a time, pairwise comparisons -----


def lent_score(poids: dict[str, F], n: dict[str, Valeur]) -> F | None:
    connues = {c: F(v) for c, v in n.items() if v is not None}
    total = sum((poids[c] for c in connues), F(0))
    if total == 0:
        return None
    return sum((poids[c] / total * connues[c] / 4 * 100 for c in connues), F(0))


def lente_moyenne(liste: list[F]) -> F | None:
    return sum(liste, F(0)) / F(len(liste)) if liste else None


def lent_dossier(
    e: Entrees, i: int, poids: dict[str, F], seuils: dict[str, int | None]
) -> tuple[F | None, dict[str, F | None], bool]:
    """(score, retained notes, eliminated) of one dossier."""
    bases = [x.notes for x in e.evaluations if x.dossier == i]
    if i in e.consensus:
        bases = [e.consensus[i]]
    score = lente_moyenne([s for b in bases if (s := lent_score(poids, dict(b))) is not None])
    retenues = {
        c: lente_moyenne([F(v) for b in bases if (v := b.get(c)) is not None]) for c in CODES
    }
    if any(c.reserve for c in e.criteres):  # shared grid: each criterion keeps its weight
        score = lent_score(poids, dict(retenues))
    sous = any(
        s is not None and retenues[c] is not None and retenues[c] < s for c, s in seuils.items()
    )
    return score, retenues, sous or (score is not None and score < e.note_minimale)


def lents_rangs(e: Entrees, poids: dict[str, F], ordre: list[str]) -> dict[int, int | None]:
    """1 + the number of dossiers that stand before, pair by pair."""
    seuils = {c.code: c.seuil for c in e.criteres}
    vus = {d.id: (d, *lent_dossier(e, d.id, poids, seuils)) for d in e.dossiers}
    classes = {i: x for i, x in vus.items() if x[1] is not None and not x[3]}

    def devant(x: tuple, y: tuple) -> bool:
        if x[1] != y[1]:
            return bool(x[1] > y[1])
        if e.departage is Departage.EX_AEQUO:
            return False
        if e.departage is Departage.CRITERES:
            for c in ordre:
                a, b = x[2][c], y[2][c]
                if a != b:
                    return b is None if a is not None and b is None else a is not None and a > b
        return (x[0].depot, x[0].reference) < (y[0].depot, y[0].reference)

    return {
        i: 1 + sum(devant(autre, x) for j, autre in classes.items() if j != i)
        if i in classes
        else None
        for i, x in vus.items()
    }


def poids_de(e: Entrees) -> tuple[dict[str, F], list[str]]:
    ordre = [c.code for c in sorted(e.criteres, key=lambda c: -c.poids)]
    return {c.code: F(c.poids) for c in e.criteres}, ordre


@given(grilles(), notes)
def test_score_entier_contre_reference_lente(g: tuple[Critere, ...], n: dict[str, Valeur]) -> None:
    assert score_de_notes(g, n) == lent_score({c.code: F(c.poids) for c in g}, n)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(entrees())
def test_classement_contre_reference_lente(e: Entrees) -> None:
    poids, ordre = poids_de(e)
    seuils = {c.code: c.seuil for c in e.criteres}
    attendus = lents_rangs(e, poids, ordre)
    for r in classer_campagne(e):
        score, retenues, elimine = lent_dossier(e, r.dossier_id, poids, seuils)
        assert (r.score, dict(r.moyennes), bool(r.sous_seuil)) == (score, retenues, elimine)
        assert r.rang == attendus[r.dossier_id]
        assert r.consensus is (r.dossier_id in e.consensus)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(entrees())
def test_sensibilite_contre_reference_lente(e: Entrees) -> None:
    poids, ordre = poids_de(e)
    s = sensibilite(e)
    for n, v in enumerate(s.variantes):
        autres = sum(p for c, p in poids.items() if c != v.code)
        deplaces = {
            c: F(v.apres) if c == v.code else p * (100 - v.apres) / autres for c, p in poids.items()
        }
        assert sum(deplaces.values()) == 100
        attendus = lents_rangs(e, deplaces, ordre)
        assert {m.dossier_id: m.rangs[n] for m in s.mouvements} == attendus
        entiers = poids_deplaces(e.criteres, v)
        assert all(F(p, sum(entiers.values())) == deplaces[c] / 100 for c, p in entiers.items())


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(entrees(), st.randoms())
def test_fige_et_refait_la_meme_empreinte(e: Entrees, hasard: object) -> None:
    contenu = contenu_fige(e)
    melange = [list(e.dossiers), list(e.evaluations)]
    for liste in melange:
        hasard.shuffle(liste)  # type: ignore[attr-defined]
    autre = Entrees(
        e.grille, e.grilles, melange[0], melange[1], e.consensus, e.note_minimale, e.departage
    )
    assert empreinte(contenu_fige(autre)) == empreinte(contenu)
    refait = refaire(contenu)
    assert refait.sha256 == empreinte(contenu) and refait.ecarts == ()
    assert ecrire_entrees(relire_entrees(contenu["entrees"])) == contenu["entrees"]
    assert comparer_entrees(contenu["entrees"], ecrire_entrees(e)) == ()


def _simple() -> Entrees:
    grille = (Critere("a", 60, "Utilité", 2), Critere("b", 40, "Budget"))
    return Entrees(
        1,
        {1: grille},
        [DossierEntre(1, "2027-1", "2026-01-01"), DossierEntre(2, "2027-2", "2026-01-02")],
        [
            EvaluationEntree(10, 7, 1, 1, {"a": 4, "b": 2}),
            EvaluationEntree(11, 8, 1, 1, {"a": 2, "b": 2}),
            EvaluationEntree(12, 7, 2, 1, {"a": 3, "b": F(7, 3)}),
        ],
    )


def test_le_consensus_remplace_la_moyenne_et_les_seuils() -> None:
    e = _simple()
    assert [r.dossier_id for r in classer_campagne(e)] == [2, 1]
    accord = Entrees(e.grille, e.grilles, e.dossiers, e.evaluations, {1: {"a": 4, "b": 4}})
    premier = classer_campagne(accord)[0]
    assert (premier.dossier_id, premier.score, premier.consensus) == (1, F(100), True)
    assert premier.dispersion is not None and premier.dispersion.moyenne == F(65)
    perdu = Entrees(e.grille, e.grilles, e.dossiers, e.evaluations, {1: {"a": 1, "b": 4}})
    assert classer_campagne(perdu)[-1].sous_seuil == ("Utilité",)


def test_une_grille_partagee_garde_le_poids_de_chaque_critere() -> None:
    """The State scores « a » (60), three communes score « b » (40): not a mean of four people."""
    grille = (Critere("a", 60, "Utilité", reserve=True), Critere("b", 40, "Accueil", reserve=True))
    notes = [{"a": 4}, {"b": 0}, {"b": 0}, {"b": 0}]
    e = Entrees(
        1,
        {1: grille},
        [DossierEntre(1, "2027-1", "2026-01-01")],
        [EvaluationEntree(i, i, 1, 1, n) for i, n in enumerate(notes)],
    )
    [r] = classer_campagne(e)
    assert r.score == F(60) and r.dispersion is not None and r.dispersion.moyenne == F(25)
    assert contenu_fige(e)["entrees"]["grilles"]["1"][0]["reserve"] is True


def test_note_minimale() -> None:
    e = _simple()
    haute = Entrees(e.grille, e.grilles, e.dossiers, e.evaluations, {}, F(66))
    places = {r.dossier_id: (r.rang, r.sous_seuil) for r in classer_campagne(haute)}
    assert places == {2: (1, ()), 1: (None, (NOTE_MINIMALE,))}


def test_une_donnee_changee_se_voit() -> None:
    contenu = contenu_fige(_simple())
    scelle = empreinte(contenu)
    contenu["entrees"]["evaluations"][1][4]["a"] = 4
    refait = refaire(contenu)
    assert refait.sha256 != scelle and len(refait.ecarts) == 2 and "2027-1" in refait.ecarts[0]
    assert comparer_entrees(contenu["entrees"], ecrire_entrees(_simple())) == (
        "notation 11 : a changé depuis",
    )
    assert refaire({"formule": 99}).ecarts and refaire({"formule": 1}).ecarts


@pytest.mark.parametrize("poids", [(100,), (97, 3), (50, 50)])
def test_variantes_bornees(poids: tuple[int, ...]) -> None:
    grille = [Critere(str(i), p) for i, p in enumerate(poids)]
    for v in variantes(grille):
        assert 0 <= v.apres <= 100 and v.apres != v.avant
    assert variantes([Critere("seul", 100)]) == ()
