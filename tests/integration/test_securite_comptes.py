"""Accounts and members: what an enemy may try without a password of hers."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from aap.domaine.erreurs import PasLeMoment
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import (
    Courriel,
    EtatCourriel,
    Habilitation,
    RoleHabilitation,
    RoleMembre,
    Televersement,
)
from aap.permissions import ANONYME, charger_acteur, may
from aap.routes.compte import inscription
from aap.services.compte import demander_reinitialisation
from aap.services.envoi import renvoyer_courriel
from aap.services.mandat import donner_mandat
from aap.services.membre import changer_role_membre, inviter_membre, retirer_membre
from aap.services.tentative import INVITATIONS, TropDEssais
from aap.taches.courriels import envoyer_courriel
from tests.outils_porteur import Decor, connecte, personne, planter

JOUR = timedelta(days=1)
JOUR_UN = date(2020, 1, 1)


@pytest.fixture
def decor(session: Any) -> Decor:
    return planter()


def _mandataire(decor: Decor) -> Any:
    lea = personne("Lea")
    membre = inviter_membre(decor.acteur, decor.organisme, lea.courriel)
    jour = aujourdhui()
    donner_mandat(decor.acteur, membre, jour, jour + 60 * JOUR)
    assert decor.organisme.id in charger_acteur(lea).mandats
    return membre


def test_a_mandate_does_not_survive_the_departure_of_its_holder(decor: Decor) -> None:
    membre = _mandataire(decor)
    retirer_membre(decor.acteur, membre)
    retour = inviter_membre(decor.acteur, decor.organisme, membre.utilisateur.courriel)
    assert retour.parti_le is None
    assert charger_acteur(membre.utilisateur).mandats == frozenset()


def test_taking_the_signature_back_ends_an_older_mandate(decor: Decor) -> None:
    membre = _mandataire(decor)
    changer_role_membre(decor.acteur, membre, RoleMembre.SIGNATAIRE)
    changer_role_membre(decor.acteur, membre, RoleMembre.REDACTEUR)
    assert charger_acteur(membre.utilisateur).mandats == frozenset()


def test_invitations_cannot_become_a_mail_cannon(decor: Decor, app: Flask) -> None:
    for rang in range(INVITATIONS.libres):
        inviter_membre(decor.acteur, decor.organisme, f"cible{rang}@exemple.fr")
    with pytest.raises(TropDEssais):
        inviter_membre(decor.acteur, decor.organisme, "encore@exemple.fr")
    reponse = connecte(app, decor.signataire).post(
        f"/porteur/organismes/{decor.organisme.id}/membres",
        data={"courriel": "encore@exemple.fr", "role": "redacteur", "prenom": "Zoé", "nom": "Li"},
    )
    assert reponse.status_code == 429
    assert "encore@exemple.fr" in reponse.text


def test_an_account_without_organisme_stores_no_file(decor: Decor, app: Flask) -> None:
    seule = personne("Seule")
    assert not may(charger_acteur(seule), "televersement.commencer")
    reponse = connecte(app, seule).post(
        "/porteur/envois", json={"nom": "a.pdf", "taille": 10, "empreinte": "a"}
    )
    assert reponse.status_code == 403
    assert db.session.scalars(db.select(Televersement)).all() == []


def test_a_refused_statement_is_logged_without_its_values(
    session: Any, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "FR7630006000011234567890189"
    with caplog.at_level(logging.DEBUG), pytest.raises(DBAPIError) as refus:
        session.execute(text("SELECT * FROM inconnue WHERE iban = :iban"), {"iban": secret})
    session.rollback()
    assert secret not in str(refus.value)


class _Horloge:
    """A clock that only goes on by what a request costs and by what it waits."""

    def __init__(self) -> None:
        self.instant, self.cout = 100.0, 0.0

    def monotonic(self) -> float:
        lu, self.instant, self.cout = self.instant, self.instant + self.cout, 0.0
        return lu

    def sleep(self, secondes: float) -> None:
        self.instant += secondes


def test_the_time_of_the_answer_tells_nothing(
    app: Flask, decor: Decor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the search took, known address or not: the answer leaves at the same time."""
    horloge = _Horloge()
    monkeypatch.setattr(inscription, "time", horloge)
    monkeypatch.setitem(app.config, "DUREE_DEMANDE_COURRIEL", 0.25)
    client = app.test_client()
    durees = []
    for adresse, cout in ((decor.signataire.courriel, 0.2), ("personne@exemple.fr", 0.01)):
        depart, horloge.cout = horloge.instant, cout
        reponse = client.post("/mot-de-passe-oublie", data={"courriel": adresse})
        durees.append(round(horloge.instant - depart, 9))
        assert reponse.status_code == 303
    assert durees == [0.25, 0.25]


def test_a_mail_that_has_left_keeps_no_key(app: Flask, decor: Decor, session: Any) -> None:
    demander_reinitialisation(ANONYME, decor.signataire.courriel)
    courriel = session.scalars(db.select(Courriel)).one()
    assert "/mot-de-passe/" in courriel.texte and "/mot-de-passe/" in courriel.html
    sans_serveur = app.extensions["aap.reglages"]
    app.extensions["aap.reglages"] = replace(sans_serveur, smtp_hote="exemple.invalid")
    try:
        envoyer_courriel(courriel.id)
    finally:
        app.extensions["aap.reglages"] = sans_serveur
    assert courriel.etat is EtatCourriel.ENVOYE
    for corps in (courriel.texte, courriel.html):
        assert "/mot-de-passe/" not in corps and "lien secret" in corps
    session.add(
        Habilitation(
            utilisateur_id=decor.signataire.id, role=RoleHabilitation.ADMINISTRATEUR, du=JOUR_UN
        )
    )
    session.flush()
    with pytest.raises(PasLeMoment, match="lien secret"):
        renvoyer_courriel(charger_acteur(decor.signataire), courriel)
