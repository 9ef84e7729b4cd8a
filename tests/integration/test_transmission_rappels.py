"""Reminders before the closing: three, once each, also when the worker stopped meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import Courriel, EtatTache, Tache
from aap.services import depot as deposer
from aap.services.campagne_horloge import RAPPELS_HEURES
from aap.services.dossier import creer_dossier
from aap.taches.campagnes import campagnes_a_l_heure
from aap.taches.registre import executer
from tests.outils_porteur import dossier_complet, planter


@pytest.fixture
def appel(session):
    d = planter()
    d.campagne.ouverture_le = d.campagne.cloture_le - timedelta(days=30)
    creer_dossier(d.acteur, d.organisme, d.campagne)
    return d


def minute(d, **avant: float) -> int:
    """What the worker does at that minute; how many reminders were sent until now."""
    with horloge_fixee(d.campagne.cloture_le - timedelta(**avant)):
        campagnes_a_l_heure()
        a_faire = select(Tache).where(Tache.nom == "rappel_cloture", Tache.etat != EtatTache.FAITE)
        for tache in db.session.scalars(a_faire).all():
            executer(tache.nom, tache.arguments)
            tache.etat = EtatTache.FAITE
        db.session.flush()
    modele = Courriel.modele == "campagne_rappel_cloture"
    return db.session.scalar(select(func.count(Courriel.id)).where(modele)) or 0


def test_trois_rappels_une_fois_chacun(appel) -> None:
    suite = [
        ({"days": 8}, 0),
        ({"days": 7}, 1),
        ({"days": 7, "minutes": -1}, 1),
        ({"days": 3}, 1),
        ({"hours": 48}, 2),
        ({"hours": 47}, 2),
        ({"hours": 3}, 3),
        ({"minutes": 1}, 3),
        ({"minutes": -1}, 3),
    ]
    assert [minute(appel, **avant) for avant, _ in suite] == [n for _, n in suite]
    assert RAPPELS_HEURES == (168, 48, 3)


def test_un_ouvrier_arrete_rattrape_le_dernier_seulement(appel) -> None:
    assert minute(appel, hours=40) == 1
    assert minute(appel, hours=39) == 1
    texte = db.session.scalar(select(Courriel.texte).where(Courriel.modele.contains("rappel")))
    assert "heure de Paris" in texte and ("il reste" in texte or "clôture" in texte)


def test_une_cloture_repoussee_rappelle_de_nouveau(appel) -> None:
    assert minute(appel, hours=2) == 1
    appel.campagne.cloture_le += timedelta(days=20)
    assert minute(appel, days=6) == 2


def test_un_dossier_transmis_n_est_pas_rappele(session) -> None:
    d = planter()
    deposer.transmettre(d.acteur, dossier_complet(d))
    assert minute(d, hours=2) == 0


def test_un_appel_court_ne_rappelle_pas_a_son_ouverture(appel) -> None:
    appel.campagne.ouverture_le = appel.campagne.cloture_le - timedelta(days=4)
    assert minute(appel, days=4) == 0
    assert minute(appel, hours=48) == 1
