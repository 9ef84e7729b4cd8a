"""Rows of a board kept in the process: never another page than the one made from nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from aap.extensions import db
from aap.models import Financement, OrigineScenario, Scenario
from aap.requetes import memoire_tableau
from aap.requetes.lecture_tableau import lire_tableau
from aap.requetes.tableau import Dessins
from aap.services.scenario import creer_scenario
from aap.services.scenario_montants import SaisieScenario, poser_montants
from tests.outils_copil import (
    DecorCopil,
    ajouter_dossier,
    deporter,
    lignes,
    planter_copil,
)
from tests.outils_porteur import connecte


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil()


def premiere(decor: DecorCopil) -> Financement:
    return lignes(decor.dossiers[0])[0]


def mettre(objet: Callable[[DecorCopil], Any], **valeurs: Any) -> Callable[..., None]:
    def changer(decor: DecorCopil, _scenario: Scenario) -> None:
        for nom, valeur in valeurs.items():
            setattr(objet(decor), nom, valeur)

    return changer


def poser(decor: DecorCopil, scenario: Scenario, **plus: Any) -> None:
    saisie = SaisieScenario(premiere(decor).id, 123_400, decor.env_etat.id, **plus)
    poser_montants(decor.acteur, scenario, [saisie])


CHANGEMENTS: dict[str, Callable[..., object]] = {
    "montant": poser,
    "verrou": lambda d, s: poser(d, s, verrouille=True),
    "motif": lambda d, s: poser(d, s, motif_ecart="Parce que"),
    "demande": mettre(premiere, montant_demande=777_700),
    "propose": mettre(premiere, montant_propose=11_100),
    "titre": mettre(lambda d: d.dossiers[0], intitule="Autre titre"),
    "organisme": mettre(lambda d: d.dossiers[0].organisme, nom="Autre nom"),
    "colonne": mettre(lambda d: d.env_etat, libelle="Autre enveloppe"),
    "dotation": mettre(lambda d: d.env_etat, montant=987_600),
    "conditions": mettre(lambda d: d.env_etat, montant_min=600_000),
    "financeur": mettre(lambda d: d.etat, sigle="ÉÉÉ"),
    "quartier": mettre(lambda d: d.dossiers[0].quartiers[0].quartier, nom="Autre quartier"),
    "arrivee": lambda d, _s: ajouter_dossier(d, 9),
    "deport": lambda d, _s: deporter(d, d.coordo, d.dossiers[0]),
}


@pytest.mark.parametrize("quoi", CHANGEMENTS)
def test_la_page_est_celle_d_une_memoire_vide(app: Flask, decor: DecorCopil, quoi: str) -> None:
    scenario = creer_scenario(decor.acteur, decor.campagne, "Essai", OrigineScenario.VIDE)
    autre = creer_scenario(decor.acteur, decor.campagne, "Autre", OrigineScenario.AVIS)
    db.session.commit()
    client = connecte(app, decor.coordo)

    def page(de: Scenario = scenario) -> str:
        return client.get(f"/copil/scenarios/{de.id}").get_data(as_text=True)

    avant = page()
    CHANGEMENTS[quoi](decor, scenario)
    db.session.commit()
    page(autre)  # its amounts are not those of the first
    gardee = page()
    memoire_tableau.oublier()
    assert gardee == page() != avant


def test_rien_n_est_refait_quand_rien_ne_change(decor: DecorCopil) -> None:
    memoire_tableau.oublier()
    un, deux = lire_tableau(decor.campagne), lire_tableau(decor.campagne)
    assert un.rangees is deux.rangees and un.dessins is deux.dessins
    ajouter_dossier(decor, 5)
    assert lire_tableau(decor.campagne).dessins is not un.dessins


def test_les_dessins_gardes_sont_comptes() -> None:
    dessins = Dessins()
    premier = dessins.variante(1)
    assert dessins.variante(2) is not premier and dessins.variante(1) is premier
    dessins.variante(3)  # two are kept: the second is forgotten
    assert dessins.variante(1) is premier
    premier[7] = ((), "<tr>")
    assert dessins.variante(2) == {}
