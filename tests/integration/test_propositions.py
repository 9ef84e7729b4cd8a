"""The proposal of a campaign: what is asked, what comes back, what is kept."""

from __future__ import annotations

from typing import Any

import pytest

from aap.domaine.erreurs import Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import maintenant
from aap.domaine.partages import Partage
from aap.domaine.proposition import fautes
from aap.domaine.proposition_calcul import Issue, calculer
from aap.extensions import db
from aap.models import EtatCalcul, MontantScenario, OrigineScenario, Quartier, Scenario
from aap.permissions import charger_acteur
from aap.requetes.enonce import BorneChoisie, Choix, construire_enonce
from aap.requetes.lecture_tableau import lire_tableau
from aap.services.promotion import promouvoir_scenario
from aap.services.proposition import (
    arreter_calcul,
    creer_partage,
    demander_proposition,
    relancer_calcul,
)
from aap.services.scenario import creer_scenario, lignes_scenario
from aap.services.scenario_montants import SaisieScenario, poser_montants
from aap.taches.ouvrier import vider
from tests.outils_copil import DecorCopil, ajouter_dossier, lignes, planter_copil, seance_prete
from workflows.dossier import EtatDossier

LIBRE = Choix(part_minimale=0, part_budget=None, selon_avis=False)


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil()


def calculee(decor: DecorCopil, choix: Choix, **plus: Any) -> Scenario:
    scenario = demander_proposition(decor.acteur, decor.campagne, "Proposition", choix, **plus)
    db.session.commit()
    vider()
    db.session.expire_all()
    return scenario


def resultat(scenario: Scenario) -> Any:
    assert scenario.resultat is not None
    return scenario.resultat


def montants(scenario: Scenario) -> dict[int, int]:
    return {m.financement_id: m.montant for m in lignes_scenario(scenario) if m.montant}


def test_le_mieux_note_d_abord_et_les_raisons(decor: DecorCopil) -> None:
    """10 000 € of the State for three times 5 000 €: the third gets nothing, and is told why."""
    scenario = calculee(decor, LIBRE)
    assert (scenario.calcul, resultat(scenario)["issue"]) == (EtatCalcul.FINI, "optimale")
    a, b, c = (lignes(d)[0].id for d in decor.dossiers)
    donnes = montants(scenario)
    assert (donnes.get(a), donnes.get(b), donnes.get(c)) == (500_000, 500_000, None)
    dernier = resultat(scenario)["dossiers"][str(decor.dossiers[2].id)]
    assert dernier["obstacles"][str(c)] == ["Enveloppe « État, Crédits État »"]
    assert resultat(scenario)["apports"][0] == {
        "enveloppe": decor.env_etat.id, "ligne": c, "donne": 100_000,
    }  # fmt: skip
    assert any("État" in t["libelle"] for t in resultat(scenario)["tensions"])


def test_la_proposition_se_retient_telle_quelle(decor: DecorCopil) -> None:
    """What is computed never breaks a rule of the session."""
    for n in range(4, 12):
        ajouter_dossier(decor, n)
    scenario = calculee(decor, Choix(part_minimale=600, part_budget=300, cpo_nombre=0))
    assert montants(scenario)
    promouvoir_scenario(decor.acteur, scenario, seance_prete(decor, tous=False, ouverte=False))
    arbitres = {f.id: f.montant_arbitre for d in decor.dossiers for f in lignes(d)}
    assert {cle: m for cle, m in arbitres.items() if m} == montants(scenario)


def test_selon_l_avis_et_la_part_du_budget(decor: DecorCopil) -> None:
    assert set(montants(calculee(decor, Choix(part_minimale=0, part_budget=None))).values()) == {
        400_000, 200_000,
    }  # fmt: skip
    enonce = construire_enonce(
        decor.campagne, lire_tableau(decor.campagne), Choix(part_minimale=0, part_budget=100)
    )
    assert {c.plafond for c in enonce.candidats} == {200_000}


def test_les_verrous_du_modele_sont_tenus(decor: DecorCopil) -> None:
    modele = creer_scenario(decor.acteur, decor.campagne, "Modèle", OrigineScenario.VIDE)
    c = lignes(decor.dossiers[2])[0]
    cellule = SaisieScenario(c.id, 333_300, decor.env_etat.id, verrouille=True)
    poser_montants(decor.acteur, modele, [cellule])
    scenario = calculee(decor, LIBRE, modele=modele)
    assert montants(scenario)[c.id] == 333_300
    assert db.session.get_one(MontantScenario, (scenario.id, c.id)).verrouille


def test_regles_qui_se_contredisent(decor: DecorCopil) -> None:
    trop = BorneChoisie("commune", "Ville b", minimum=5_000_000)
    choix = Choix(part_minimale=0, bornes=(trop, BorneChoisie("secteur", "X")))
    scenario = calculee(decor, choix)
    assert resultat(scenario)["issue"] == "impossible"
    assert resultat(scenario)["conflit"]["plus_petit"]
    [[_, mots]] = resultat(scenario)["conflit"]["regles"]
    assert mots == "Commune Ville b\u00a0: au moins 50\u202f000\u00a0€"
    assert montants(scenario) == {}


