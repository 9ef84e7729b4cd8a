"""The board as a spreadsheet: given out, changed by people, compared, applied once."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from aap.extensions import db
from aap.models import Evenement, OrigineScenario, Scenario
from aap.services.promotion import figer_scenario
from aap.services.scenario import creer_scenario, lignes_scenario
from aap.services.scenario_montants import SaisieScenario, poser_montants
from aap.tableur.classeur import TEXTE, Classeur, Colonne, FeuilleEcrite
from aap.tableur.lecture import ouvrir_classeur
from aap.tableur.ods import ecrire_ods
from aap.tableur.tableau_lecture import BORNES
from aap.tableur.xlsx import ecrire_xlsx
from tests.outils_copil import DecorCopil, deporter, lignes, planter_copil
from tests.outils_porteur import compter_requetes, connecte

Grille = list[list[Any]]
Feuilles = dict[str, Grille]


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    decor = planter_copil()
    decor.dossiers[0].intitule = '=HYPERLINK("piège")'
    return decor


@pytest.fixture
def scenario(decor: DecorCopil) -> Scenario:
    """Three dossiers; the State gives 1 000 € to the first."""
    scenario = creer_scenario(decor.acteur, decor.campagne, "Essai", OrigineScenario.VIDE)
    poser(decor, scenario, 0, 100_000)
    return scenario


def poser(decor: DecorCopil, scenario: Scenario, rang: int, montant: int | None) -> None:
    f = lignes(decor.dossiers[rang])[0]
    poser_montants(decor.acteur, scenario, [SaisieScenario(f.id, montant, decor.env_etat.id)])
    db.session.commit()


def montants(scenario: Scenario) -> dict[int, int]:
    db.session.expire_all()
    return {m.financement_id: m.montant for m in lignes_scenario(scenario) if m.montant}


def telecharger(client: FlaskClient, scenario: Scenario, forme: str = "xlsx") -> Feuilles:
    reponse = client.get(f"/copil/scenarios/{scenario.id}/tableau.{forme}")
    assert reponse.status_code == 200
    return {f.nom: f.cellules for f in ouvrir_classeur(reponse.data, BORNES).feuilles}


def place(grille: Grille, valeur: str) -> tuple[int, int]:
    return next((i, r.index(valeur)) for i, r in enumerate(grille) if valeur in r)


def mettre(grille: Grille, decor: DecorCopil, rang: int, valeur: Any, code: str = "etat") -> str:
    """Type in the cell of a dossier; its address."""
    i, j = place(grille, decor.dossiers[rang].reference)[0], place(grille, code)[1]
    grille[i] += [""] * (j + 1 - len(grille[i]))
    grille[i][j] = valeur
    return f"{chr(65 + j)}{i + 1}"


def fichier(feuilles: Feuilles, ecrire: Callable[[Classeur], bytes] = ecrire_xlsx) -> bytes:
    """The sheets as somebody's spreadsheet saves them."""
    ecrites = [
        FeuilleEcrite(
            nom,
            [Colonne(9)],
            [[(c, v, TEXTE) for c, v in enumerate(r) if v != ""] for r in grille],
            protegee=False,
        )
        for nom, grille in feuilles.items()
    ]
    return ecrire(Classeur("", ecrites))


def renvoyer(client: FlaskClient, scenario: Scenario, octets: bytes, nom: str = "t.xlsx") -> Any:
    donnees = {"fichier": (BytesIO(octets), nom)}
    return client.post(f"/copil/scenarios/{scenario.id}/retour", data=donnees)


def corps_de(page: str, *, coches: list[int] | None = None) -> dict[str, Any]:
    """What the page sends: its hidden fields, and its ticked lines (or those given)."""
    champs = dict(re.findall(r'<input type="hidden" name="([lt]-\d+)" value="([^"]*)"', page))
    lus = re.findall(r'name="choix" value="(\d+)" ?(checked)?', page)
    choix = [int(c) for c, coche in lus if coche] if coches is None else coches
    return champs | {"choix": choix, "fichier": "t.xlsx"}


def appliquer(client: FlaskClient, scenario: Scenario, corps: dict[str, Any]) -> Any:
    return client.post(f"/copil/scenarios/{scenario.id}/retour/appliquer", data=corps)


