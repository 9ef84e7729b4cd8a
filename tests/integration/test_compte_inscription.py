"""Opening an account, getting it back, being invited: secrets used once, nothing revealed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, scoped_session

from aap.domaine.erreurs import Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import horloge_fixee
from aap.models import Courriel, Jeton, SessionConnexion, Tache, Utilisateur
from aap.permissions import ANONYME, SYSTEME
from aap.services import compte
from aap.services.hachage import empreinte, mot_de_passe_juste
from aap.services.tentative import TropDEssais
from tests import fabriques
from tests.outils_connexion import MOT_DE_PASSE, donner_mot_de_passe, passer_la_porte, se_connecter

S = scoped_session[Session]
MIDI = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
NOUVEAU = "tambour verrou pluie sentier"
ADRESSE = "nadia@exemple.fr"


def inscrire(client: FlaskClient, courriel: str = ADRESSE, mot: str = MOT_DE_PASSE):
    return client.post(
        "/inscription",
        data={"prenom": "Nadia", "nom": "Lefort", "courriel": courriel, "mot_de_passe": mot},
    )


def messages(session: S) -> list[Courriel]:
    session.expire_all()
    return list(session.scalars(select(Courriel).order_by(Courriel.id)))


def lien(courriel: Courriel) -> str:
    trouve = re.search(r"https?://[^/\s]+(/(?:confirmer|mot-de-passe)/\S+)", courriel.texte)
    assert trouve, courriel.texte
    return trouve.group(1)


def test_ce_que_l_on_voulait_faire_survit_a_l_inscription(client: FlaskClient, session: S) -> None:
    """« Proposer une action ici » from the explorer, by somebody who has no account yet."""
    voulu = "/porteur/dossiers/nouveau?quartier=24&objectif=7"
    porte = client.get(client.get(voulu).location)
    vers = re.search(r'href="(/inscription\?suite=[^"]+)"', porte.text)
    assert vers, porte.text
    adresse = vers.group(1).replace("&amp;", "&")
    champs = {"prenom": "Nadia", "nom": "Lefort", "courriel": "nadia@@", "mot_de_passe": "court"}
    refus = client.post(adresse, data=champs)
    assert refus.status_code == 422 and "2 points sont à corriger" in refus.text
    juste = champs | {"courriel": ADRESSE, "mot_de_passe": MOT_DE_PASSE}
    envoye = client.post(adresse, data=juste)
    assert ADRESSE in client.get(envoye.location).text  # a fault in it can be seen
    assert f'value="{ADRESSE}"' in client.get("/confirmer").text  # and is not typed again
    client.post("/confirmer", data={"courriel": ADRESSE})
    for message in messages(session)[-1:]:
        entree = client.post(lien(message), data={"mot_de_passe": MOT_DE_PASSE})
        assert entree.location == voulu
        assert "Continuer" in client.get(lien(message)).text  # used: she is at home already
    vide = client.get(voulu).text
    creer = re.search(r'href="(/porteur/organismes/nouveau\?suite=[^"]+)"', vide)
    assert creer, vide
    page = client.get(creer.group(1).replace("&amp;", "&")).text
    action = re.search(r'action="(/porteur/organismes/nouveau\?suite=[^"]+)"', page)
    assert action, page
    asso = {"nom": "Les Lilas", "forme": "association", "siret": "732 829 320 00074"}
    assert client.post(action.group(1).replace("&amp;", "&"), data=asso).location == voulu


@pytest.mark.parametrize("suite", ["//ailleurs.example.org", "https://ailleurs.example.org/x"])
def test_la_suite_ne_sort_jamais_du_site(client: FlaskClient, session: S, suite: str) -> None:
    inscrire(client)
    entree = client.post(
        lien(messages(session)[0]),
        query_string={"suite": suite},
        data={"mot_de_passe": MOT_DE_PASSE},
    )
    assert entree.status_code == 303 and "ailleurs" not in entree.location


def test_inscription_puis_confirmation(client: FlaskClient, session: S) -> None:
    reponse = inscrire(client)
    assert reponse.status_code == 303
    [message] = messages(session)
    assert message.destinataire == ADRESSE and "Nadia" not in message.texte
    assert session.scalar(select(func.count()).select_from(Tache)) == 1
    refus = passer_la_porte(client, ADRESSE)
    assert refus.status_code == 422 and "pas encore confirmée" in refus.text
    assert client.get(lien(message)).status_code == 200
    faux = client.post(lien(message), data={"mot_de_passe": NOUVEAU})
    assert faux.status_code == 422
    entree = client.post(lien(message), data={"mot_de_passe": MOT_DE_PASSE})
    assert entree.status_code == 303
    assert client.get("/compte").status_code == 200
    client.post("/deconnexion")
    rejeu = client.post(lien(message), data={"mot_de_passe": MOT_DE_PASSE})
    assert rejeu.status_code == 410
    assert client.get("/compte").status_code == 303


def test_le_secret_n_est_pas_en_clair(client: FlaskClient, session: S) -> None:
    inscrire(client)
    cle = lien(messages(session)[0]).rpartition("/")[2]
    jeton = session.scalar(select(Jeton))
    assert jeton.cle_hachee == empreinte(cle) != cle


def test_confirmation_perimee(client: FlaskClient, session: S) -> None:
    with horloge_fixee(MIDI):
        inscrire(client)
    chemin = lien(messages(session)[0])
    with horloge_fixee(MIDI + timedelta(hours=48, seconds=1)):
        assert client.get(chemin).status_code == 410
        assert client.post(chemin, data={"mot_de_passe": MOT_DE_PASSE}).status_code == 410


def test_un_nouveau_lien_eteint_l_ancien(client: FlaskClient, session: S) -> None:
    inscrire(client)
    client.post("/confirmer", data={"courriel": ADRESSE})
    premier, second = messages(session)
    assert client.get(lien(premier)).status_code == 410
    assert client.get(lien(second)).status_code == 200


def test_inscription_d_un_compte_existant(client: FlaskClient, session: S) -> None:
    """Same answer, another mail, and the account does not move."""
    existant = donner_mot_de_passe(fabriques.utilisateur("Nadia", "Lefort", ADRESSE))
    avant = existant.mot_de_passe
    autre = inscrire(client, "personne@exemple.fr", NOUVEAU)
    reponse = inscrire(client, ADRESSE, NOUVEAU)
    assert reponse.headers["Location"] == autre.headers["Location"]
    session.refresh(existant)
    assert existant.mot_de_passe == avant
    modeles = {c.destinataire: c.modele for c in messages(session)}
    assert modeles == {
        "personne@exemple.fr": "compte_confirmation",
        ADRESSE: "compte_deja_inscrit",
    }


def test_inscription_par_un_etranger(client: FlaskClient, session: S) -> None:
    """Somebody opens an account on another's address: the mail alone does not confirm it."""
    inscrire(client, ADRESSE, NOUVEAU)
    chemin = lien(messages(session)[0])
    assert client.post(chemin, data={"mot_de_passe": MOT_DE_PASSE}).status_code == 422
    client.post("/mot-de-passe-oublie", data={"courriel": ADRESSE})
    reprise = lien(messages(session)[-1])
    envoi = {"mot_de_passe": MOT_DE_PASSE, "encore": MOT_DE_PASSE}
    assert client.post(reprise, data=envoi).status_code == 303
    assert passer_la_porte(client, ADRESSE, NOUVEAU).status_code == 422
    assert passer_la_porte(client, ADRESSE).status_code == 303
    assert client.get(chemin).status_code == 410


