"""Signing in and out: sessions of the server, limits, lock-out, no hint about accounts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, scoped_session

from aap.domaine.horloge import horloge_fixee, maintenant
from aap.models import RoleHabilitation, SessionConnexion, TentativeConnexion, Utilisateur
from aap.routes.compte.connexion import INCONNU, suite_sure
from aap.services.hachage import empreinte
from tests import fabriques
from tests.outils_connexion import MOT_DE_PASSE, donner_mot_de_passe, passer_la_porte, se_connecter

S = scoped_session[Session]
MIDI = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture
def camille(session: S) -> Utilisateur:
    return donner_mot_de_passe(fabriques.utilisateur("Camille", "Roche", "camille@exemple.test"))


def connecte(client: FlaskClient) -> bool:
    return client.get("/compte").status_code == 200


def test_entrer_et_sortir(client: FlaskClient, camille: Utilisateur, session: S) -> None:
    assert client.get("/compte").status_code == 303
    reponse = passer_la_porte(client, "Camille@Exemple.test")
    assert reponse.status_code == 303
    assert connecte(client)
    assert client.get("/connexion").status_code == 303
    sortie = client.post("/deconnexion")
    assert sortie.status_code == 303 and not connecte(client)
    session.expire_all()
    assert session.scalar(select(SessionConnexion)).revoquee_le is not None


def test_sortir_demande_un_envoi(client: FlaskClient) -> None:
    assert client.get("/deconnexion").status_code == 405


def test_le_cookie_ne_tient_qu_une_cle(
    client: FlaskClient, camille: Utilisateur, session: S
) -> None:
    passer_la_porte(client, camille.courriel)
    with client.session_transaction() as cookie:
        cle = cookie["_user_id"]
        assert str(camille.id) != cle and camille.courriel not in str(dict(cookie))
    ligne = session.scalar(select(SessionConnexion))
    assert ligne.cle_hachee == empreinte(cle) and cle not in ligne.cle_hachee


def test_cookie_copie_puis_deconnexion(
    client: FlaskClient, app: Flask, camille: Utilisateur
) -> None:
    """A copied cookie is worth nothing after the owner has left."""
    passer_la_porte(client, camille.courriel)
    voleur = app.test_client()
    voleur.set_cookie("aap", client.get_cookie("aap").value)
    assert connecte(voleur)
    client.post("/deconnexion")
    assert not connecte(voleur)


def test_fixation(client: FlaskClient, camille: Utilisateur) -> None:
    """What was in the cookie before sign-in is dropped, the key is new."""
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "choisie-par-un-autre"
        cookie["csrf_token"] = "plante"
        cookie["intrus"] = "oui"
    passer_la_porte(client, camille.courriel)
    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != "choisie-par-un-autre"
        assert "intrus" not in cookie and cookie.get("csrf_token") != "plante"


def test_changer_de_personne_ferme_la_premiere(
    client: FlaskClient, camille: Utilisateur, session: S
) -> None:
    autre = donner_mot_de_passe(fabriques.utilisateur())
    cle = se_connecter(client, camille)
    passer_la_porte(client, autre.courriel)
    ancienne = session.scalar(
        select(SessionConnexion).where(SessionConnexion.cle_hachee == empreinte(cle))
    )
    session.refresh(ancienne)
    assert ancienne.revoquee_le is not None


@pytest.mark.parametrize(
    ("suite", "attendue"),
    [
        ("/compte/sessions", "/compte/sessions"),
        ("/compte/sessions?page=2", "/compte/sessions?page=2"),
        ("https://mechant.test/", None),
        ("//mechant.test/", None),
        ("/\\mechant.test", None),
        ("\\\\mechant.test", None),
        ("javascript:alert(1)", None),
        ("/\t/mechant.test", None),
        ("/\n/mechant.test", None),
        ("compte", None),
        ("", None),
        ("/" + "a" * 3000, None),
        ("http:/mechant", None),
    ],
)
def test_suite(suite: str, attendue: str | None) -> None:
    assert suite_sure(suite) == attendue


def test_retour_a_la_page_demandee(client: FlaskClient, camille: Utilisateur) -> None:
    depart = client.get("/compte/sessions")
    assert depart.headers["Location"] == "/connexion?suite=/compte/sessions"
    retour = passer_la_porte(client, camille.courriel, suite="/compte/sessions")
    assert retour.headers["Location"] == "/compte/sessions"


def test_suite_etrangere_refusee(client: FlaskClient, camille: Utilisateur) -> None:
    retour = passer_la_porte(client, camille.courriel, suite="//mechant.test/vol")
    assert "mechant" not in retour.headers["Location"]


def test_arrivee_selon_le_role(client: FlaskClient, session: S) -> None:
    admin = donner_mot_de_passe(fabriques.utilisateur())
    fabriques.habiliter(admin, RoleHabilitation.ADMINISTRATEUR, None)
    assert passer_la_porte(client, admin.courriel).headers["Location"] == "/administration/"


# --- limits ---------------------------------------------------------------------


def test_inactivite(client: FlaskClient, camille: Utilisateur, regler: Callable[..., None]) -> None:
    regler(session_inactivite_minutes=30, session_absolue_heures=24)
    with horloge_fixee(MIDI):
        se_connecter(client, camille)
    for minutes, ouvert in ((29, True), (58, True), (89, False)):
        with horloge_fixee(MIDI + timedelta(minutes=minutes)):
            assert connecte(client) is ouvert, minutes
    with horloge_fixee(MIDI + timedelta(minutes=90)):
        page = client.get("/connexion").text
        assert "Votre session a pris fin" in page


def test_ce_qui_etait_ecrit_survit_a_la_session(
    client: FlaskClient, app: Flask, camille: Utilisateur, session: S, regler: Callable[..., None]
) -> None:
    """Any form: the text waits in the sign-in page, for the person who wrote it only."""
    regler(session_inactivite_minutes=30, session_absolue_heures=24)
    autre = donner_mot_de_passe(fabriques.utilisateur("Paul", "Autre", "paul@exemple.test"))
    envoi = {"prenom": "Camille <b>", "nom": "de la Roche", "telephone": "06 12 34 56 78"}
    with horloge_fixee(MIDI):
        se_connecter(client, camille)
    with horloge_fixee(MIDI + timedelta(minutes=60)):
        porte = client.post("/compte/modifier", data=envoi)
        assert porte.status_code == 401 and "est gardé ici" in porte.text
        scelle = re.search(r'name="saisie" value="([^"]+)"', porte.text)
        assert scelle
        entree = {"mot_de_passe": MOT_DE_PASSE, "saisie": scelle[1]}
        faux = client.post(
            "/connexion", data=entree | {"courriel": camille.courriel} | {"mot_de_passe": "x"}
        )
        assert faux.status_code == 422 and scelle[1] in faux.text
        ailleurs = app.test_client().post("/connexion", data=entree | {"courriel": autre.courriel})
        assert ailleurs.status_code == 303 and "de la Roche" not in ailleurs.text
        rendu = client.post("/connexion", data=entree | {"courriel": camille.courriel})
        assert rendu.status_code == 200 and 'action="/compte/modifier"' in rendu.text
        assert 'name="nom" value="de la Roche"' in rendu.text and "<b>" not in rendu.text
        session.expire_all()
        assert camille.nom == "Roche", "rien n’est envoyé sans un geste"


def test_la_page_rendue_apres_l_entree_peut_etre_envoyee(
    client: FlaskClient,
    app: Flask,
    camille: Utilisateur,
    session: S,
    regler: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With CSRF on: the token of the page is the one of the new session."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    def jeton(page: str) -> str:
        trouve = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert trouve
        return trouve[1]

    regler(session_inactivite_minutes=30, session_absolue_heures=24)
    cles = {"courriel": camille.courriel, "mot_de_passe": MOT_DE_PASSE}
    with horloge_fixee(MIDI):
        porte = jeton(client.get("/connexion").text)
        assert client.post("/connexion", data=cles | {"csrf_token": porte}).status_code == 303
        ecrit = {
            "prenom": "Camille",
            "nom": "Duroc",
            "csrf_token": jeton(client.get("/compte/modifier").text),
        }
    with horloge_fixee(MIDI + timedelta(minutes=60)):
        refus = client.post("/compte/modifier", data=ecrit).text
        scelle = re.search(r'name="saisie" value="([^"]+)"', refus)
        assert scelle
        rendu = client.post(
            "/connexion", data=cles | {"saisie": scelle[1], "csrf_token": jeton(refus)}
        ).text
        envoi = {"prenom": "Camille", "nom": "Duroc", "csrf_token": jeton(rendu)}
        assert client.post("/compte/modifier", data=envoi).status_code == 303
    session.expire_all()
    assert camille.nom == "Duroc"


def test_un_mot_de_passe_n_est_jamais_garde_dans_la_page(
    client: FlaskClient, camille: Utilisateur, session: S, regler: Callable[..., None]
) -> None:
    regler(session_inactivite_minutes=30, session_absolue_heures=24)
    with horloge_fixee(MIDI):
        se_connecter(client, camille)
    with horloge_fixee(MIDI + timedelta(minutes=60)):
        mots = {"ancien": MOT_DE_PASSE, "mot_de_passe": "a", "encore": "a"}
        assert client.post("/compte/mot-de-passe", data=mots).status_code == 303


def test_duree_absolue(
    client: FlaskClient, camille: Utilisateur, regler: Callable[..., None]
) -> None:
    regler(session_inactivite_minutes=60, session_absolue_heures=2)
    with horloge_fixee(MIDI):
        se_connecter(client, camille)
    for minutes, ouvert in ((50, True), (100, True), (119, True), (121, False)):
        with horloge_fixee(MIDI + timedelta(minutes=minutes)):
            assert connecte(client) is ouvert, minutes


def test_passage_note_une_fois_par_minute(
    client: FlaskClient, camille: Utilisateur, session: S
) -> None:
    with horloge_fixee(MIDI):
        se_connecter(client, camille)
    for secondes, attendu in ((30, 0), (61, 61), (90, 61), (122, 122)):
        with horloge_fixee(MIDI + timedelta(seconds=secondes)):
            assert connecte(client)
        session.expire_all()
        vue = session.scalar(select(SessionConnexion.vue_le))
        assert vue == MIDI + timedelta(seconds=attendu)
        session.rollback()


def test_passage_note_aussi_par_un_envoi(
    client: FlaskClient, camille: Utilisateur, session: S
) -> None:
    with horloge_fixee(MIDI):
        se_connecter(client, camille)
    with horloge_fixee(MIDI + timedelta(minutes=5)):
        assert client.post("/compte/sessions/fermer-les-autres").status_code == 303
    session.expire_all()
    assert session.scalar(select(SessionConnexion.vue_le)) == MIDI + timedelta(minutes=5)


def test_compte_desactive(client: FlaskClient, camille: Utilisateur, session: S) -> None:
    se_connecter(client, camille)
    assert connecte(client)
    camille.desactive_le = maintenant()
    session.commit()
    assert not connecte(client)
    refus = passer_la_porte(client, camille.courriel)
    assert refus.status_code == 422 and "désactivé" in refus.text


# --- no hint, lock-out ----------------------------------------------------------


def _texte(reponse: Any) -> str:
    """The page without what was typed nor the CSRF token, which changes every time."""
    return re.sub(r"(camille|inconnu)@exemple.test|[\w.-]{60,}", "", reponse.text)


def test_meme_reponse_pour_un_compte_inconnu(client: FlaskClient, camille: Utilisateur) -> None:
    connu = passer_la_porte(client, camille.courriel, "un autre mot de passe")
    inconnu = passer_la_porte(client, "inconnu@exemple.test", "un autre mot de passe")
    assert connu.status_code == inconnu.status_code == 422
    assert INCONNU in connu.text
    assert _texte(connu) == _texte(inconnu)


@pytest.mark.parametrize("courriel", ["camille@exemple.test", "inconnu@exemple.test"])
def test_frein_par_adresse_electronique(
    client: FlaskClient, camille: Utilisateur, courriel: str
) -> None:
    """Known or not, the address is slowed down in the same way, longer and longer."""
    instant = MIDI
    for _ in range(5):
        with horloge_fixee(instant):
            assert passer_la_porte(client, courriel, "faux mot de passe").status_code == 422
    attentes = []
    for _ in range(4):
        with horloge_fixee(instant):
            refus = passer_la_porte(client, courriel, MOT_DE_PASSE)
        assert refus.status_code == 429 and refus.headers["Retry-After"]
        minutes = next(m for m in (1, 2, 4, 8) if f"attendez {m}\u00a0minute" in refus.text)
        attentes.append(minutes)
        instant += timedelta(minutes=minutes, seconds=1)
        with horloge_fixee(instant):
            assert passer_la_porte(client, courriel, "faux mot de passe").status_code == 422
    assert attentes == [1, 2, 4, 8]


def test_frein_puis_bon_mot_de_passe(client: FlaskClient, camille: Utilisateur, session: S) -> None:
    with horloge_fixee(MIDI):
        for _ in range(5):
            passer_la_porte(client, camille.courriel, "faux mot de passe")
        assert passer_la_porte(client, camille.courriel).status_code == 429
    with horloge_fixee(MIDI + timedelta(minutes=2)):
        assert passer_la_porte(client, camille.courriel).status_code == 303
    restantes = session.scalar(
        select(func.count())
        .select_from(TentativeConnexion)
        .where(TentativeConnexion.cle.startswith("courriel:"))
    )
    assert restantes == 0


def test_frein_par_adresse_reseau(client: FlaskClient, camille: Utilisateur, session: S) -> None:
    """Many accounts tried from one place: the place is slowed down, the others are not."""
    session.add_all(TentativeConnexion(cle="adresse:127.0.0.1", le=MIDI) for _ in range(50))
    session.commit()
    with horloge_fixee(MIDI):
        assert passer_la_porte(client, camille.courriel).status_code == 429
        ailleurs = client.post(
            "/connexion",
            data={"courriel": camille.courriel, "mot_de_passe": MOT_DE_PASSE},
            environ_overrides={"REMOTE_ADDR": "192.0.2.7"},
        )
    assert ailleurs.status_code == 303


def test_rehachage(client: FlaskClient, camille: Utilisateur, session: S) -> None:
    faible = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
    camille.mot_de_passe = faible.hash(MOT_DE_PASSE)
    session.commit()
    assert passer_la_porte(client, camille.courriel).status_code == 303
    session.refresh(camille)
    assert "m=19456,t=2,p=1" in (camille.mot_de_passe or "")


def test_csrf(client: FlaskClient, app: Flask, camille: Utilisateur) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert passer_la_porte(client, camille.courriel).status_code == 400
    se_connecter(client, camille)
    assert client.post("/deconnexion").status_code == 400
    assert connecte(client)


def test_cle_hostile(client: FlaskClient) -> None:
    for cle in ("", "x" * 5000, "'; drop table utilisateur; --", "\ud800"):
        with client.session_transaction() as cookie:
            cookie["_user_id"] = cle
        assert client.get("/compte").status_code == 303