def test_ce_que_coute_une_regle_est_garde(decor: DecorCopil) -> None:
    choix = Choix(
        part_minimale=0, part_budget=None, selon_avis=False,
        bornes=(BorneChoisie("commune", "Ville a", maximum=100_000),),
    )  # fmt: skip
    effets = resultat(calculee(decor, choix))["effets"]
    assert [e["libelle"] for e in effets] == ["Commune Ville a\u00a0: au plus 1\u202f000\u00a0€"]
    assert effets[0]["gagnants"] and effets[0]["prouve"]


def test_poches_comme_a_la_seance(decor: DecorCopil) -> None:
    """2.5 % of the State's enveloppe, and only beside a town."""
    decor.env_etat.programme = "147"
    db.session.get_one(Quartier, decor.quartiers[0].id).type = "poche"
    db.session.flush()
    choix = Choix(part_minimale=0, part_budget=None, selon_avis=False)
    enonce = construire_enonce(decor.campagne, lire_tableau(decor.campagne), choix)
    reponse = calculer(enonce)
    assert reponse.issue is Issue.OPTIMALE and not fautes(enonce, reponse.montants)
    en_poche = [d for d in decor.dossiers if d.quartiers[0].quartier_id == decor.quartiers[0].id]
    assert en_poche
    recu = sum(reponse.montants.get(str(lignes(d)[0].id), ("", 0))[1] for d in en_poche)
    assert recu == 1_000_000 * 25 // 1000 // 10_000 * 10_000
    for d in en_poche:
        lignes(d)[1].montant_demande = 0
    db.session.commit()
    seul = construire_enonce(decor.campagne, lire_tableau(decor.campagne), choix)
    autre = calculer(seul)
    assert not any(str(lignes(d)[0].id) in autre.montants for d in en_poche)


def test_l_argent_deja_decide_n_est_plus_a_prendre(decor: DecorCopil) -> None:
    decide = decor.dossiers[0]
    ligne = lignes(decide)[0]
    ligne.enveloppe, ligne.montant_arbitre = decor.env_etat, 700_000
    ligne.motif_ecart = "Accord du comité"
    decide.etat = EtatDossier.PROGRAMME
    db.session.commit()
    [etat] = [c for c in lire_tableau(decor.campagne).caisses if c.id == decor.env_etat.id]
    assert etat.disponible == 300_000
    assert sum(montants(calculee(decor, LIBRE)).values()) <= 300_000 + decor.env_ville.montant


@pytest.mark.parametrize("partage", list(Partage))
def test_partages_simples(decor: DecorCopil, partage: Partage) -> None:
    scenario = creer_partage(decor.acteur, decor.campagne, "Simple", partage, LIBRE)
    donnes = montants(scenario)
    etat = [donnes.get(lignes(d)[0].id, 0) for d in decor.dossiers]
    attendus = {
        Partage.RANG: [500_000, 500_000, 0],
        Partage.PROPORTION: [330_000, 330_000, 330_000],
        Partage.EGALITE: [330_000, 330_000, 340_000],
    }
    assert sorted(etat) == sorted(attendus[partage])
    assert resultat(scenario)["rompues"] == []


@pytest.mark.parametrize(
    "choix",
    [
        Choix(part_minimale=1001),
        Choix(part_budget=-1),
        Choix(bornes=(BorneChoisie("lune", "x"),)),
        Choix(bornes=(BorneChoisie("commune", "Ville a", 20, 10),)),
        Choix(bornes=(BorneChoisie("commune", "Ville a", -5),)),
    ],
)
def test_une_demande_absurde_se_refuse(decor: DecorCopil, choix: Choix) -> None:
    with pytest.raises(Invalide):
        demander_proposition(decor.acteur, decor.campagne, "Non", choix)


def test_qui_calcule_et_quand(decor: DecorCopil) -> None:
    scenario = demander_proposition(decor.acteur, decor.campagne, "Proposition", LIBRE)
    with pytest.raises(PasLeMoment):
        relancer_calcul(decor.acteur, scenario)
    cellule = SaisieScenario(lignes(decor.dossiers[0])[0].id, 100, decor.env_etat.id)
    with pytest.raises(PasLeMoment, match="calculée"):
        poser_montants(decor.acteur, scenario, [cellule])
    with pytest.raises(Interdit):
        arreter_calcul(charger_acteur(decor.membre), scenario)
    arreter_calcul(decor.acteur, scenario)
    db.session.commit()
    vider()
    db.session.expire_all()
    assert scenario.calcul is EtatCalcul.FINI and montants(scenario) == {}
    assert "arrêté" in scenario.avancement
    relancer_calcul(decor.acteur, scenario)
    db.session.commit()
    vider()
    db.session.expire_all()
    assert montants(scenario)


def test_les_choix_survivent_a_leur_forme_ecrite() -> None:
    choix = Choix(part_minimale=400, bornes=(BorneChoisie("commune", "Ville a", 1, 2),))
    assert Choix.depuis(choix.en_donnees()) == choix


def test_qui_n_a_plus_le_droit_lit_pourquoi_rien_n_est_ecrit(decor: DecorCopil) -> None:
    """Refused when it is written: said as a refusal, not as a breakdown, and tried once."""
    scenario = demander_proposition(decor.acteur, decor.campagne, "Proposition", LIBRE)
    for droit in decor.coordo.habilitations:
        droit.retiree_le = maintenant()
    db.session.commit()
    assert vider() == 1
    db.session.expire_all()
    assert scenario.calcul is EtatCalcul.ECHOUE and montants(scenario) == {}
    assert "n’a pas été écrit" in scenario.avancement and "panne" not in scenario.avancement