@pytest.mark.parametrize(
    ("champ", "valeur", "dit"),
    [
        ("courriel", "nadia", "prenom.nom@exemple.fr"),
        ("mot_de_passe", "court", "12"),
        ("mot_de_passe", "motdepasse2026", "trop facile"),
        ("mot_de_passe", "le jardin de nadia", "votre nom"),
        ("prenom", "voir http://mechant.fr", "seulement un nom"),
        ("nom", "", "nécessaire"),
    ],
)
def test_refus_d_inscription(
    client: FlaskClient, session: S, champ: str, valeur: str, dit: str
) -> None:
    donnees = {
        "prenom": "Nadia",
        "nom": "Lefort",
        "courriel": ADRESSE,
        "mot_de_passe": MOT_DE_PASSE,
        champ: valeur,
    }
    reponse = client.post("/inscription", data=donnees)
    assert reponse.status_code == 422 and dit in reponse.text
    assert MOT_DE_PASSE not in reponse.text
    assert session.scalar(select(func.count()).select_from(Utilisateur)) == 0
    assert "Erreur&nbsp;:" in reponse.text


def test_reinitialisation(client: FlaskClient, app: Flask, session: S) -> None:
    personne = donner_mot_de_passe(fabriques.utilisateur("Nadia", "Lefort", ADRESSE))
    se_connecter(client, personne)
    visiteur = app.test_client()
    reponse = visiteur.post("/mot-de-passe-oublie", data={"courriel": ADRESSE})
    inconnue = visiteur.post("/mot-de-passe-oublie", data={"courriel": "rien@exemple.fr"})
    assert reponse.headers["Location"] == inconnue.headers["Location"]
    [message] = messages(session)
    chemin = lien(message)
    differents = {"mot_de_passe": NOUVEAU, "encore": MOT_DE_PASSE}
    assert visiteur.post(chemin, data=differents).status_code == 422
    faible = {"mot_de_passe": "azertyuiop12", "encore": "azertyuiop12"}
    assert visiteur.post(chemin, data=faible).status_code == 422
    bon = {"mot_de_passe": NOUVEAU, "encore": NOUVEAU}
    assert visiteur.post(chemin, data=bon).status_code == 303
    assert visiteur.post(chemin, data=bon).status_code == 410
    assert client.get("/compte").status_code == 303, "les sessions ouvertes sont fermées"
    assert passer_la_porte(visiteur, ADRESSE).status_code == 422
    assert passer_la_porte(visiteur, ADRESSE, NOUVEAU).status_code == 303
    assert [m.modele for m in messages(session)][-1] == "compte_mot_de_passe_change"


