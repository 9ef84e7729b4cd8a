"""Scenarios: cells written by several people, freezing, promotion to a session."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aap.domaine.erreurs import (
    Conflit,
    Depassement,
    Interdit,
    Introuvable,
    Invalide,
    PasLeMoment,
)
from aap.extensions import db
from aap.models import Financement, OrigineScenario, Scenario
from aap.permissions import charger_acteur
from aap.requetes.lecture_tableau import lire_tableau
from aap.requetes.soldes import soldes_campagne
from aap.services.arbitrage import arbitrer
from aap.services.ordre_du_jour import inscrire
from aap.services.promotion import empreinte_scenario, figer_scenario, promouvoir_scenario
from aap.services.scenario import (
    creer_scenario,
    lignes_scenario,
    modifier_scenario,
    supprimer_scenario,
)
from aap.services.scenario_montants import SaisieScenario, poser_montants, remplacer_montants
from tests.outils_copil import DecorCopil, deporter, lignes, planter_copil, seance_prete
from workflows.dossier import EtatDossier
from workflows.scenario import EtatScenario

O = OrigineScenario  # noqa: E741


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil()


def vide(decor: DecorCopil, nom: str = "Essai") -> Scenario:
    return creer_scenario(decor.acteur, decor.campagne, nom, O.VIDE)


def poser(
    decor: DecorCopil, scenario: Scenario, f: Financement, montant: int | None, **plus: Any
) -> None:
    enveloppe = decor.env_etat if f.financeur_id == decor.etat.id else decor.env_ville
    poser_montants(decor.acteur, scenario, [SaisieScenario(f.id, montant, enveloppe.id, **plus)])


def montants(scenario: Scenario) -> dict[int, int]:
    return {m.financement_id: m.montant for m in lignes_scenario(scenario) if m.montant}


def test_part_des_avis(decor: DecorCopil) -> None:
    scenario = creer_scenario(decor.acteur, decor.campagne, "Avis", O.AVIS)
    attendu = {}
    for dossier in decor.dossiers:
        etat, ville = lignes(dossier)
        attendu[etat.id] = 400_000
        if decor.communes[0] in dossier.quartiers[0].quartier.communes:
            attendu[ville.id] = 200_000  # the other town has no enveloppe of this funder
    assert montants(scenario) == attendu


def test_un_scenario_ne_prend_rien_aux_enveloppes(decor: DecorCopil) -> None:
    avant = soldes_campagne(decor.campagne.id)
    scenario = vide(decor)
    for dossier in decor.dossiers:
        poser(decor, scenario, lignes(dossier)[0], 500_000)
    assert soldes_campagne(decor.campagne.id) == avant
    assert sum(montants(scenario).values()) > decor.env_etat.montant  # allowed: it is a trial


def test_noms_et_suppression(decor: DecorCopil) -> None:
    scenario = vide(decor)
    for nom in ("Essai", " Essai ", "", "x" * 121):
        with pytest.raises(Invalide):
            vide(decor, nom)
    modifier_scenario(decor.acteur, scenario, "Autre", "Pour comparer", version=scenario.version)
    assert vide(decor).nom == "Essai"
    with pytest.raises(Conflit):
        modifier_scenario(decor.acteur, scenario, "Tard", "", version=scenario.version - 1)
    supprimer_scenario(decor.acteur, scenario)
    assert db.session.get(Scenario, scenario.id) is None


def test_qui_peut(decor: DecorCopil) -> None:
    scenario = vide(decor)
    for personne in (decor.membre, decor.instructeur, decor.porteur, decor.observateur):
        acteur = charger_acteur(personne)
        with pytest.raises(Interdit):
            creer_scenario(acteur, decor.campagne, "Non", O.VIDE)
        with pytest.raises(Interdit):
            poser_montants(
                acteur, scenario, [SaisieScenario(lignes(decor.dossiers[0])[0].id, 1, 1)]
            )
        with pytest.raises(Interdit):
            figer_scenario(acteur, scenario)


def test_deux_personnes_sur_une_cellule(decor: DecorCopil) -> None:
    scenario, f = vide(decor), lignes(decor.dossiers[0])[0]
    poser(decor, scenario, f, 100_000, vu=0)
    with pytest.raises(Conflit, match=r"200\s€.*1\s000\s€"):
        poser(decor, scenario, f, 20_000, vu=0)
    poser(decor, scenario, f, 100_000, vu=0)  # the same value: nothing to choose
    [cellule] = lignes_scenario(scenario)
    poser(decor, scenario, f, 20_000, vu=cellule.numero)
    assert montants(scenario) == {f.id: 20_000}


def test_vider_une_cellule_reste_su(decor: DecorCopil) -> None:
    scenario, f = vide(decor), lignes(decor.dossiers[0])[0]
    poser(decor, scenario, f, 100_000)
    avant = scenario.numero
    poser(decor, scenario, f, None)
    [cellule] = lignes_scenario(scenario)
    assert (cellule.montant, cellule.enveloppe_id) == (None, None)
    assert cellule.numero > avant


@pytest.mark.parametrize(
    ("montant", "plus", "phrase"),
    [
        (-1, {}, "négatif"),
        (600_000, {}, "dépasse la demande"),
        (100_000, {"enveloppe": "ville"}, "autre financeur"),
        (100_000, {"enveloppe": "aucune"}, "choisissez l’enveloppe"),
    ],
)
def test_refuse_en_disant_pourquoi(
    decor: DecorCopil, montant: int, plus: dict[str, str], phrase: str
) -> None:
    scenario, f = vide(decor), lignes(decor.dossiers[0])[0]
    enveloppe = {"ville": decor.env_ville.id, "aucune": None}.get(
        plus.get("enveloppe", ""), decor.env_etat.id
    )
    with pytest.raises(Invalide) as refus:
        poser_montants(decor.acteur, scenario, [SaisieScenario(f.id, montant, enveloppe)])
    assert phrase in refus.value.problemes[0].message
    assert montants(scenario) == {}


def test_tout_ou_rien(decor: DecorCopil) -> None:
    scenario, (a, b) = vide(decor), lignes(decor.dossiers[1])
    saisies = [
        SaisieScenario(a.id, 100_000, decor.env_etat.id),
        SaisieScenario(b.id, 900_000, decor.env_ville.id),
    ]
    with pytest.raises(Invalide):
        poser_montants(decor.acteur, scenario, saisies)
    assert montants(scenario) == {}
    with pytest.raises(Introuvable):
        poser_montants(decor.acteur, scenario, [SaisieScenario(987_654, 1, decor.env_etat.id)])


def test_la_ligne_d_un_organisme_ou_l_on_se_deporte_n_existe_pas(decor: DecorCopil) -> None:
    scenario, f = vide(decor), lignes(decor.dossiers[0])[0]
    deporter(decor, decor.coordo, decor.dossiers[0])
    with pytest.raises(Introuvable):
        poser(decor, scenario, f, 100_000)
    tableau = lire_tableau(decor.campagne, decor.acteur)
    assert decor.dossiers[0].id not in {r.id for r in tableau.rangees}
    assert tableau.masques == 1
    assert len(lire_tableau(decor.campagne).rangees) == 3


def test_fige_ne_change_plus_et_se_copie(decor: DecorCopil) -> None:
    scenario, f = vide(decor), lignes(decor.dossiers[0])[0]
    poser(decor, scenario, f, 100_000)
    figer_scenario(decor.acteur, scenario)
    assert scenario.empreinte == empreinte_scenario(scenario)
    with pytest.raises(PasLeMoment):
        poser(decor, scenario, f, 200_000)
    with pytest.raises(PasLeMoment):
        supprimer_scenario(decor.acteur, scenario)
    copie = creer_scenario(decor.acteur, decor.campagne, "Copie", O.COPIE, modele=scenario)
    poser(decor, copie, f, 200_000)
    assert (montants(scenario), montants(copie)) == ({f.id: 100_000}, {f.id: 200_000})


def test_promouvoir_donne_ses_montants_a_la_seance(decor: DecorCopil) -> None:
    """Also what was typed before, other enveloppe full meanwhile: downs first, then ups."""
    seance = seance_prete(decor)
    a, b, c = (lignes(d)[0] for d in decor.dossiers)
    arbitrer(decor.acteur, a, 500_000, decor.env_etat)
    arbitrer(decor.acteur, b, 500_000, decor.env_etat)
    scenario = vide(decor)
    for f, montant in ((a, 100_000), (b, None), (c, 500_000)):
        if montant:
            poser(decor, scenario, f, montant)
    poser(decor, scenario, lignes(decor.dossiers[1])[1], 50_000)
    promouvoir_scenario(decor.acteur, scenario, seance)
    assert [f.montant_arbitre for f in (a, b, c)] == [100_000, None, 500_000]
    assert scenario.etat is EtatScenario.PROMU and scenario.seance_id == seance.id
    with pytest.raises(PasLeMoment):
        promouvoir_scenario(decor.acteur, scenario, seance)


def test_promouvoir_inscrit_ce_qui_manque(decor: DecorCopil) -> None:
    seance = seance_prete(decor, tous=False, ouverte=False)
    inscrire(decor.acteur, seance, decor.dossiers[0])
    scenario = vide(decor)
    for dossier in decor.dossiers[:2]:
        poser(decor, scenario, lignes(dossier)[0], 100_000)
    assert promouvoir_scenario(decor.acteur, scenario, seance) == 1
    assert decor.dossiers[1].etat is EtatDossier.INSCRIT
    assert decor.dossiers[2].etat is EtatDossier.INSTRUIT


def test_promouvoir_un_scenario_qui_depasse_ne_change_rien(decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    scenario = vide(decor)
    for dossier in decor.dossiers:
        poser(decor, scenario, lignes(dossier)[0], 500_000)
    db.session.commit()
    with pytest.raises(Depassement) as refus:
        promouvoir_scenario(decor.acteur, scenario, seance)
    assert decor.dossiers[2].reference in refus.value.message
    db.session.rollback()
    assert {f.montant_arbitre for d in decor.dossiers for f in lignes(d)} == {None}
    assert scenario.etat is EtatScenario.BROUILLON


def test_promouvoir_un_scenario_vide(decor: DecorCopil) -> None:
    with pytest.raises(PasLeMoment, match="aucun montant"):
        promouvoir_scenario(decor.acteur, vide(decor), seance_prete(decor))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 5)), max_size=8))
def test_remplacer_garde_les_verrous(decor: DecorCopil, gestes: list[tuple[int, int, int]]) -> None:
    """Whatever came before, what a calculation writes is what is read, locks apart."""
    with db.session.begin_nested() as point:
        scenario = vide(decor, "Vie")
        verrouilles: dict[int, int] = {}
        for d, i, pas in gestes:
            f = lignes(decor.dossiers[d])[0]
            poser(decor, scenario, f, pas * 10_000 or None, verrouille=bool(i))
            verrouilles.pop(f.id, None)
            if i:
                verrouilles[f.id] = pas * 10_000
        nouveaux = {lignes(d)[0].id: (decor.env_etat.id, 70_000) for d in decor.dossiers}
        remplacer_montants(decor.acteur, scenario, nouveaux)
        attendus = {cle: 70_000 for cle in nouveaux} | verrouilles
        assert montants(scenario) == {cle: m for cle, m in attendus.items() if m}
        point.rollback()
