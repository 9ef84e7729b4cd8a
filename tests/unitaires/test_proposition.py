"""The computed proposal against brute force, and against another way to find the best."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aap.domaine.partages import Partage, partager
from aap.domaine.proposition import (
    PAS,
    Borne,
    Caisse,
    Candidat,
    Enonce,
    Ligne,
    Montants,
    Part,
    Possible,
    Verrou,
    code_caisse,
    fautes,
    valeur,
)
from aap.domaine.proposition_calcul import Issue, calculer


def pas(n: int) -> int:
    return n * PAS


def enonce_simple(disponible: int, *demandes: tuple[int, int], **options: object) -> Enonce:
    """One enveloppe, one line per dossier: (steps asked, points)."""
    lignes = tuple(
        Ligne(f"l{i}", f"d{i}", pas(d), (Possible("e", pas(d)),))
        for i, (d, _) in enumerate(demandes)
    )
    candidats = tuple(
        Candidat(f"d{i}", points, i + 1, pas(d)) for i, (d, points) in enumerate(demandes)
    )
    caisses = (Caisse("e", "État", pas(disponible)),)
    return Enonce(caisses, candidats, lignes, **options)  # type: ignore[arg-type]


@st.composite
def petits_enonces(tirer: st.DrawFn) -> Enonce:
    """Two enveloppes, up to three dossiers of one or two lines, every kind of rule."""
    entier = lambda a, b: tirer(st.integers(a, b))  # noqa: E731
    caisses = tuple(Caisse(c, c, pas(entier(0, 5)) + entier(0, 1) * 500) for c in "ab")
    lignes, candidats = [], []
    for d in range(entier(1, 3)):
        demandes = [pas(entier(1, 3)) + entier(0, 1) * 700 for _ in range(entier(1, 2))]
        for i, demande in enumerate(demandes):
            lignes.append(_ligne(tirer, f"{d}.{i}", f"d{d}", demande))
        plafond = tirer(st.none() | st.integers(0, 6).map(pas))
        candidats.append(Candidat(f"d{d}", entier(0, 9), d + 1, sum(demandes), plafond))
    codes = [ligne.code for ligne in lignes]
    dossiers = [c.code for c in candidats]
    bornes = tuple(
        Borne(
            f"b{i}",
            f"b{i}",
            tirer(st.frozensets(st.sampled_from(codes))),
            minimum=tirer(st.none() | st.integers(0, 2).map(pas)),
            maximum=tirer(st.none() | st.integers(2, 6).map(pas)),
            caisses=tirer(st.none() | st.just(frozenset("a"))),
        )
        for i in range(entier(0, 2))
    )
    parts = tuple(
        Part(
            f"p{i}",
            f"p{i}",
            tirer(st.frozensets(st.sampled_from(dossiers))),
            500,
            tirer(st.booleans()),
        )
        for i in range(entier(0, 2))
    )
    part = tirer(st.sampled_from([0, 300, 600]))
    return Enonce(caisses, tuple(candidats), tuple(lignes), bornes, parts, part)


def _ligne(tirer: st.DrawFn, code: str, dossier: str, demande: int) -> Ligne:
    choix = tirer(st.sampled_from(["a", "b", "ab"]))
    minimum = tirer(st.sampled_from([0, 0, 0, pas(2)]))
    verrou = tirer(st.none() | st.none() | st.integers(0, 2))
    return Ligne(
        code,
        dossier,
        demande,
        tuple(Possible(c, demande, minimum) for c in choix),
        None if verrou is None else Verrou(choix[0], verrou * PAS // 2, "main"),
    )


def toutes_les_reponses(enonce: Enonce) -> list[Montants]:
    """Every answer by whole steps that breaks nothing."""
    choix = []
    for ligne in enonce.lignes:
        verrou = enonce.verrou(ligne)
        if verrou is not None:
            choix.append([(verrou.caisse, verrou.montant)])
            continue
        options = {("", 0)}
        for p in ligne.possibles:
            for n in range(1, ligne.demande // PAS + 1):
                if p.minimum <= pas(n) <= p.maximum:
                    options.add((p.caisse, pas(n)))
        choix.append(sorted(options))
    reponses = []
    for tirage in product(*choix):
        essai = {v.code: t for v, t in zip(enonce.lignes, tirage, strict=True) if t[1]}
        if _permise(enonce, essai):
            reponses.append(essai)
    return reponses


def _permise(enonce: Enonce, essai: Montants) -> bool:
    """The rules said again, in plain words, without the inequalities of the module."""
    par_caisse = {c.code: sum(m for e, m in essai.values() if e == c.code) for c in enonce.caisses}
    recus = {
        c.code: sum(essai.get(v.code, ("", 0))[1] for v in enonce.lignes if v.dossier == c.code)
        for c in enonce.candidats
    }
    total = sum(recus.values())
    finances = {d for d, m in recus.items() if m}
    tenues = [par_caisse[c.code] <= c.disponible for c in enonce.caisses]
    for c in enonce.candidats:
        lignes = [v for v in enonce.lignes if v.dossier == c.code]
        if c.plafond is not None:
            tenues.append(recus[c.code] <= c.plafond)
        if enonce.part_minimale and recus[c.code] and not any(v.verrou for v in lignes):
            voulu = -(-c.besoin * enonce.part_minimale // (1000 * PAS)) * PAS
            seuil = min(voulu, sum(v.demande for v in lignes) // PAS * PAS)
            tenues.append(recus[c.code] >= seuil)
    for b in enonce.bornes:
        somme = sum(
            m
            for code, (e, m) in essai.items()
            if code in b.lignes and (b.caisses is None or e in b.caisses)
        )
        tenues.append(b.minimum is None or somme >= b.minimum)
        tenues.append(b.maximum is None or somme <= b.maximum)
    for p in enonce.parts:
        if p.en_nombre:
            tenues.append(1000 * len(finances & p.dossiers) >= p.pour_mille * len(finances))
        else:
            dedans = sum(m for d, m in recus.items() if d in p.dossiers)
            tenues.append(1000 * dedans >= p.pour_mille * total)
    return all(tenues)


@settings(max_examples=150, deadline=None)
@given(petits_enonces())
def test_vaut_la_force_brute(enonce: Enonce) -> None:
    permises = toutes_les_reponses(enonce)
    reponse = calculer(enonce)
    if not permises:
        assert reponse.issue is Issue.IMPOSSIBLE
        return
    assert reponse.issue is Issue.OPTIMALE
    assert reponse.valeur == max(valeur(enonce, m) for m in permises)
    assert _permise(enonce, reponse.montants)
    assert reponse.borne == reponse.valeur


@settings(max_examples=60, deadline=None)
@given(
    disponible=st.integers(0, 120),
    demandes=st.lists(st.tuples(st.integers(1, 30), st.integers(1, 100)), min_size=1, max_size=12),
    part=st.sampled_from([0, 400, 700, 1000]),
)
def test_vaut_la_programmation_dynamique(
    disponible: int, demandes: list[tuple[int, int]], part: int
) -> None:
    """One enveloppe: the best is found step by step, without any inequality."""
    enonce = enonce_simple(disponible, *demandes, part_minimale=part)
    meilleur = [0] * (disponible + 1)
    for demande, points in demandes:
        seuil = max(1, -(-demande * part // 1000))
        meilleur = [
            max(
                [meilleur[reste]]
                + [meilleur[reste - n] + n * points for n in range(seuil, min(demande, reste) + 1)]
            )
            for reste in range(disponible + 1)
        ]
    assert calculer(enonce).valeur == meilleur[disponible] * PAS


def test_meme_question_meme_reponse() -> None:
    enonce = enonce_simple(50, *[(10 + i % 7, 50 + i % 3) for i in range(30)], part_minimale=500)
    assert calculer(enonce) == calculer(enonce)


def test_sans_aucune_ligne_payable() -> None:
    enonce = Enonce((Caisse("e", "État", pas(5)),), (Candidat("d", 5, 1, pas(3)),), ())
    assert calculer(enonce).issue is Issue.OPTIMALE
    assert calculer(enonce).montants == {}


def test_un_plancher_inatteignable_se_dit() -> None:
    enonce = enonce_simple(5, (3, 50))
    impossible = replace(enonce, bornes=(Borne("o", "Emploi", frozenset({"x"}), minimum=pas(1)),))
    assert calculer(impossible).issue is Issue.IMPOSSIBLE
    assert fautes(impossible, {}) == ["o"]


def test_un_verrou_trop_lourd_pour_son_enveloppe() -> None:
    enonce = enonce_simple(2, (3, 50))
    ligne = replace(enonce.lignes[0], verrou=Verrou("e", pas(3), "main"))
    lourd = replace(enonce, lignes=(ligne,))
    assert calculer(lourd).issue is Issue.IMPOSSIBLE
    assert fautes(lourd, {"l0": ("e", pas(3))}) == [code_caisse("e")]


def test_s_arrete_quand_on_le_demande() -> None:
    enonce = enonce_simple(
        900, *[(7 + i * 13 % 23, 40 + i * 7 % 50) for i in range(200)], part_minimale=777
    )
    appels: list[float] = []

    def arreter(ecart: float) -> bool:
        appels.append(ecart)
        return False

    reponse = calculer(enonce, continuer=arreter)
    if appels:  # small questions are solved before the first question is asked
        assert reponse.issue in (Issue.INTERROMPUE, Issue.OPTIMALE)
    assert not fautes(enonce, reponse.montants)


@settings(max_examples=150, deadline=None)
@given(petits_enonces(), st.sampled_from(list(Partage)))
def test_les_partages_simples_ne_depassent_rien(enonce: Enonce, partage: Partage) -> None:
    montants = partager(enonce, partage)
    sans_verrou = not any(ligne.verrou for ligne in enonce.lignes)
    par_caisse = {
        c.code: sum(m for e, m in montants.values() if e == c.code) for c in enonce.caisses
    }
    rompues = fautes(enonce, montants)
    if sans_verrou:
        assert all(par_caisse[c.code] <= c.disponible for c in enonce.caisses)
        assert not [r for r in rompues if r.startswith(("ligne:", "enveloppe:", "plafond:"))]
    assert not [r for r in rompues if r.startswith("verrou:")]


def test_partage_dans_l_ordre_du_classement() -> None:
    enonce = enonce_simple(10, (6, 90), (5, 80), (4, 70), part_minimale=1000)
    # The second does not fit any more: it gets nothing, the third is served.
    assert partager(enonce, Partage.RANG) == {"l0": ("e", pas(6)), "l2": ("e", pas(4))}
    partiel = replace(enonce, part_minimale=500)
    assert partager(partiel, Partage.RANG)["l1"] == ("e", pas(4))


def test_partage_en_proportion() -> None:
    enonce = enonce_simple(10, (10, 90), (10, 80))
    assert partager(enonce, Partage.PROPORTION) == {"l0": ("e", pas(5)), "l1": ("e", pas(5))}


@pytest.mark.parametrize(
    ("disponible", "attendu"), [(9, [2, 3, 4]), (12, [2, 5, 5]), (40, [2, 8, 9])]
)
def test_parts_egales(disponible: int, attendu: list[int]) -> None:
    enonce = enonce_simple(disponible, (2, 1), (8, 1), (9, 1))
    montants = partager(enonce, Partage.EGALITE)
    assert [montants[f"l{i}"][1] // PAS for i in range(3)] == attendu
