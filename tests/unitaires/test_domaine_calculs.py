"""Rules of the computed criteria against a slow reference written with plain fractions."""

from __future__ import annotations

from fractions import Fraction as F
from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from aap.domaine.besoin import Explication, Mesure, calculer_besoin
from aap.domaine.calculs import (
    REGLES_CALCUL,
    FaitsBudget,
    FaitsPorteur,
    calculer_budget,
    calculer_porteur,
    calculer_public,
    mediane_des_autres,
    regle_de,
)

couts = st.fractions(1, 9, max_denominator=4)
montants = st.integers(0, 10**7)
peut_etre = st.none() | st.integers(0, 10**6)


def serre(valeur: F) -> F:
    return F(0) if valeur < 0 else F(4) if valeur > 4 else valeur


@given(st.lists(couts, max_size=9).map(sorted), st.none() | couts)
def test_mediane_des_autres(triees: list[F], sienne: F | None) -> None:
    autres = list(triees)
    if sienne in autres:
        autres.remove(sienne)
    assert mediane_des_autres(triees, sienne) == (F(median(autres)) if autres else None)


@given(
    charges=montants,
    produits=montants,
    taux=st.none() | st.fractions(0, 1, max_denominator=50),
    personnes=peut_etre,
    tresorerie=peut_etre,
    annuel=peut_etre,
    semblables=st.integers(0, 8),
    mediane=st.none() | couts.map(lambda c: c * 1000),
    plafond=st.fractions(F(1, 10), 1, max_denominator=10),
)
def test_budget_contre_reference_lente(
    charges: int,
    produits: int,
    taux: F | None,
    personnes: int | None,
    tresorerie: int | None,
    annuel: int | None,
    semblables: int,
    mediane: F | None,
    plafond: F,
) -> None:
    connus = []
    if charges:
        connus.append(F(4) if charges == produits else F(0))
    if taux is not None:
        connus.append(F(4) if taux <= plafond else serre(4 * (1 - taux) / (1 - plafond)))
    if personnes and charges and semblables >= 4 and mediane:
        connus.append(serre(2 * (3 - F(charges, personnes) / mediane)))
    if tresorerie is not None and annuel:
        connus.append(serre(F(4, 3) * tresorerie / F(annuel, 12)))
    e = calculer_budget(
        FaitsBudget(
            charges, produits, taux, personnes, tresorerie, annuel, semblables, mediane, plafond
        )
    )
    assert e.valeur == (sum(connus, F(0)) / len(connus) if connus else None)
    assert len(e.lignes) == len(connus)
    assert len(e.lignes) + len(e.reserves) == 4


@given(st.integers(0, 6), st.integers(0, 6), peut_etre, peut_etre)
def test_porteur_contre_reference_lente(
    dus: int, a_l_heure: int, prevu: int | None, realise: int | None
) -> None:
    a_l_heure = min(a_l_heure, dus)
    connus = [F(4 * a_l_heure, dus)] if dus else []
    if prevu and realise is not None:
        connus.append(serre(F(4 * realise, prevu)))
    e = calculer_porteur(FaitsPorteur(dus, a_l_heure, prevu, realise, 2026))
    assert e.valeur == (sum(connus, F(0)) / len(connus) if connus else None)


@given(st.none() | st.integers(0, 100))
def test_public(part: int | None) -> None:
    assert calculer_public(part).valeur == (None if part is None else F(part, 25))


mesures = st.lists(
    st.builds(
        Mesure,
        quartier=st.sampled_from("abcd"),
        indicateur=st.sampled_from(["taux_chomage", "taux_emploi", "part_sans_diplome"]),
        valeur=st.none() | st.integers(0, 5).map(F),
        douteuse=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda m: (m.quartier, m.indicateur),
)


def lent_besoin(q: str, liste: list[Mesure]) -> F | None:
    """One indicator after the other, places counted one by one."""
    valeurs = []
    for code, haut in (("taux_chomage", 1), ("taux_emploi", -1), ("part_sans_diplome", 1)):
        connus = {
            m.quartier: haut * m.valeur
            for m in liste
            if m.indicateur == code and m.valeur is not None and not m.douteuse
        }
        if q not in connus or len(connus) < 2:
            continue
        devant = sum((F(1) for v in connus.values() if v > connus[q]), F(0))
        egaux = sum((F(1, 2) for a, v in connus.items() if v == connus[q] and a != q), F(0))
        valeurs.append(4 - 4 * (devant + egaux) / (len(connus) - 1))
    return sum(valeurs, F(0)) / len(valeurs) if valeurs else None


@given(mesures, st.dictionaries(st.sampled_from("abcd"), st.integers(0, 100).map(F)))
def test_besoin_contre_reference_lente(liste: list[Mesure], parts: dict[str, F]) -> None:
    poids = {q: p for q, p in parts.items() if p > 0 and lent_besoin(q, liste) is not None}
    attendu = (
        sum(p * (lent_besoin(q, liste) or F(0)) for q, p in poids.items()) / sum(poids.values())
        if poids
        else None
    )
    deja: dict[tuple[str, str], Explication] = {}
    for _ in range(2):  # the second time from what was kept
        e = calculer_besoin("plein_emploi", parts, liste, deja=deja)
        assert e.valeur == attendu
    assert e.valeur is None or 0 <= e.valeur <= 4


def test_chaque_regle_dit_sa_formule_et_sa_source() -> None:
    for cle, regle in REGLES_CALCUL.items():
        assert regle.formule and regle.source and regle_de(f"{cle}_autre") is regle
    assert regle_de("inconnu") is None


def test_phrases() -> None:
    e = calculer_budget(
        FaitsBudget(100_000, 100_000, F(85, 100), 50, None, None, 5, F(2000), F(8, 10))
    )
    phrases = [x.phrase.replace("\u00a0", " ").replace("\u202f", " ") for x in e.lignes]
    assert phrases == [
        "Budget équilibré → 4/4",
        "Argent public : 85 % du budget, pour 80 % au plus → 3/4",
        "Coût par personne 20 €, médiane de 5 dossiers semblables 20 € → 4/4",
    ]
    assert "trésorerie" in e.reserves[0]
