"""Mails about a dossier go only to people who may read it on the day they leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aap.domaine.erreurs import PasLeMoment
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import Affectation, Courriel, Dossier, EtatCourriel, Habilitation, Utilisateur
from aap.permissions import charger_acteur
from aap.services.envoi import renvoyer_courriel
from aap.services.message import ecrire_message
from tests.outils_copil import DecorCopil, R, deporter, habilite, planter_copil
from tests.outils_porteur import personne


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil(dossiers=1)


def _affecter(decor: DecorCopil, qui: Utilisateur) -> Dossier:
    dossier = decor.dossiers[0]
    db.session.add(
        Affectation(
            dossier_id=dossier.id,
            utilisateur_id=qui.id,
            financeur_id=decor.etat.id,
            affecte_par_id=decor.coordo.id,
        )
    )
    db.session.flush()
    return dossier


def _prevenus(decor: DecorCopil, dossier: Dossier) -> set[str]:
    ecrire_message(charger_acteur(decor.porteur), dossier, "Bonjour, avez-vous reçu nos statuts ?")
    return set(db.session.scalars(db.select(Courriel.destinataire)))


def _finir(qui: Utilisateur) -> None:
    droit = db.session.scalars(
        db.select(Habilitation).where(Habilitation.utilisateur_id == qui.id)
    ).one()
    droit.au = aujourdhui() - timedelta(days=1)
    db.session.flush()


def test_the_assigned_instructor_is_told(decor: DecorCopil) -> None:
    dossier = _affecter(decor, decor.instructeur)
    assert _prevenus(decor, dossier) == {decor.instructeur.courriel}


def test_an_instructor_whose_right_is_over_is_not_told_any_more(decor: DecorCopil) -> None:
    dossier = _affecter(decor, decor.instructeur)
    _finir(decor.instructeur)
    assert _prevenus(decor, dossier) == {decor.coordo.courriel}


def test_a_coordinator_in_conflict_is_not_told(decor: DecorCopil) -> None:
    autre = personne("Diane")
    habilite(autre, R.COORDINATEUR, decor.contrat)
    dossier = decor.dossiers[0]
    deporter(decor, decor.coordo, dossier)
    assert _prevenus(decor, dossier) == {autre.courriel}


@pytest.mark.parametrize(
    ("modele", "sujet"),
    [("decision_rejeter", "Votre demande"), ("message_recu", "[Essai] Un message")],
)
def test_the_administration_does_not_let_a_decision_nor_an_exercise_go(
    decor: DecorCopil, modele: str, sujet: str
) -> None:
    admin = personne("Ada")
    db.session.add(
        Habilitation(utilisateur=admin, role=R.ADMINISTRATEUR, du=aujourdhui() - timedelta(days=9))
    )
    courriel = Courriel(
        message_id="m@exemple.fr",
        destinataire=decor.porteur.courriel,
        sujet=sujet,
        texte="…",
        html="",
        modele=modele,
        etat=EtatCourriel.RETENU,
    )
    db.session.add(courriel)
    db.session.flush()
    with pytest.raises(PasLeMoment):
        renvoyer_courriel(charger_acteur(admin), courriel)
    assert courriel.etat is EtatCourriel.RETENU
