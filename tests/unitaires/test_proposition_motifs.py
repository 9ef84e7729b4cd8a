"""What is said of an answer must be true of it: each sentence is tried."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from aap.domaine.proposition import (
    PAS,
    Borne,
    Enonce,
    Part,
    Verrou,
    arrondi_bas,
    code_caisse,
    code_verrou,
    fautes,
)
from aap.domaine.proposition_calcul import Issue, calculer
from aap.domaine.proposition_motifs import (
    apports,
    conflit,
    effet_sans,
    perte,
    regles,
    situations,
    tensions,
)
from tests.unitaires.test_proposition import enonce_simple, pas, petits_enonces


def test_l_enveloppe_epuisee_arrete_le_moins_bien_note() -> None:
    enonce = enonce_simple(10, (6, 90), (6, 80))
    reponse = calculer(enonce)
    etats = situations(enonce, reponse.montants)
    assert etats["d0"].entier and not etats["d0"].obstacles
    assert etats["d1"].recu == pas(4)
    assert etats["d1"].obstacles == {"l1": ((code_caisse("e"), "Enveloppe « État »"),)}
    assert [t.regle for t in tensions(enonce, reponse.montants)] == [code_caisse("e")]


def test_sans_enveloppe_le_dit() -> None:
    enonce = enonce_simple(10, (6, 90))
    seul = replace(enonce, lignes=(replace(enonce.lignes[0], possibles=()),))
    [(code, _)] = situations(seul, {})["d0"].obstacles["l0"]
    assert code == "aucune-enveloppe"


def test_mille_euros_de_plus_vont_au_mieux_note_qui_attend() -> None:
    enonce = enonce_simple(10, (6, 90), (16, 80), (5, 70))
    reponse = calculer(enonce)
    [apport] = apports(enonce, reponse.montants)
    assert (apport.ligne, apport.donne) == ("l1", pas(10))
    combles = enonce_simple(30, (6, 90), (16, 80))
    [rien] = apports(combles, calculer(combles).montants)
    assert rien.ligne is None


@settings(max_examples=100, deadline=None)
@given(petits_enonces())
def test_un_pas_de_plus_rompt_bien_ce_qui_est_dit(enonce: Enonce) -> None:
    reponse = calculer(enonce)
    if reponse.issue is not Issue.OPTIMALE:
        return
    for situation in situations(enonce, reponse.montants).values():
        for code, obstacles in situation.obstacles.items():
            caisse, montant = reponse.montants.get(code, ("", 0))
            if not caisse:
                continue
            plus = {**reponse.montants, code: (caisse, montant + PAS)}
            rompues = set(fautes(enonce, plus)) - {f"ligne:{code}"}
            assert rompues == {regle for regle, _ in obstacles} - {"condition"}


@settings(max_examples=80, deadline=None)
@given(petits_enonces())
def test_l_apport_dit_est_possible(enonce: Enonce) -> None:
    reponse = calculer(enonce)
    if reponse.issue is not Issue.OPTIMALE:
        return
    for apport in apports(enonce, reponse.montants):
        if apport.ligne is None:
            continue
        _, montant = reponse.montants.get(apport.ligne, ("", 0))
        plus = {**reponse.montants, apport.ligne: (apport.caisse, montant + apport.donne)}
        assert set(fautes(enonce, plus)) <= {code_caisse(apport.caisse)}
        elargies = tuple(
            replace(c, disponible=c.disponible + apport.montant) if c.code == apport.caisse else c
            for c in enonce.caisses
        )
        assert not fautes(replace(enonce, caisses=elargies), plus)


@settings(max_examples=100, deadline=None)
@given(petits_enonces())
def test_un_conflit_est_vrai_et_sans_regle_de_trop(enonce: Enonce) -> None:
    trouve = conflit(enonce)
    if trouve is None:
        assert calculer(enonce).issue is Issue.OPTIMALE
        return
    toutes = frozenset(regles(enonce))

    def possible(gardees: frozenset[str]) -> bool:
        return calculer(replace(enonce, levees=toutes - gardees)).issue is not Issue.IMPOSSIBLE

    en_cause = frozenset(trouve.regles)
    assert not possible(en_cause)
    assert all(possible(en_cause - {r}) for r in en_cause)


def test_le_plancher_et_le_verrou_qui_se_contredisent() -> None:
    enonce = enonce_simple(10, (6, 90), (6, 80), (3, 10))
    verrou = replace(enonce.lignes[0], verrou=Verrou("e", pas(6), "L’aide de l’action 0"))
    plancher = Borne("o", "Emploi : au moins 500 €", frozenset({"l1"}), minimum=pas(5))
    inutile = Borne("u", "Santé : au plus 900 €", frozenset({"l2"}), maximum=pas(9))
    trop = replace(enonce, lignes=(verrou, *enonce.lignes[1:]), bornes=(plancher, inutile))
    trouve = conflit(trop)
    assert trouve is not None and trouve.plus_petit
    assert set(trouve.regles) == {"o", code_caisse("e"), code_verrou(verrou)}


def test_ce_que_coute_une_regle() -> None:
    enonce = replace(
        enonce_simple(10, (10, 90), (10, 10)),
        parts=(Part("cpo", "Conventions pluriannuelles", frozenset({"d1"}), 500),),
    )
    reponse = calculer(enonce)
    assert reponse.montants == {"l0": ("e", pas(5)), "l1": ("e", pas(5))}
    effet = effet_sans(enonce, reponse, "cpo")
    assert effet.reponse.montants == {"l0": ("e", pas(10))}
    assert (effet.argent, effet.gagnants, effet.perdants) == (0, ("d0",), ("d1",))
    assert perte(enonce, reponse, {"l0": ("e", pas(5))}) == 100
    assert arrondi_bas(pas(5) + 1) == pas(5)