@pytest.mark.parametrize(("forme", "ecrire"), [("xlsx", ecrire_xlsx), ("ods", ecrire_ods)])
def test_aller_et_retour(
    app: Flask, decor: DecorCopil, scenario: Scenario, forme: str, ecrire: Any
) -> None:
    """Formulas, then a changed amount in words, a moved column, sorted rows, an extra sheet."""
    client = connecte(app, decor.coordo)
    feuilles = telecharger(client, scenario, forme)
    assert {"Tableau", "Par enveloppe", "Par orientation", "Par quartier", "Demandes", "À lire",
            "Départ"} <= feuilles.keys()  # fmt: skip
    tableau = feuilles["Tableau"]
    assert any('=HYPERLINK("piège")' in r for r in tableau)
    colonne = place(tableau, "etat")[1]
    assert [r[colonne] for r in tableau[3:6]] == [10_000, 1_000, 9_000]
    enveloppes = feuilles["Par enveloppe"]
    assert enveloppes[place(enveloppes, "etat")[0]][4:8] == [10_000, 1_000, 9_000, 1]
    assert enveloppes[1][4:7] == [15_000, 1_000, 14_000]
    assert feuilles["Par orientation"][4][1:] == [3, 1, 24_000, 1_000]
    mettre(tableau, decor, 0, "1 200,50 €")
    mettre(tableau, decor, 1, 700.0)
    mettre(tableau, decor, 2, 0.1 + 0.2)
    for rangee in tableau:
        rangee.insert(1, "à moi" if rangee is tableau[6] else "")
    tableau[7:] = [["Total", *[""] * (colonne + 1), 5.0], *reversed(tableau[7:]), []]
    ajoutees = {f"Calcul {n}": [["2027-0001", 3.0]] for n in range(9)}
    feuilles = ajoutees | feuilles
    page = renvoyer(client, scenario, fichier(feuilles, ecrire), f"t.{forme}")
    assert page.status_code == 200 and "pas été compris" not in page.text
    a, b, c = (lignes(d)[0] for d in decor.dossiers)
    assert montants(scenario) == {a.id: 100_000}
    corps = corps_de(page.text)
    assert sorted(corps["choix"]) == [a.id, b.id, c.id]
    for _ in range(2):  # a double click
        assert appliquer(client, scenario, corps).status_code == 303
    assert montants(scenario) == {a.id: 120_050, b.id: 70_000, c.id: 30}
    faits = select(func.count()).where(Evenement.acte == "scenario.importer")
    assert db.session.scalar(faits) == 1
    encore = renvoyer(client, scenario, fichier(feuilles, ecrire)).text
    assert "ne change aucun montant" in encore and 'name="choix"' not in encore


def test_trois_valeurs_et_rien_en_silence(
    app: Flask, decor: DecorCopil, scenario: Scenario
) -> None:
    """Changed here, changed there, changed on both sides; an emptied cell; a stale page."""
    client = connecte(app, decor.coordo)
    feuilles = telecharger(client, scenario)
    a, b, c = (lignes(d)[0] for d in decor.dossiers)
    vide = mettre(feuilles["Tableau"], decor, 0, "")
    mettre(feuilles["Tableau"], decor, 1, 800)
    poser(decor, scenario, 1, 90_000)
    poser(decor, scenario, 2, 5_000)
    page = renvoyer(client, scenario, fichier(feuilles)).text
    assert (
        f"cellule {vide}<" in page
        and "a changé depuis" in page
        and "Changés des deux côtés" in page
    )
    assert "Changés dans le scénario seulement" in page and "Rien n’est encore enregistré" in page
    corps = corps_de(page)
    assert corps["choix"] == [a.id]
    corps["choix"] = [a.id, b.id]
    poser(decor, scenario, 1, 95_000)  # meanwhile
    refus = appliquer(client, scenario, corps)
    assert refus.status_code == 409
    assert re.search(r"saisi 800\s€, une autre personne vient d’écrire 950\s€", refus.text)
    assert montants(scenario) == {a.id: 100_000, b.id: 95_000, c.id: 5_000}
    corps = corps_de(refus.text, coches=[a.id, b.id])  # the page came back with both values
    assert appliquer(client, scenario, corps).status_code == 303
    assert montants(scenario) == {b.id: 80_000, c.id: 5_000}
    vide = appliquer(client, scenario, corps_de(page, coches=[]))
    assert vide.status_code == 422 and "rien n’a changé" in vide.text