def test_reinitialisation_perimee(client: FlaskClient, session: S) -> None:
    donner_mot_de_passe(fabriques.utilisateur("Nadia", "Lefort", ADRESSE))
    with horloge_fixee(MIDI):
        client.post("/mot-de-passe-oublie", data={"courriel": ADRESSE})
    chemin = lien(messages(session)[0])
    with horloge_fixee(MIDI + timedelta(minutes=61)):
        assert client.get(chemin).status_code == 410


def test_jeton_d_un_autre_usage(client: FlaskClient, session: S) -> None:
    inscrire(client)
    cle = lien(messages(session)[0]).rpartition("/")[2]
    assert client.get(f"/mot-de-passe/{cle}").status_code == 410


def test_reinitialiser_leve_le_frein(client: FlaskClient, session: S) -> None:
    donner_mot_de_passe(fabriques.utilisateur("Nadia", "Lefort", ADRESSE))
    for _ in range(6):
        passer_la_porte(client, ADRESSE, "faux mot de passe")
    assert passer_la_porte(client, ADRESSE).status_code == 429
    client.post("/mot-de-passe-oublie", data={"courriel": ADRESSE})
    envoi = {"mot_de_passe": NOUVEAU, "encore": NOUVEAU}
    client.post(lien(messages(session)[0]), data=envoi)
    assert passer_la_porte(client, ADRESSE, NOUVEAU).status_code == 303


def test_pas_de_bombardement(client: FlaskClient, session: S) -> None:
    """Three mails an hour to one address; the answer stays the same."""
    donner_mot_de_passe(fabriques.utilisateur("Nadia", "Lefort", ADRESSE))
    for _ in range(6):
        reponse = client.post("/mot-de-passe-oublie", data={"courriel": ADRESSE})
        assert reponse.status_code == 303
    assert len(messages(session)) == 3


def test_trop_de_demandes_d_une_adresse(client: FlaskClient, session: S) -> None:
    with horloge_fixee(MIDI):
        for i in range(60):
            compte.demander_reinitialisation(ANONYME, f"p{i}@exemple.fr", adresse="127.0.0.1")
        with pytest.raises(TropDEssais):
            compte.demander_reinitialisation(ANONYME, ADRESSE, adresse="127.0.0.1")
        session.commit()
        page = client.post("/mot-de-passe-oublie", data={"courriel": ADRESSE})
    assert page.status_code == 429 and page.headers["Retry-After"]
    assert "Attendez" in page.text and "15\u00a0minutes" in page.text


def test_invitation(client: FlaskClient, session: S) -> None:
    invitee = compte.creer_utilisateur(SYSTEME, "Nadia@Exemple.fr", "Nadia", "Lefort")
    assert invitee.courriel == ADRESSE and invitee.mot_de_passe is None
    [message] = messages(session)
    envoi = {"mot_de_passe": NOUVEAU, "encore": NOUVEAU}
    assert client.post(lien(message), data=envoi).status_code == 303
    assert passer_la_porte(client, ADRESSE, NOUVEAU).status_code == 303


def test_invite_n_entre_pas_sans_mot_de_passe(client: FlaskClient, session: S) -> None:
    compte.creer_utilisateur(SYSTEME, ADRESSE, "Nadia", "Lefort")
    assert passer_la_porte(client, ADRESSE, "").status_code == 422
    assert passer_la_porte(client, ADRESSE, MOT_DE_PASSE).status_code == 422


def test_inscription_d_une_personne_invitee(client: FlaskClient, session: S) -> None:
    """A stranger who knows that she is invited cannot put his password on her account."""
    invitee = compte.creer_utilisateur(SYSTEME, ADRESSE, "Nadia", "Lefort")
    inscrire(client, ADRESSE, NOUVEAU)
    session.refresh(invitee)
    assert invitee.mot_de_passe is None


