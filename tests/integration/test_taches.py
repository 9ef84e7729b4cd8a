"""Background jobs: written with the act, done once, tried again, survive kill -9."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from aap.domaine.horloge import horloge_fixee, maintenant
from aap.extensions import db
from aap.models import EtatTache, Tache, Utilisateur
from aap.services.taches import enfiler
from aap.taches import ouvrier as travail
from aap.taches.periodiques import PERIODIQUES, planifier
from aap.taches.registre import TACHES, Definition, EchecDefinitif
from tests import fabriques as f

RACINE = Path(__file__).resolve().parents[2]
Poser = Callable[..., None]


@pytest.fixture
def definir() -> Iterator[Poser]:
    """``definir("nom", fonction)`` registers a job for the length of the test."""
    avant = dict(TACHES)

    def poser(nom: str, corps: Callable[..., None], **options: Any) -> None:
        TACHES[nom] = Definition(corps, **options)

    yield poser
    TACHES.clear()
    TACHES.update(avant)


def lire(session: Any, tache_id: int) -> Tache:
    session.expire_all()
    trouvee: Tache = session.get_one(Tache, tache_id)
    return trouvee


def poser(session: Any, nom: str, **options: Any) -> int:
    tache = enfiler(nom, **options)
    assert tache is not None
    session.commit()
    return tache.id


def test_un_retour_en_arriere_n_enfile_rien(session: Any) -> None:
    enfiler("menage")
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Tache)) == 0


def test_une_cle_ne_sert_qu_une_fois(session: Any) -> None:
    assert enfiler("menage", cle_unique="menage:hier") is not None
    assert enfiler("menage", cle_unique="menage:hier") is None
    session.commit()
    travail.vider()
    assert enfiler("menage", cle_unique="menage:hier") is None  # even when it is done


def test_deux_ouvriers_ne_se_genent_pas_pour_une_cle(app: Flask, session: Any) -> None:
    """The same minute, planned by several workers at once: one job, no fault."""
    session.remove()
    depart, retours, fautes = threading.Barrier(3), [], []

    def ouvrier() -> None:
        with app.app_context():
            try:
                depart.wait(10)
                retours.append(enfiler("menage", cle_unique="menage:meme") is not None)
                db.session.commit()
            except Exception as erreur:
                fautes.append(erreur)

    fils = [threading.Thread(target=ouvrier) for _ in range(3)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(30)
    assert fautes == []
    assert sorted(retours) == [False, False, True]


def test_l_horloge_enfile_une_fois_par_periode(session: Any) -> None:
    instant = maintenant().replace(hour=12, minute=0, second=5)
    for decalage in (0, 10, 50):
        with horloge_fixee(instant + timedelta(seconds=decalage)):
            planifier()
    session.commit()
    noms = list(session.scalars(select(Tache.nom)))
    assert sorted(noms) == sorted(PERIODIQUES)


def test_chaque_tache_periodique_existe_et_se_rejoue(session: Any) -> None:
    assert set(PERIODIQUES) <= set(TACHES)
    for _ in range(2):
        for nom in PERIODIQUES:
            enfiler(nom)
        session.commit()
        travail.vider()
    echecs = session.scalars(select(Tache.erreur).where(Tache.etat != EtatTache.FAITE)).all()
    assert echecs == []


def test_les_effets_et_la_marque_sont_une_transaction(session: Any, definir: Poser) -> None:
    def ecrire_puis_echouer() -> None:
        f.utilisateur(courriel="jamais@exemple.test")
        raise RuntimeError("panne d’essai")

    definir("essai", ecrire_puis_echouer)
    numero = poser(session, "essai")
    travail.vider()
    t = lire(session, numero)
    assert t.etat is EtatTache.PRETE and t.erreur == "RuntimeError : panne d’essai"
    assert session.scalar(select(func.count()).select_from(Utilisateur)) == 0


def test_les_essais_s_espacent_puis_s_arretent(session: Any, definir: Poser) -> None:
    perdues: list[str] = []

    def echouer() -> None:
        raise RuntimeError("non")

    definir("essai", echouer, essais_max=4, abandon=perdues.append)
    numero, instant, attentes = poser(session, "essai"), maintenant(), []
    for _ in range(4):
        with horloge_fixee(instant):
            assert travail.vider() == 1
            assert travail.vider() == 0  # not before its time
        t = lire(session, numero)
        attentes.append(t.quand - instant)
        instant = t.quand
    assert [a.total_seconds() for a in attentes[:3]] == [10, 40, 160]
    assert t.etat is EtatTache.ECHOUEE and t.essais == 4
    assert perdues == ["RuntimeError : non"]


def test_un_echec_definitif_n_est_pas_retente(session: Any, definir: Poser) -> None:
    def refuser() -> None:
        raise EchecDefinitif("550 inconnu")

    definir("essai", refuser)
    numero = poser(session, "essai")
    travail.vider()
    assert lire(session, numero).etat is EtatTache.ECHOUEE


def test_une_tache_inconnue_echoue_sans_arreter_les_autres(session: Any) -> None:
    inconnue, connue = poser(session, "n_existe_pas"), poser(session, "menage")
    travail.vider()
    assert lire(session, inconnue).etat is EtatTache.ECHOUEE
    assert lire(session, connue).etat is EtatTache.FAITE


def test_une_tache_prise_ne_l_est_pas_deux_fois(session: Any) -> None:
    poser(session, "menage")
    assert travail.prendre("a") is not None
    assert travail.prendre("b") is None
    with horloge_fixee(maintenant() + travail.BAIL + timedelta(seconds=1)):
        reprise = travail.prendre("b")  # its worker is thought dead
    assert reprise is not None and reprise.essai == 2


def test_un_ouvrier_depasse_ne_fait_pas_le_travail(session: Any, definir: Poser) -> None:
    """Fencing: the slow worker wakes up after its lease was taken over, and changes nothing."""

    def travailler() -> None:
        f.utilisateur()

    definir("essai", travailler)
    numero = poser(session, "essai")
    lente = travail.prendre("lente")
    with horloge_fixee(maintenant() + travail.BAIL + timedelta(seconds=1)):
        vive = travail.prendre("vive")
        assert lente is not None and vive is not None
        assert travail.accomplir(vive, "vive") is True
        assert travail.accomplir(lente, "lente") is False
    assert session.scalar(select(func.count()).select_from(Utilisateur)) == 1
    t = lire(session, numero)
    assert (t.etat, t.ouvrier) == (EtatTache.FAITE, "vive")


def _lancer(url: str, ou: str) -> subprocess.Popen[bytes]:
    commande = [sys.executable, "-m", "tests.ouvrier_essai", url, ou]
    return subprocess.Popen(commande, cwd=RACINE)


def _attendre(chemin: Path, processus: subprocess.Popen[bytes]) -> None:
    limite = time.monotonic() + 60
    while not chemin.exists():
        assert processus.poll() is None and time.monotonic() < limite, "l’ouvrier n’a pas commencé"
        time.sleep(0.05)


def _faire_expirer_le_bail(session: Any) -> None:
    passe = maintenant() - timedelta(minutes=1)
    session.execute(update(Tache).where(Tache.etat == EtatTache.EN_COURS).values(bail_jusqua=passe))
    session.commit()


@pytest.mark.parametrize("ou", ["milieu", "apres"])
def test_kill_9_ne_perd_ni_ne_double_rien(session: Any, base: Any, tmp_path: Path, ou: str) -> None:
    """Killed after it wrote and before its commit, or just after its commit: one effect."""
    numero = poser(session, "essai_lent", arguments={"temoin": str(tmp_path / "temoin")})
    session.remove()
    processus = _lancer(base.url, ou)
    try:
        _attendre(tmp_path / "debut-0", processus)
        if ou == "milieu":
            processus.send_signal(signal.SIGKILL)
        assert processus.wait(30) == -signal.SIGKILL
    finally:
        processus.kill()
    effets = select(func.count()).select_from(Utilisateur)
    assert db.session.scalar(effets) == (1 if ou == "apres" else 0)
    db.session.rollback()
    _faire_expirer_le_bail(session)
    session.remove()
    assert _lancer(base.url, "normal").wait(60) == 0
    assert session.scalar(effets) == 1
    t = lire(session, numero)
    assert t.etat is EtatTache.FAITE
    assert t.essais == (1 if ou == "apres" else 2)


def test_une_tache_qui_tue_son_ouvrier_finit_par_etre_abandonnee(
    session: Any, definir: Poser
) -> None:
    """Killed at each try, before any fault could be noted: given up, and its owner is told."""
    faites, dites = [], []
    definir(
        "essai", lambda: faites.append(1), essais_max=3, abandon=lambda texte: dites.append(texte)
    )
    numero = poser(session, "essai")
    instant = maintenant()
    for _ in range(3):
        with horloge_fixee(instant):
            assert travail.prendre("morte") is not None
        instant += travail.BAIL + timedelta(seconds=1)
    with horloge_fixee(instant):
        travail.vider("vive")
    t = lire(session, numero)
    assert t.etat is EtatTache.ECHOUEE and faites == [] and len(dites) == 1


def test_les_deux_heures_d_octobre_ont_chacune_leurs_taches(session: Any) -> None:
    """At 3 a.m. the clocks go back to 2: the second hour is not the first."""
    for heure in (0, 1):
        with horloge_fixee(datetime(2026, 10, 25, heure, 30, tzinfo=UTC)):
            planifier()
    session.commit()
    posees = Counter(session.scalars(select(Tache.nom)))
    assert posees["campagnes_a_l_heure"] == 2 and posees["fichiers_en_attente"] == 2
    assert posees["menage"] == 1
