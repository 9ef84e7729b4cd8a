"""The pages of the scenarios: what the committee reads, what the coordination writes."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from flask import Flask

from aap.extensions import db
from aap.models import EtatCalcul, OrigineScenario, Scenario
from aap.services.scenario import creer_scenario, lignes_scenario
from aap.services.scenario_montants import SaisieScenario, poser_montants
from aap.taches.ouvrier import vider
from tests.outils_copil import (
    DecorCopil,
    ajouter_dossier,
    deporter,
    lignes,
    planter_copil,
    seance_prete,
)
from tests.outils_porteur import compter_requetes, connecte
from workflows.dossier import EtatDossier
from workflows.scenario import EtatScenario

LU = "ne peut pas être lu"


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil()


def scenario_de(decor: DecorCopil, nom: str = "Essai") -> Scenario:
    scenario = creer_scenario(decor.acteur, decor.campagne, nom, OrigineScenario.VIDE)
    db.session.commit()
    return scenario


def montants(scenario: Scenario) -> dict[int, int]:
    db.session.expire_all()
    return {m.financement_id: m.montant for m in lignes_scenario(scenario) if m.montant}


def test_creer_comparer_figer_retenir(app: Flask, decor: DecorCopil) -> None:
    """The whole life through the pages, without script."""
    client, c = connecte(app, decor.coordo), decor.campagne.id
    for nom, origine in (("Avis", "avis"), ("Rang", "rang")):
        reponse = client.post(
            f"/copil/campagnes/{c}/scenarios/nouveau", data={"nom": nom, "origine": origine}
        )
        assert reponse.status_code == 303
    liste = client.get(f"/copil/campagnes/{c}/scenarios").text
    ids = [int(i) for i in re.findall(r'name="s" value="(\d+)"', liste)]
    assert len(ids) == 2 and "Avis" in liste
    page = client.get(f"/copil/campagnes/{c}/scenarios/comparer?s={ids[0]}&s={ids[1]}").text
    assert decor.dossiers[2].intitule in page and "État" in page
    rang = ids[0]
    scenario = db.session.get_one(Scenario, rang)
    fige = client.post(f"/copil/scenarios/{rang}/figer", data={"version": scenario.version})
    assert fige.status_code == 303
    db.session.expire_all()
    assert scenario.etat is EtatScenario.FIGE
    seance = seance_prete(decor, tous=False, ouverte=False)
    db.session.commit()
    retenu = client.post(
        f"/copil/scenarios/{rang}/retenir", data={"seance": seance.id, "version": scenario.version}
    )
    assert retenu.status_code == 303
    db.session.expire_all()
    assert {d.etat for d in decor.dossiers[:2]} == {EtatDossier.INSCRIT}
    arbitres = {f.id: f.montant_arbitre for d in decor.dossiers for f in lignes(d)}
    assert {cle: m for cle, m in arbitres.items() if m} == montants(scenario)


def test_retenir_ce_qui_depasse_le_dit_et_ne_change_rien(app: Flask, decor: DecorCopil) -> None:
    scenario = scenario_de(decor)
    saisies = [SaisieScenario(lignes(d)[0].id, 500_000, decor.env_etat.id) for d in decor.dossiers]
    poser_montants(decor.acteur, scenario, saisies)
    seance = seance_prete(decor, tous=False, ouverte=False)
    db.session.commit()
    donnees = {"seance": seance.id, "version": scenario.version}
    reponse = connecte(app, decor.coordo).post(
        f"/copil/scenarios/{scenario.id}/retenir", data=donnees
    )
    assert reponse.status_code == 422 and decor.dossiers[2].reference in reponse.text
    db.session.expire_all()
    assert scenario.etat is EtatScenario.BROUILLON
    assert {d.etat for d in decor.dossiers} == {EtatDossier.INSTRUIT}


def test_la_page_sans_script_n_envoie_que_ce_qui_change(app: Flask, decor: DecorCopil) -> None:
    scenario, client = scenario_de(decor), connecte(app, decor.coordo)
    a, b = lignes(decor.dossiers[0])[0], lignes(decor.dossiers[1])[0]
    page = client.get(f"/copil/scenarios/{scenario.id}").text
    champs = re.findall(r'name="(m-\d+-\d+)"', page)
    assert f"m-{a.id}-{decor.env_etat.id}" in champs
    corps = {nom: "" for nom in champs} | {"depuis": str(scenario.numero), "initiales": "{}"}
    corps[f"m-{a.id}-{decor.env_etat.id}"] = "1 200,50"
    # Meanwhile somebody else writes another cell: nothing of it is lost.
    autre = [SaisieScenario(b.id, 300_000, decor.env_etat.id)]
    poser_montants(decor.acteur, scenario, autre)
    db.session.commit()
    assert client.post(f"/copil/scenarios/{scenario.id}/montants", data=corps).status_code == 303
    assert montants(scenario) == {a.id: 120_050, b.id: 300_000}


def test_la_page_sans_script_dit_les_deux_valeurs(app: Flask, decor: DecorCopil) -> None:
    scenario, a = scenario_de(decor), lignes(decor.dossiers[0])[0]
    champ = f"m-{a.id}-{decor.env_etat.id}"
    corps = {"depuis": str(scenario.numero), "initiales": "{}", champ: "700"}
    poser_montants(decor.acteur, scenario, [SaisieScenario(a.id, 30_000, decor.env_etat.id)])
    db.session.commit()
    reponse = connecte(app, decor.coordo).post(
        f"/copil/scenarios/{scenario.id}/montants", data=corps
    )
    assert reponse.status_code == 409
    assert re.search(r"saisi 700\s€, une autre personne vient d’écrire 300\s€", reponse.text)
    assert montants(scenario) == {a.id: 30_000}


@pytest.mark.parametrize(
    ("texte", "phrase"),
    [("douze", LU), ("1e9", LU), ("-5", LU), ("9 000", "dépasse la demande")],
)
def test_ce_qui_est_refuse_reste_dans_la_case(
    app: Flask, decor: DecorCopil, texte: str, phrase: str
) -> None:
    scenario, a = scenario_de(decor), lignes(decor.dossiers[0])[0]
    champ = f"m-{a.id}-{decor.env_etat.id}"
    reponse = connecte(app, decor.coordo).post(
        f"/copil/scenarios/{scenario.id}/montants", data={champ: texte, "initiales": "{}"}
    )
    assert reponse.status_code == 422 and phrase in reponse.text
    assert f'value="{texte}"' in reponse.text
    assert montants(scenario) == {}


def test_json_cellule_puis_changements(app: Flask, decor: DecorCopil) -> None:
    scenario, client = scenario_de(decor), connecte(app, decor.coordo)
    a = lignes(decor.dossiers[0])[0]
    adresse = f"/copil/scenarios/{scenario.id}/montants"
    cellule = {"ligne": a.id, "enveloppe": decor.env_etat.id, "montant": "1 000", "vu": 0}
    lu = client.post(adresse, json={"cellules": [cellule]}).get_json()
    assert lu["cellules"][0]["montant"] == 100_000
    assert client.post(adresse, json={"cellules": [cellule | {"montant": "5"}]}).status_code == 409
    autre = connecte(app, decor.membre)
    suite = autre.get(f"/copil/scenarios/{scenario.id}/changements?depuis=0").get_json()
    assert suite["cellules"][0]["qui"].startswith("Cora")
    apres = f"/copil/scenarios/{scenario.id}/changements?depuis={suite['numero']}"
    assert autre.get(apres).get_json()["cellules"] == []


@pytest.mark.parametrize(
    "corps",
    ["x", [], {"cellules": 3}, {"cellules": ["x"]}, {"cellules": [{"ligne": True, "vu": 0}]},
     {"cellules": [{"ligne": 2**40, "vu": 0, "enveloppe": 1, "montant": "1"}]},
     {"cellules": [{"ligne": 1, "vu": 0, "enveloppe": "1", "montant": "1"}]},
     {"cellules": [{"ligne": 1, "vu": 0, "enveloppe": 1, "montant": {"a": 1}}]},
     {"cellules": [{"ligne": 1, "vu": 0, "enveloppe": 2**31, "montant": "\x00"}]}],
)  # fmt: skip
def test_json_insense(app: Flask, decor: DecorCopil, corps: Any) -> None:
    scenario = scenario_de(decor)
    reponse = connecte(app, decor.coordo).post(
        f"/copil/scenarios/{scenario.id}/montants", json=corps
    )
    assert 400 <= reponse.status_code < 500


def test_qui_lit_et_qui_ecrit(app: Flask, decor: DecorCopil) -> None:
    scenario, c = scenario_de(decor), decor.campagne.id
    adresses = [f"/copil/campagnes/{c}/scenarios", f"/copil/scenarios/{scenario.id}"]
    membre = connecte(app, decor.membre)
    assert [membre.get(a).status_code for a in adresses] == [200, 200]
    assert membre.post(f"/copil/scenarios/{scenario.id}/montants", data={}).status_code == 403
    for qui in (decor.instructeur, decor.porteur, decor.observateur):
        client = connecte(app, qui)
        assert {client.get(a).status_code for a in adresses} <= {403, 404}


def test_un_deport_cache_le_dossier_partout(app: Flask, decor: DecorCopil) -> None:
    scenario, cache = scenario_de(decor), decor.dossiers[0]
    ligne = lignes(cache)[0]
    poser_montants(decor.acteur, scenario, [SaisieScenario(ligne.id, 123_400, decor.env_etat.id)])
    deporter(decor, decor.membre, cache)
    autre = scenario_de(decor, "Autre")
    db.session.commit()
    client, c = connecte(app, decor.membre), decor.campagne.id
    for adresse in (
        f"/copil/scenarios/{scenario.id}",
        f"/copil/scenarios/{scenario.id}/changements?depuis=0",
        f"/copil/campagnes/{c}/scenarios",
        f"/copil/campagnes/{c}/scenarios/comparer?s={scenario.id}&s={autre.id}&tout=1",
    ):
        texte = client.get(adresse).text
        assert cache.intitule not in texte and cache.reference not in texte
        assert "1\u202f234" not in texte and "123400" not in texte


def test_proposition_de_la_demande_au_resultat(app: Flask, decor: DecorCopil) -> None:
    client, c = connecte(app, decor.coordo), decor.campagne.id
    adresse = f"/copil/campagnes/{c}/proposition"
    page = client.get(adresse)
    assert page.status_code == 200 and "Part minimale" in page.text
    vide = client.post(adresse, data={"nom": "", "part_minimale": "abc"})
    assert vide.status_code == 422 and "abc" in vide.text
    plus = client.post(adresse, data={"nom": "Idée", "ajouter": "1"})
    assert plus.status_code == 200 and 'value="Idée"' in plus.text
    donnees = {
        "nom": "Idée",
        "part_minimale": "30",
        "bornes-0-ou": "commune:Ville a",
        "bornes-0-maximum": "2 000",
    }
    reponse = client.post(adresse, data=donnees)
    assert reponse.status_code == 303
    attente = client.get(reponse.location)
    assert "Calcul en cours" in attente.text
    vider()
    fini = client.get(reponse.location).text
    assert "Pourquoi ces montants" in fini
    scenario = db.session.get_one(Scenario, int(reponse.location.rsplit("/", 1)[1]))
    db.session.refresh(scenario)
    assert scenario.calcul is EtatCalcul.FINI and montants(scenario)


def test_les_totaux_de_la_page_sont_ceux_des_montants(app: Flask, decor: DecorCopil) -> None:
    scenario = scenario_de(decor)
    a, b = lignes(decor.dossiers[0])[0], lignes(decor.dossiers[1])[0]
    cellules = [
        SaisieScenario(a.id, 400_000, decor.env_etat.id),
        SaisieScenario(b.id, 450_050, decor.env_etat.id),
    ]
    poser_montants(decor.acteur, scenario, cellules)
    db.session.commit()
    page = connecte(app, decor.membre).get(f"/copil/scenarios/{scenario.id}").text
    assert re.search(r'data-t="donne"><span class="montant">8\s500,50\s€', page)
    assert re.search(r'data-t="aides">2<', page)


def test_nombre_de_requetes_constant(app: Flask, decor: DecorCopil) -> None:
    scenario, c = scenario_de(decor), decor.campagne.id
    autre = scenario_de(decor, "Autre")
    client = connecte(app, decor.coordo)
    adresses = [
        f"/copil/scenarios/{scenario.id}",
        f"/copil/scenarios/{scenario.id}/changements",
        f"/copil/campagnes/{c}/scenarios",
        f"/copil/campagnes/{c}/scenarios/comparer?s={scenario.id}&s={autre.id}",
        f"/copil/campagnes/{c}/proposition",
    ]

    def mesurer() -> list[int]:
        return [compter_requetes(partial(client.get, a)) for a in adresses]

    mesurer()
    avant = mesurer()
    for n in range(4, 30):
        ajouter_dossier(decor, n)
    db.session.commit()
    mesurer()  # the ranking is kept in memory between two changes
    assert mesurer() == avant
    assert max(avant) < 40
