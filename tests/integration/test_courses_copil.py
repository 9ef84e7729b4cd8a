"""Two people hold the same session: one rank, one decision, one publication, one mail each."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from aap.extensions import db
from aap.models import (
    Courriel,
    Decision,
    Dossier,
    Enveloppe,
    Evenement,
    Financement,
    OrigineScenario,
    Scenario,
    Seance,
    SensDecision,
    Utilisateur,
)
from aap.permissions import Acteur, charger_acteur
from aap.requetes.soldes import soldes_campagne
from aap.services import arbitrage, decision, liste_attente, publication, pv
from aap.services import seance as seances
from aap.services.promotion import empreinte_scenario, promouvoir_scenario
from aap.services.scenario import creer_scenario, lignes_scenario
from aap.services.scenario_montants import SaisieScenario, poser_montants
from tests.outils_copil import DecorCopil, lignes, planter_copil, seance_prete
from tests.outils_course import courir, en_clair, un_seul
from workflows.dossier import EtatDossier
from workflows.seance import EtatSeance

S = SensDecision


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil()


def _coordo(decor: DecorCopil) -> Callable[[], Acteur]:
    qui = decor.coordo.id

    def charger() -> Acteur:
        return charger_acteur(db.session.get_one(Utilisateur, qui))

    return charger


def _decider(
    decor: DecorCopil, seance: Seance, dossier: Dossier, sens: S, **options: Any
) -> Callable[[], object]:
    qui, seance_id, dossier_id = _coordo(decor), seance.id, dossier.id

    def acte() -> None:
        decision.decider(
            qui(),
            db.session.get_one(Seance, seance_id),
            db.session.get_one(Dossier, dossier_id),
            sens,
            **options,
        )

    return acte


def _nombre(modele: type[Any], *conditions: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(modele).where(*conditions)) or 0


def test_deux_decisions_sur_le_meme_dossier(app: Flask, session: Any, decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    dossier = decor.dossiers[0]
    arbitrage.arbitrer(decor.acteur, lignes(dossier)[0], 100_000, decor.env_etat)
    session.commit()
    programmer = _decider(decor, seance, dossier, S.PROGRAMMER)
    rejeter = _decider(decor, seance, dossier, S.REJETER, motif="Hors sujet")
    un_seul(courir(app, [programmer, rejeter]))
    assert _nombre(Decision) == 1


def test_le_meme_rang_ne_se_donne_pas_deux_fois(
    app: Flask, session: Any, decor: DecorCopil
) -> None:
    """Two dossiers put on the waiting list at the same instant, both « first »."""
    seance = seance_prete(decor)
    session.commit()
    un_seul(
        courir(
            app,
            [
                _decider(
                    decor, seance, d, S.LISTE_ATTENTE, motif="Faute de crédits", rang_attente=1
                )
                for d in decor.dossiers[:2]
            ],
        )
    )
    assert _nombre(Decision, Decision.rang_attente == 1) == 1


def test_rien_ne_se_decide_dans_une_seance_qu_on_ferme(
    app: Flask, session: Any, decor: DecorCopil
) -> None:
    seance = seance_prete(decor)
    for dossier in decor.dossiers[1:]:
        decision.decider(decor.acteur, seance, dossier, S.REJETER, "Hors sujet")
    session.commit()
    cle, qui = seance.id, _coordo(decor)
    issues = courir(
        app,
        [
            lambda: seances.clore(qui(), db.session.get_one(Seance, cle)),
            _decider(decor, seance, decor.dossiers[0], S.REJETER, motif="Hors sujet"),
        ],
    )
    en_clair(issues)
    session.expire_all()
    if issues[1] is not None:
        assert seance.etat is EtatSeance.CLOSE and _nombre(Decision) == 2


def _pv(decor: DecorCopil, sens: S, **options: Any) -> Seance:
    seance = seance_prete(decor)
    for rang, dossier in enumerate(decor.dossiers, 1):
        autres = {"rang_attente": rang} if sens is S.LISTE_ATTENTE else {}
        decision.decider(decor.acteur, seance, dossier, sens, "Faute de crédits", **autres)
    seances.clore(decor.acteur, seance)
    pv.arreter_pv(decor.acteur, seance, "Mme la Préfète", "présidente")
    db.session.commit()
    return seance


@pytest.mark.parametrize("deja", [False, True], ids=["premiere", "suivante"])
def test_deux_publications_n_envoient_qu_une_fois(
    app: Flask, session: Any, decor: DecorCopil, deja: bool
) -> None:
    """Also when the session was already published once and decisions came since."""
    seance = _pv(decor, S.REJETER)
    if deja:
        seance.publiee_le = seance.close_le
        session.commit()
    cle, qui = seance.id, _coordo(decor)

    def publier() -> None:
        decision.publier(qui(), db.session.get_one(Seance, cle), attendues=3)

    un_seul(courir(app, [publier, publier]))
    assert _nombre(Courriel, Courriel.modele != "convocation_seance") == 3


def test_deux_repechages_sur_les_memes_credits(app: Flask, session: Any, decor: DecorCopil) -> None:
    """The money of one is given once, whoever comes first."""
    seance = _pv(decor, S.LISTE_ATTENTE)
    decision.publier(decor.acteur, seance)
    decor.env_etat.montant = 300_000
    session.commit()
    qui, enveloppe_id, campagne = _coordo(decor), decor.env_etat.id, decor.campagne.id

    def repecher(dossier: Dossier) -> Callable[[], object]:
        dossier_id, ligne_id = dossier.id, lignes(dossier)[0].id

        def acte() -> None:
            liste_attente.repecher(
                qui(),
                db.session.get_one(Dossier, dossier_id),
                [
                    arbitrage.SaisieArbitrage(
                        db.session.get_one(Financement, ligne_id),
                        300_000,
                        db.session.get_one(Enveloppe, enveloppe_id),
                    )
                ],
                "Crédits rendus par un renoncement",
                hors_rang=True,
            )

        return acte

    un_seul(courir(app, [repecher(d) for d in decor.dossiers[:2]]))
    session.expire_all()
    assert soldes_campagne(campagne)[enveloppe_id].consomme == 300_000
    etats = sorted(d.etat for d in decor.dossiers)
    assert etats.count(EtatDossier.PROGRAMME) == 1


def test_on_promeut_les_montants_de_maintenant(app: Flask, session: Any, decor: DecorCopil) -> None:
    """A colleague changes a cell while the scenario is promoted: one value everywhere."""
    seance = seance_prete(decor, tous=False, ouverte=False)
    scenario = creer_scenario(decor.acteur, decor.campagne, "Essai", OrigineScenario.VIDE)
    ligne = lignes(decor.dossiers[0])[0]
    qui, env = _coordo(decor), decor.env_etat.id

    def poser(montant: int) -> None:
        saisie = SaisieScenario(ligne_id, montant, env)
        poser_montants(qui(), db.session.get_one(Scenario, cle), [saisie])

    ligne_id, cle, seance_id = ligne.id, scenario.id, seance.id
    poser(100_000)
    session.commit()

    def promouvoir() -> None:
        ici = db.session.get_one(Scenario, cle)
        lues = lignes_scenario(ici)
        assert [m.montant for m in lues]
        pret.set()
        ecrit.wait(2)
        promouvoir_scenario(qui(), ici, db.session.get_one(Seance, seance_id))
        assert lues

    def changer() -> None:
        pret.wait(5)
        poser(150_000)
        db.session.commit()
        ecrit.set()

    pret, ecrit = Event(), Event()
    if session.get_bind().dialect.name == "sqlite":
        ecrit.set()  # one writer: nothing comes in between
    issues = courir(app, [promouvoir, changer])
    en_clair(issues)
    session.expire_all()
    cellules = [m.montant for m in lignes_scenario(scenario)]
    assert scenario.empreinte == empreinte_scenario(scenario)
    assert [ligne.montant_arbitre] == cellules


def test_les_courriels_retenus_partent_une_fois(
    app: Flask, session: Any, decor: DecorCopil
) -> None:
    seance, qui = _pv(decor, S.REJETER), _coordo(decor)
    decision.publier(decor.acteur, seance, retenir=True)
    session.commit()
    cle = seance.id

    def liberer() -> None:
        publication.liberer_courriels(qui(), db.session.get_one(Seance, cle))

    assert courir(app, [liberer, liberer]) == [None, None]
    assert _nombre(Evenement, Evenement.acte == "seance.liberer_courriels") == 1