def test_creer_deux_fois(session: S) -> None:
    compte.creer_utilisateur(SYSTEME, ADRESSE, "Nadia", "Lefort", MOT_DE_PASSE, True)
    with pytest.raises(Invalide):
        compte.creer_utilisateur(SYSTEME, ADRESSE.upper(), "Nadia", "Lefort")
    with pytest.raises(Interdit):
        compte.creer_utilisateur(ANONYME, "x@exemple.fr", "Nadia", "Lefort")


def test_trouver_ou_inviter(session: S) -> None:
    signataire = fabriques.utilisateur()
    fabriques.organisme(signataire=signataire)
    acteur = fabriques.acteur(signataire)
    une = compte.trouver_ou_inviter(acteur, ADRESSE, "Nadia", "Lefort")
    assert compte.trouver_ou_inviter(acteur, ADRESSE, "X", "Y").id == une.id
    assert {m.modele for m in messages(session)} == {"compte_invitation"}
    with pytest.raises(Interdit):
        compte.trouver_ou_inviter(fabriques.acteur(une), "z@exemple.fr", "Z", "Z")


def test_un_jeton_ne_sert_qu_une_fois(session: S) -> None:
    personne = donner_mot_de_passe(fabriques.utilisateur("Nadia", "Lefort", ADRESSE))
    compte.demander_reinitialisation(ANONYME, ADRESSE)
    cle = lien(messages(session)[0]).rpartition("/")[2]
    compte.reinitialiser(ANONYME, cle, NOUVEAU)
    with pytest.raises(PasLeMoment):
        compte.reinitialiser(ANONYME, cle, MOT_DE_PASSE)
    assert mot_de_passe_juste(NOUVEAU, personne.mot_de_passe)


# --- my account -----------------------------------------------------------------


def test_changer_de_mot_de_passe(client: FlaskClient, app: Flask, session: S) -> None:
    personne = donner_mot_de_passe(fabriques.utilisateur("Nadia", "Lefort", ADRESSE))
    ailleurs = app.test_client()
    se_connecter(ailleurs, personne)
    se_connecter(client, personne)
    envoi = {"ancien": "faux", "mot_de_passe": NOUVEAU, "encore": NOUVEAU}
    refus = client.post("/compte/mot-de-passe", data=envoi)
    assert refus.status_code == 422 and "actuel" in refus.text
    envoi["ancien"] = MOT_DE_PASSE
    assert client.post("/compte/mot-de-passe", data=envoi).status_code == 303
    assert client.get("/compte").status_code == 200
    assert ailleurs.get("/compte").status_code == 303


def test_changer_de_mot_de_passe_est_freine(client: FlaskClient, session: S) -> None:
    """A borrowed session does not let one guess the password."""
    personne = donner_mot_de_passe(fabriques.utilisateur("Nadia", "Lefort", ADRESSE))
    se_connecter(client, personne)
    envoi = {"ancien": "faux", "mot_de_passe": NOUVEAU, "encore": NOUVEAU}
    for _ in range(5):
        client.post("/compte/mot-de-passe", data=envoi)
    envoi["ancien"] = MOT_DE_PASSE
    assert "Trop d’essais" in client.post("/compte/mot-de-passe", data=envoi).text


def test_sessions_voir_et_fermer(client: FlaskClient, app: Flask, session: S) -> None:
    personne = fabriques.utilisateur()
    autre = fabriques.utilisateur()
    telephone, intrus = app.test_client(), app.test_client()
    se_connecter(telephone, personne)
    se_connecter(intrus, autre)
    se_connecter(client, personne)
    page = client.get("/compte/sessions")
    assert page.text.count("<tr>") == 3 and "Cette session" in page.text
    a_fermer = session.scalar(
        select(SessionConnexion.id)
        .where(SessionConnexion.utilisateur_id == personne.id)
        .order_by(SessionConnexion.id)
    )
    chemin = f"/compte/sessions/{a_fermer}/fermer"
    assert intrus.post(chemin).status_code == 403
    assert telephone.get("/compte").status_code == 200
    assert client.post(chemin).status_code == 303
    assert telephone.get("/compte").status_code == 303
    assert client.get("/compte").status_code == 200


def test_modifier_mon_profil(client: FlaskClient, session: S) -> None:
    personne = fabriques.utilisateur()
    se_connecter(client, personne)
    assert client.get("/compte/modifier").status_code == 200
    envoi = {"prenom": "Aïcha", "nom": "N’Diaye", "telephone": "01 23 45 67 89"}
    assert client.post("/compte/modifier", data=envoi).status_code == 303
    session.refresh(personne)
    assert personne.nom_complet == "Aïcha N’Diaye" and personne.telephone == "+33123456789"
    assert "Aïcha N’Diaye" in client.get("/compte").text
