"""Enveloppes, CPO and viability."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aap.domaine import cpo, enveloppe, viabilite
from aap.domaine.cpo import Acte, FiltreCpo, TypeActe
from aap.domaine.enveloppe import Conditions, Demande, Noeud

DEMANDE = Demande(
    frozenset({"94054"}),
    frozenset({"QN09428M"}),
    "O1",
    "association",
    frozenset({"94"}),
    1_000_000,
)


def _net(texte: str) -> str:
    return texte.replace("\u00a0", " ").replace("\u202f", " ")


def test_solde() -> None:
    s = enveloppe.calculer_solde(1000, [300, 200], [100])
    assert (s.disponible, s.depasse) == (400, False)
    assert enveloppe.calculer_solde(1, [2], []).depasse
    assert enveloppe.phrase_depassement(s, 400) == ""
    assert "il manque 1 €" in _net(enveloppe.phrase_depassement(s, 500))


def test_arbre() -> None:
    noeuds = [Noeud("a", 1000, None, 100), Noeud("b", 600, "a", 50), Noeud("c", 200, "b", 200)]
    soldes = enveloppe.calculer_soldes(noeuds)
    assert [soldes[c].disponible for c in "abc"] == [300, 350, 0]
    assert enveloppe.consomme_total("a", noeuds) == 350
    for mauvais in ([Noeud("a", 1, "z")], [Noeud("a", 1, "b"), Noeud("b", 1, "a")]):
        with pytest.raises(ValueError):
            enveloppe.calculer_soldes(mauvais)


def test_eligibilite() -> None:
    assert enveloppe.raisons_ineligible(Conditions(), DEMANDE) == []
    bonnes = Conditions(
        DEMANDE.communes, DEMANDE.quartiers, frozenset({"O1"}), frozenset({"association"}), "94"
    )
    assert enveloppe.raisons_ineligible(bonnes, DEMANDE) == []
    autre = frozenset({"autre"})
    mauvaises = Conditions(autre, autre, autre, autre, "91")
    raisons = enveloppe.raisons_ineligible(mauvaises, DEMANDE)
    assert len(raisons) == 5 and "91" in raisons[-1]


def test_bornes_du_montant() -> None:
    c = Conditions(montant_min=50_000, montant_max=200_000, taux_max=Fraction(15, 100))
    verdicts = {
        m: len(enveloppe.raisons_montant(c, DEMANDE, m))
        for m in (-1, 0, 49_999, 50_000, 150_000, 150_001, 200_001)
    }
    assert verdicts == {-1: 1, 0: 0, 49_999: 1, 50_000: 0, 150_000: 0, 150_001: 1, 200_001: 2}


ACTES = [
    Acte("etat", "a", 2025, TypeActe.CPO, 3_000_000),
    Acte("etat", "b", 2025, TypeActe.ANNUELLE, 2_500_000),
    Acte("etat", "c", 2025, TypeActe.ARRETE, 500_000),
    Acte("etat", "ville", 2025, TypeActe.ANNUELLE, 9_000_000, association=False),
    Acte("etat", "d", 2025, TypeActe.CPO, 7_000_000, dispositif="pre"),
    Acte("etat", "a", 2024, TypeActe.CPO, 1),
]


def test_taux_cpo() -> None:
    t = cpo.calculer_taux(ACTES, 2025)
    assert (t.en_nombre, t.en_euros) == (Fraction(1, 3), Fraction(1, 2))
    assert t.atteint() == (False, True)
    assert "33,3 %" in _net(t.formule_nombre) and "associations" in t.formule_nombre
    assert "30 000 €" in _net(t.formule_euros)
    sans_arrete = cpo.calculer_taux(ACTES, 2025, FiltreCpo(conventions_seulement=True))
    assert sans_arrete.en_nombre == Fraction(1, 2)
    tout = cpo.calculer_taux(ACTES, 2025, FiltreCpo(False, frozenset()))
    assert (tout.nombre, tout.nombre_cpo) == (5, 2)
    vide = cpo.calculer_taux(ACTES, 1999)
    assert vide.en_nombre is None and vide.atteint() == (False, False)


def test_seuils() -> None:
    lignes = [("e", "a", 2025, 2_000_000), ("e", "a", 2025, 300_001), ("e", "a", 2024, 1)]
    sommes = cpo.cumuls(lignes)
    assert sommes["e", "a", 2025] == 2_300_001
    assert cpo.choisir_acte(2_300_000, pluriannuel=False) is TypeActe.ARRETE
    assert cpo.choisir_acte(2_300_001, pluriannuel=False) is TypeActe.ANNUELLE
    assert cpo.choisir_acte(1, pluriannuel=True) is TypeActe.CPO
    assert cpo.blocage_paiement(2_300_001, False) and not cpo.blocage_paiement(2_300_001, True)
    assert not cpo.blocage_paiement(2_300_000, False)
    assert cpo.alerte_comptes(15_300_000) and not cpo.alerte_comptes(15_299_999)


@given(st.integers(0, 10**10), st.integers(2, 4))
def test_tranches_exactes(total: int, duree: int) -> None:
    tranches = cpo.repartir_tranches(total, 2025, duree)
    assert sum(t.montant for t in tranches) == total
    assert [t.exercice for t in tranches] == list(range(2025, 2025 + duree))
    assert [t.ferme for t in tranches] == [True] + [False] * (duree - 1)


def test_tranches_refusees() -> None:
    for duree, poids in ((1, None), (5, None), (3, [1, 1])):
        with pytest.raises(ValueError):
            cpo.repartir_tranches(100, 2025, duree, poids)


@pytest.mark.parametrize(
    ("accorde", "attendu"),
    [(8000, "viable"), (7999, "fragile"), (5000, "fragile"), (4999, "non_viable")],
)
def test_viabilite(accorde: int, attendu: str) -> None:
    plan = viabilite.evaluer_plan(10_000, accorde)
    assert plan.viabilite == attendu and plan.manque == 10_000 - accorde
    assert plan.budget_a_revoir is (attendu == "non_viable")
    assert plan.phrase.endswith(".") and plan.viabilite.libelle


def test_viabilite_limites() -> None:
    assert viabilite.evaluer_plan(0, 0).couverture is None
    assert viabilite.evaluer_plan(100, 40, autres=40).viabilite == "viable"
    assert viabilite.evaluer_plan(100, 150).manque == 0
    with pytest.raises(ValueError):
        viabilite.evaluer_plan(1, -1)
