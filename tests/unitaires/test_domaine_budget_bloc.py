"""Cells of a spreadsheet read as a budget: examples, and what holds for any block."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aap.domaine import budget_plan
from aap.domaine.budget import Ligne, calculer_totaux, conseils_lignes, plan_au
from aap.domaine.budget_bloc import lire_bloc, lire_cellule, lire_grille
from aap.domaine.budget_phrases import PHRASES, constats
from aap.domaine.montants import en_euros
from aap.tableur.budget_modele import LigneModele, ecrire_modele
from aap.tableur.classeur import lettres

PLAN = plan_au(date(2027, 1, 1))
COMPTES = [c for c in PLAN.comptes if not c.titre and c.numero and not c.subvention]
centimes = st.integers(1, 10**9)


def _net(texte: str) -> str:
    return texte.replace("\u00a0", " ").replace("\u202f", " ")


def _lus(texte: str) -> list[tuple[str, int, str]]:
    return [(x.compte.compte, x.montant, x.libelle) for x in lire_bloc(PLAN, texte).lignes]


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("604\tPrestations de services\t1 200,50", [("604", 120_050, "")]),
        ("604 – Goûters\t12", [("604", 1_200, "Goûters")]),
        ("6411\tSalaires\t3 000 €", [("641", 300_000, "Salaires")]),
        ("604\t\t60\t70\tVentes\t300", [("604", 6_000, ""), ("70", 30_000, "Ventes")]),
        ("60\tAchats\t100\n604\t\t100", [("604", 10_000, "")]),
        ("74\tDRAC\t5000", [("74etat", 500_000, "DRAC")]),
        ("74\tCAF de l’Essonne\t1", [("74social", 100, "CAF de l’Essonne")]),
        ("Autofinancement\t100", [("autofinancement", 10_000, "")]),
        ("Frais financiers\t3", [("ind_financiers", 300, "")]),
        ("864\tPersonnel bénévole\t800", [("864", 80_000, "")]),
        ("604\tGoûters\t\r\n641\t\t5\r\n", [("641", 500, "")]),
        ("TOTAL DES CHARGES\t500\n604\t\t500", [("604", 50_000, "")]),
    ],
)
def test_lignes_lues(texte: str, attendu: list[tuple[str, int, str]]) -> None:
    lecture = lire_bloc(PLAN, texte)
    assert lecture.juste, [p.message for p in lecture.problemes]
    assert _lus(texte) == attendu


@pytest.mark.parametrize(
    ("texte", "phrase"),
    [
        ("604\tx\t12,5O0", "Ligne 1 : « 12,5O0 » n’est pas un montant."),
        ("604\t\t1.200,50", "« 1.200,50 » n’est pas un montant"),
        ("604\t\t3\nSorties\t40", "Ligne 2 : « Sorties » n’a pas de numéro de compte."),
        ("602\t\t5", "le compte 602 n’est pas dans ce budget"),
        ("60\tAchats\t5", "Répartissez 5 €"),
        ("74\tZozo\t5", "dites qui est « Zozo »"),
        ("604\t\t-3", "n’est pas un montant"),
        ("\n" * 600 + "604\t\t1", "dépasse 500 lignes"),
        ("604" + "\t" * 40 + "1", "30 colonnes"),
    ],
)
def test_fautes_dites(texte: str, phrase: str) -> None:
    dites = [_net(p.message) for p in lire_bloc(PLAN, texte).problemes]
    assert any(phrase in d for d in dites), dites


def test_etat_origine_et_colonne_de_montants() -> None:
    grille = [
        ["Compte", "Intitulé", "Montant en euros", "Financeur", "État", "Origine"],
        ["74", "Communes", 12.5, "Ville d’Orly", "Acquis", "Droit commun"],
        ["604", "Goûters", "à définir"],
    ]
    lecture = lire_grille(PLAN, grille, lambda r, c: f"{lettres(c)}{r + 1}")
    ligne = lecture.lignes[0]
    assert (ligne.compte.compte, ligne.montant, ligne.libelle) == (
        "74commune",
        1_250,
        "Ville d’Orly",
    )
    assert (ligne.etat, ligne.origine) == ("acquis", "droit_commun")
    assert [_net(p.message) for p in lecture.problemes] == [
        "C3 : « à définir » n’est pas un montant."
    ]


@given(st.lists(st.tuples(st.sampled_from(COMPTES), centimes), min_size=1, max_size=30))
def test_un_bloc_rend_ce_qu_il_porte(paires) -> None:
    texte = "\n".join(f"{c.numero}\t{c.libelle}\t{en_euros(m)}" for c, m in paires)
    lecture = lire_bloc(PLAN, texte)
    assert lecture.juste
    assert [(x.compte.compte, x.montant) for x in lecture.lignes] == [
        (c.compte, m) for c, m in paires
    ]


@given(st.lists(st.one_of(st.none(), centimes), min_size=1, max_size=40))
def test_une_colonne_garde_son_ordre(montants) -> None:
    texte = "\n".join("" if m is None else en_euros(m) for m in montants)
    suite = lire_bloc(PLAN, texte + "\n").suite
    while montants and montants[-1] is None:
        montants = montants[:-1]
    assert suite == montants


cellules = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["604", "74", "Montant", "60 – Achats", "1 200,50", "État", "TOTAL", "#REF!"]),
)


@given(st.lists(st.lists(cellules, max_size=8), max_size=12))
def test_aucune_grille_ne_fait_tomber(grille) -> None:
    lecture = lire_grille(PLAN, grille, lambda r, c: f"{r}/{c}")
    assert all(x.montant > 0 and not x.compte.titre for x in lecture.lignes)
    assert all(p.message.strip() for p in lecture.problemes)


@given(st.text(max_size=300))
def test_aucun_texte_ne_fait_tomber(texte: str) -> None:
    lecture = lire_bloc(PLAN, texte)
    assert all(m is None or m >= 0 for m in lecture.suite)


@given(st.integers(0, 10**10))
def test_un_nombre_de_tableur_est_exact_au_centime(montant: int) -> None:
    assert lire_cellule(montant / 100) == montant


@given(st.lists(st.tuples(st.sampled_from(COMPTES), centimes), max_size=15))
def test_phrases_justes(paires) -> None:
    totaux = calculer_totaux(PLAN, [Ligne(c.compte, c.cote, m) for c, m in paires])
    dits = {c.sujet: c for c in constats(totaux, Fraction(80, 100))}
    assert set(dits) == {"equilibre", "nature", "public", "indirectes"}
    assert ("Il manque" in dits["equilibre"].texte) == (totaux.ecart > 0)
    assert ("dépassent" in dits["equilibre"].texte) == (totaux.ecart < 0)
    assert (dits["nature"].ton == "attention") == (totaux.ecart_nature != 0)


def test_phrases_bien_ecrites() -> None:
    for phrase in PHRASES.values():
        assert "'" not in phrase and " :" not in phrase and " ;" not in phrase, phrase


def test_conseils() -> None:
    lignes = [Ligne("ind_fixes", "charge", 100), Ligne("74region", "produit", 100)]
    dits = [p.message for p in conseils_lignes(PLAN, lignes, "")]
    assert len(dits) == 2 and "charges indirectes" in dits[1]
    nommee = [lignes[0], Ligne("74region", "produit", 100, "Région")]
    assert conseils_lignes(PLAN, nommee, "Deux salles sur dix") == []


def test_modele_meme_vide() -> None:
    assert ecrire_modele(PLAN, {}, "=1+1").startswith(b"PK")
    pleine = {("charge", "604"): [LigneModele(1_250, "=cmd|' /C calc'!A0")]}
    assert ecrire_modele(PLAN, pleine, "Budget").startswith(b"PK")


def test_periodes_des_plans(tmp_path: Path) -> None:
    source = next(budget_plan.DOSSIER_DONNEES.glob("plan_comptable_2022.json"))
    suivant = tmp_path / "plan_comptable_2028.json"
    brut = source.read_text(encoding="utf-8").replace('"2022-01-01"', '"2028-01-01"')
    suivant.write_text(brut, encoding="utf-8")
    with pytest.raises(ValueError, match="le même jour"):
        budget_plan.charger_plans([source, suivant])
    ferme = tmp_path / "plan_comptable_2022.json"
    ferme.write_text(
        source.read_text(encoding="utf-8").replace(
            '"valable_au": null', '"valable_au": "2027-12-31"'
        ),
        encoding="utf-8",
    )
    assert len(budget_plan.charger_plans([ferme, suivant])) == 2
    suivant.write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="pas un plan"):
        budget_plan.lire_plan(suivant)
