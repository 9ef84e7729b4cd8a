"""The rooms of the administration, and their doors closed to everybody else."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session, scoped_session

from aap.domaine.horloge import maintenant
from aap.models import (
    Commune,
    Contrat,
    Courriel,
    EtatCourriel,
    EtatTache,
    Evenement,
    Financeur,
    Habilitation,
    Parametre,
    RoleHabilitation,
    Tache,
    Utilisateur,
)
from aap.requetes.territoire import valeurs_territoire
from aap.routes.admin import bp
from aap.services import compte
from aap.services.courriel import deposer_courriel
from aap.services.membre import demander_rattachement
from aap.services.taches import enfiler
from tests import fabriques
from tests.outils_connexion import MOT_DE_PASSE, se_connecter

S = scoped_session[Session]
Role = RoleHabilitation


@pytest.fixture
def contrat(session: S) -> Contrat:
    return fabriques.contrat()


@pytest.fixture
def admin(client: FlaskClient, session: S) -> Utilisateur:
    """An administrator, signed in with ``client``."""
    u = fabriques.utilisateur("Ada", "Technique", "ada@exemple.fr")
    fabriques.habiliter(u, Role.ADMINISTRATEUR, None)
    se_connecter(client, u)
    return u


def chemins(app: Flask) -> list[tuple[str, str]]:
    """Every (method, address) of the blueprint, ids put to 1."""
    vus = []
    for regle in app.url_map.iter_rules():
        if regle.endpoint.startswith(f"{bp.name}."):
            adresse = regle.rule
            for nom in regle.arguments:
                adresse = adresse.replace(f"<int:{nom}>", "1")
            vus += [(m, adresse) for m in (regle.methods or ()) if m in ("GET", "POST")]
    return vus


def test_portes_fermees(app: Flask, session: S, contrat: Contrat) -> None:
    """Anonymous: sign-in page. Any other role: 403. Objects exist, so that 404 hides nothing."""
    financeur = fabriques.financeur(contrat)
    personne = fabriques.utilisateur()
    droit = fabriques.habiliter(personne, Role.COPIL, contrat)
    message = deposer_courriel(personne, "compte_deja_inscrit")
    tache = session.scalar(select(Tache))
    assert (financeur.id, personne.id, droit.id, message.id, tache.id) == (1, 1, 1, 1, 1)
    roles = [r for r in Role if r is not Role.ADMINISTRATEUR]
    agents = [
        fabriques.agent(r, contrat, financeur if r is Role.INSTRUCTEUR else None) for r in roles
    ]
    porteur = fabriques.utilisateur()
    organisme = fabriques.organisme(signataire=porteur)
    demander_rattachement(fabriques.acteur(personne), organisme)
    session.commit()
    tous = chemins(app)
    assert len(tous) > 20
    anonyme = app.test_client()
    for methode, adresse in tous:
        reponse = anonyme.open(adresse, method=methode)
        assert reponse.status_code == 303 and "/connexion" in reponse.headers["Location"], adresse
    for qui in [*agents, porteur]:
        client = app.test_client()
        se_connecter(client, qui)
        for methode, adresse in tous:
            assert client.open(adresse, method=methode).status_code == 403, (qui.nom, adresse)


def test_toutes_les_pages_s_ouvrent(
    app: Flask, client: FlaskClient, admin: Utilisateur, session: S, contrat: Contrat
) -> None:
    fabriques.financeur(contrat)
    fabriques.habiliter(admin, Role.COPIL, contrat)
    deposer_courriel(admin, "compte_deja_inscrit")
    session.commit()
    autre = fabriques.utilisateur()
    fabriques.habiliter(autre, Role.COPIL, contrat)
    organisme = fabriques.organisme(signataire=fabriques.utilisateur())
    demander_rattachement(fabriques.acteur(autre), organisme)
    session.commit()
    for methode, adresse in chemins(app):
        if methode != "GET":
            continue
        adresse = adresse.replace("/personnes/1", f"/personnes/{autre.id}")
        adresse = adresse.replace("/habilitations/1", "/habilitations/3")
        assert client.get(adresse).status_code == 200, adresse


def test_chercher_une_personne(client: FlaskClient, admin: Utilisateur, session: S) -> None:
    fabriques.utilisateur("Éloïse", "Ménard", "e.menard@exemple.fr")
    session.commit()
    for recherche in ("eloise", "MENARD", "menard elo", "e.menard@exemple"):
        page = client.get("/administration/personnes", query_string={"q": recherche}).text
        assert ">Éloïse Ménard</a>" in page and ">Ada Technique</a>" not in page, recherche
    assert ">Ada Technique</a>" in client.get("/administration/personnes").text
    rien = client.get("/administration/personnes?q=zzz&page=99999").text
    assert "Personne ne correspond" in rien


def test_les_pages_de_la_liste(client: FlaskClient, admin: Utilisateur, session: S) -> None:
    for i in range(60):
        fabriques.utilisateur("Zoé", f"Nombreuse {i:02d}")
    session.commit()
    assert "1 à 50 sur" in client.get("/administration/personnes").text
    assert "Nombreuse 59" in client.get("/administration/personnes?page=2").text
    for page in ("0", "-1", "²", "abc", "999"):
        assert client.get(f"/administration/personnes?page={page}").status_code == 200


def test_inviter_puis_desactiver(client: FlaskClient, admin: Utilisateur, session: S) -> None:
    envoi = {"prenom": "Nadia", "nom": "Lefort", "courriel": "nadia@exemple.fr"}
    reponse = client.post("/administration/personnes/nouvelle", data=envoi)
    assert reponse.status_code == 303
    fiche = reponse.headers["Location"]
    assert client.post("/administration/personnes/nouvelle", data=envoi).status_code == 422
    nadia = session.scalar(select(Utilisateur).where(Utilisateur.prenom == "Nadia"))
    message = session.scalar(select(Courriel))
    assert message.modele == "compte_invitation" and "Ada Technique" in message.texte
    assert "Renvoyer l’invitation" in client.get(fiche).text
    assert client.post(f"{fiche}/inviter").status_code == 303
    se_connecter(client.application.test_client(), nadia)
    assert client.post(f"{fiche}/desactiver", data={"motif": ""}).status_code == 422
    assert client.post(f"{fiche}/desactiver", data={"motif": "Départ"}).status_code == 303
    session.refresh(nadia)
    assert nadia.desactive_le is not None
    assert "Désactivé" in client.get(fiche).text
    assert client.post(f"{fiche}/reactiver").status_code == 303
    session.refresh(nadia)
    assert nadia.desactive_le is None
    actes = session.scalars(
        select(Evenement.acte).where(Evenement.entite_id == nadia.id).order_by(Evenement.id)
    ).all()
    assert actes == ["compte.creer", "compte.inviter", "compte.desactiver", "compte.reactiver"]


def test_pas_soi_meme(client: FlaskClient, admin: Utilisateur) -> None:
    assert client.get(f"/administration/personnes/{admin.id}/desactiver").status_code == 403
    assert client.get(f"/administration/personnes/{admin.id}/habiliter").status_code == 403
    page = client.get(f"/administration/personnes/{admin.id}").text
    assert "Vous ne pouvez pas vous donner un droit à vous-même" in page


def test_donner_et_retirer_un_droit(
    client: FlaskClient, admin: Utilisateur, session: S, contrat: Contrat
) -> None:
    financeur = fabriques.financeur(contrat)
    commune = Commune(contrat_id=contrat.id, code="orly", nom="Orly")
    session.add(commune)
    paul = fabriques.utilisateur("Paul", "Instruit")
    session.commit()
    chemin = f"/administration/personnes/{paul.id}/habiliter"
    choix = f"{chemin}?role=instructeur&contrat={contrat.id}"
    assert "Continuer" in client.get(chemin).text
    assert client.post(chemin).status_code == 400
    assert "Orly" in client.get(choix).text
    sans = client.post(choix, data={"financeur": "", "du": "2026-01-01"})
    assert sans.status_code == 422 and "financeur" in sans.text
    envoi = {"financeur": financeur.id, "communes": [commune.id], "du": "2026-01-01"}
    assert client.post(choix, data={**envoi, "communes": [999]}).status_code == 422
    assert client.post(choix, data=envoi).status_code == 303
    assert client.post(choix, data=envoi).status_code == 422, "déjà donné"
    page = client.get("/administration/habilitations").text
    assert "Préfecture d’essai" in page and "Orly" in page
    droit = session.scalar(select(Habilitation).where(Habilitation.utilisateur_id == paul.id))
    assert client.post(f"/administration/habilitations/{droit.id}/retirer").status_code == 303
    page = client.get("/administration/habilitations").text
    assert "Préfecture d’essai" not in page
    assert "Retiré" in client.get("/administration/habilitations?toutes=1").text


def test_la_table_dit_qui_delegue(
    client: FlaskClient, admin: Utilisateur, session: S, contrat: Contrat
) -> None:
    titulaire = fabriques.agent(Role.COPIL, contrat, nom="Titulaire")
    suppleant = fabriques.agent(Role.COPIL, contrat, nom="Suppléant")
    h = fabriques.habiliter(suppleant, Role.COPIL, contrat)
    h.delegue_par_id = titulaire.id
    session.commit()
    page = client.get("/administration/habilitations").text
    assert "Délégué par Dominique Titulaire" in page


def test_financeurs(client: FlaskClient, admin: Utilisateur, session: S, contrat: Contrat) -> None:
    autre = fabriques.contrat("autre")
    commune = Commune(contrat_id=autre.id, code="x", nom="Ailleurs")
    session.add(commune)
    session.commit()
    chemin = f"/administration/financeurs/nouveau?contrat={contrat.id}"
    envoi = {"nom": "CAF du Val-de-Marne", "type": "caf", "departement": "94"}
    assert client.post(chemin, data={**envoi, "type": "roi"}).status_code == 422
    assert client.post(chemin, data={**envoi, "departement": "999"}).status_code == 422
    assert client.post(chemin, data={**envoi, "siret": "123"}).status_code == 422
    assert client.post(chemin, data={**envoi, "type": "commune"}).status_code == 422
    ailleurs = {**envoi, "type": "commune", "commune": commune.id}
    assert client.post(chemin, data=ailleurs).status_code == 422
    assert client.post(chemin, data=envoi).status_code == 303
    assert "déjà ce nom" in client.post(chemin, data={**envoi, "nom": "CAF du Val de Marne"}).text
    longs = [f"Fondation pour l’avenir des quartiers du Grand-Orly {x}" for x in ("Nord", "Sud")]
    for nom in longs:
        assert client.post(chemin, data={"nom": nom, "type": "autre"}).status_code == 303
    codes = session.scalars(select(Financeur.code).order_by(Financeur.id)).all()
    assert codes[0] == "caf-du-val-de-marne"
    assert codes[2] == f"{codes[1]}-2"
    f = session.scalar(select(Financeur))
    page = f"/administration/financeurs/{f.id}"
    assert "CAF du Val-de-Marne" in client.get(f"{page}/modifier").text
    envoi["nom"] = "CAF 94"
    assert client.post(f"{page}/modifier", data=envoi).status_code == 303
    assert client.post(f"{page}/activation", data={"actif": "0"}).status_code == 303
    session.refresh(f)
    assert (f.nom, f.code, f.actif) == ("CAF 94", "caf-du-val-de-marne", False)
    liste = client.get(f"/administration/financeurs?contrat={contrat.id}").text
    assert "Mis de côté" in liste


# --- territory ------------------------------------------------------------------


def png(taille: tuple[int, int] = (40, 40), forme: str = "PNG") -> bytes:
    sortie = io.BytesIO()
    Image.new("RGB", taille, "#16484b").save(sortie, forme)
    return sortie.getvalue()


def regler_territoire(client: FlaskClient, **valeurs: object):
    envoi = {"nom": "Plaine Essai", "sigle": "PE", "contact": "contact@exemple.fr", **valeurs}
    return client.post("/administration/territoire", data=envoi, content_type="multipart/form-data")


def test_couleurs_et_theme(client: FlaskClient, admin: Utilisateur, session: S) -> None:
    assert "theme.css" not in client.get("/compte").text
    pale = regler_territoire(client, couleur_principale="#88cc88")
    assert pale.status_code == 422 and "trop claire" in pale.text
    faux = regler_territoire(client, couleur_accent="red; } body {")
    assert faux.status_code == 422
    assert session.get(Parametre, "territoire") is None
    session.rollback()
    assert regler_territoire(client, couleur_principale="#16484B").status_code == 303
    page = client.get("/compte").text
    assert "/theme.css" in page and "Plaine Essai" in page
    theme = client.get("/theme.css")
    assert theme.mimetype == "text/css"
    assert theme.text == ":root {\n  --territoire-principale: #16484b;\n}\n"
    encore = client.get("/theme.css", headers={"If-None-Match": theme.headers["ETag"]})
    assert encore.status_code == 304


def test_logo(client: FlaskClient, admin: Utilisateur, session: S) -> None:
    for octets, dit in (
        (png(forme="JPEG"), "PNG"),
        (b"\x89PNG\r\n\x1a\nrien", "PNG"),
        (png() + b"x" * 300_000, "200 ko"),
        (png((2500, 10)), "trop grande"),
    ):
        refus = regler_territoire(client, logo=(io.BytesIO(octets), "logo.png"))
        assert refus.status_code == 422 and dit in refus.text, dit
    assert regler_territoire(client, logo=(io.BytesIO(png()), "logo.png")).status_code == 303
    cle = valeurs_territoire()["logo"]
    session.rollback()
    image = client.get(f"/logo/{cle}.png")
    assert image.mimetype == "image/png" and image.data.startswith(b"\x89PNG")
    assert f"/logo/{cle}.png" in client.get("/compte").text
    assert client.get("/logo/autre.png").status_code == 404
    assert regler_territoire(client).status_code == 303
    session.expire_all()
    assert valeurs_territoire()["logo"] == cle, "gardé si rien n’est envoyé"
    session.rollback()
    regler_territoire(client, retirer_logo="y")
    assert client.get(f"/logo/{cle}.png").status_code == 404


def test_reglages_au_journal(client: FlaskClient, admin: Utilisateur, session: S) -> None:
    regler_territoire(client)
    regler_territoire(client, nom="Autre nom")
    avant, apres = session.scalars(select(Evenement).order_by(Evenement.id)).all()
    assert avant.donnees["avant"] is None
    assert apres.donnees["avant"]["nom"] == "Plaine Essai" and apres.acteur_id == admin.id


# --- outbox and jobs ------------------------------------------------------------


def test_courriels(client: FlaskClient, admin: Utilisateur, session: S) -> None:
    retenu = deposer_courriel(admin, "compte_deja_inscrit", retenu=True)
    envoye = deposer_courriel(admin, "compte_deja_inscrit")
    envoye.etat, envoye.envoye_le = EtatCourriel.ENVOYE, maintenant()
    session.commit()
    assert client.get("/administration/courriels?etat=retenu").text.count("<tr>") == 2
    assert "Aucun message" in client.get("/administration/courriels?q=personne").text
    assert client.get("/administration/courriels?q=ada@&etat=n-importe").text.count("<tr>") == 3
    page = f"/administration/courriels/{retenu.id}"
    assert "Envoyer maintenant" in client.get(page).text
    taches = select(func.count()).select_from(Tache)
    avant = session.scalar(taches)
    assert client.post(f"{page}/renvoyer").status_code == 303
    assert client.post(f"{page}/renvoyer").status_code == 409, "déjà dans la file"
    assert session.scalar(taches) == (avant or 0) + 1
    session.expire_all()
    assert retenu.etat is EtatCourriel.A_ENVOYER
    assert client.post(f"/administration/courriels/{envoye.id}/renvoyer").status_code == 303


def test_un_lien_secret_ne_se_lit_pas_en_production(
    client: FlaskClient, admin: Utilisateur, session: S, regler: Callable[..., None]
) -> None:
    compte.demander_reinitialisation(fabriques.acteur(admin), admin.courriel)
    message = session.scalar(select(Courriel))
    session.commit()
    page = f"/administration/courriels/{message.id}"
    assert "/mot-de-passe/" in client.get(page).text
    regler(mode="production")
    cache = client.get(page).text
    assert "/mot-de-passe/" not in cache and "lien secret" in cache


def test_taches(client: FlaskClient, admin: Utilisateur, session: S) -> None:
    tache = enfiler("menage", {})
    assert tache is not None
    tache.etat, tache.essais, tache.erreur = EtatTache.ECHOUEE, 5, "OSError : plein"
    tache.quand = maintenant() + timedelta(days=3)
    session.commit()
    assert "OSError" in client.get("/administration/taches").text
    chemin = f"/administration/taches/{tache.id}/relancer"
    assert client.post(chemin).status_code == 303
    session.refresh(tache)
    assert tache.etat is EtatTache.PRETE and tache.essais == 0 and tache.quand <= maintenant()
    assert client.post(chemin).status_code == 409


# --- technical pages and command ------------------------------------------------


def test_pages_publiques(client: FlaskClient, session: S, regler: Callable[..., None]) -> None:
    assert "non conforme" in client.get("/accessibilite").text
    assert "Non renseigné" in client.get("/mentions-legales").text
    assert client.get("/composants").status_code == 200
    regler(mode="production")
    assert client.get("/composants").status_code == 404


def test_creer_administrateur(app: Flask, session: S) -> None:
    session.commit()
    commande = ["creer-administrateur", "--courriel", "ada@exemple.fr", "--prenom", "Ada"]
    commande += ["--nom", "Technique", "--mot-de-passe"]
    lanceur = app.test_cli_runner()
    faible = lanceur.invoke(args=[*commande, "azertyuiop12"])
    assert faible.exit_code == 1 and "trop facile" in faible.output
    bon = lanceur.invoke(args=[*commande, MOT_DE_PASSE])
    assert bon.exit_code == 0, bon.output
    ada = session.scalar(select(Utilisateur))
    assert fabriques.acteur(ada).est(Role.ADMINISTRATEUR) and ada.confirme_le
    session.rollback()
    encore = lanceur.invoke(args=[*commande, MOT_DE_PASSE])
    assert encore.exit_code == 1 and "déjà ce droit" in encore.output