def test_chaque_faute_dit_ou_et_que_faire(
    app: Flask, decor: DecorCopil, scenario: Scenario
) -> None:
    client = connecte(app, decor.coordo)
    feuilles = telecharger(client, scenario)
    t = feuilles["Tableau"]
    ici = mettre(t, decor, 0, "beaucoup")
    date = mettre(t, decor, 1, "12/03/2027")
    trop = mettre(t, decor, 2, 9_000)
    t.append(["2027-9999", *[""] * (place(t, "etat")[1] - 1), 40])
    i, j = place(t, "ville-a")
    t[i][j] = "renommée"
    page = renvoyer(client, scenario, fichier(feuilles))
    assert page.status_code == 200 and 'name="choix"' not in page.text
    for phrase in (f"cellule {ici}", "lisible", f"cellule {date}", "contient une date",
                   f"cellule {trop}", "dépasse la demande", "2027-9999", "laissés de côté",
                   "ville-a", "plus de colonne"):  # fmt: skip
        assert phrase in page.text, phrase
    # With its reason, the amount above the request goes.
    i, j = place(t, decor.dossiers[2].reference)[0], place(t, "Motif si plus que demandé")[1]
    t[i][j] = "Deux sites"
    corps = corps_de(renvoyer(client, scenario, fichier(feuilles)).text)
    c = lignes(decor.dossiers[2])[0]
    assert corps["choix"] == [c.id] and appliquer(client, scenario, corps).status_code == 303
    assert montants(scenario)[c.id] == 900_000
    assert {m.motif_ecart for m in lignes_scenario(scenario) if m.montant == 900_000} == {
        "Deux sites"
    }


def test_d_ou_vient_le_fichier(app: Flask, decor: DecorCopil, scenario: Scenario) -> None:
    client = connecte(app, decor.coordo)
    feuilles = telecharger(client, scenario)
    mettre(feuilles["Tableau"], decor, 1, 800)
    sans = {nom: g for nom, g in feuilles.items() if nom != "Départ"}
    page = renvoyer(client, scenario, fichier(sans)).text
    assert "ne dit plus de quel envoi" in page and corps_de(page)["choix"] == []
    faux = feuilles | {"Départ": [list(r) for r in feuilles["Départ"]]}
    faux["Départ"][1][2] = 5
    assert "ne dit plus de quel envoi" in renvoyer(client, scenario, fichier(faux)).text
    autre = creer_scenario(decor.acteur, decor.campagne, "Autre", OrigineScenario.VIDE)
    db.session.commit()
    page = renvoyer(client, autre, fichier(feuilles)).text
    assert "du scénario «\u00a0Essai\u00a0»" in page and corps_de(page)["choix"] == []
    for octets in (b"", b"rien", fichier({"F": [["x"]]}), None):
        reponse = (
            client.post(f"/copil/scenarios/{scenario.id}/retour", data={})
            if octets is None
            else renvoyer(client, scenario, octets)
        )
        assert reponse.status_code == 422


def test_droits_deports_et_scenario_fige(app: Flask, decor: DecorCopil, scenario: Scenario) -> None:
    client, membre = connecte(app, decor.coordo), connecte(app, decor.membre)
    feuilles = telecharger(client, scenario)
    octets = fichier(feuilles)
    assert renvoyer(membre, scenario, octets).status_code == 403
    assert appliquer(membre, scenario, {"choix": [1]}).status_code == 403
    deporter(decor, decor.membre, decor.dossiers[0])
    db.session.commit()
    vues = telecharger(membre, scenario)
    assert not any(decor.dossiers[0].reference in r for g in vues.values() for r in g)
    assert len(vues["Départ"]) == 1
    figer_scenario(decor.acteur, scenario, version=scenario.version)
    db.session.commit()
    assert renvoyer(client, scenario, octets).status_code == 409
    assert appliquer(client, scenario, {"l-1": "1:5:0:0:1:0", "choix": [1]}).status_code == 409
    assert "ne peut pas changer le scénario" in str(telecharger(client, scenario)["À lire"])


def test_requetes_constantes(app: Flask, decor: DecorCopil, scenario: Scenario) -> None:
    client = connecte(app, decor.coordo)
    adresse = f"/copil/scenarios/{scenario.id}/tableau.xlsx"
    client.get(adresse)
    assert compter_requetes(lambda: client.get(adresse)) <= 26
