"""Opinions by a mailed link: what it opens, to whom, until when; nothing leaks from it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from werkzeug.test import TestResponse

from aap.domaine.erreurs import Conflit, Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import aujourdhui, horloge_fixee, maintenant
from aap.domaine.liens_secrets import sans_lien_secret
from aap.extensions import db
from aap.models import (
    Avis,
    Courriel,
    Depot,
    Evenement,
    InvitationAvis,
    NatureInvite,
    PieceDossier,
    TentativeConnexion,
    Utilisateur,
    ValeurAvis,
)
from aap.permissions import may
from aap.services.fichier import enregistrer_fichier
from aap.services.hachage import empreinte
from aap.services.invitation import (
    DonneesInvitation,
    accepter,
    cle_de,
    empreinte_avis,
    garder_brouillon,
    invite_de,
    inviter,
    prolonger,
    rappeler_invitations,
    recuser,
    rendre,
    revoquer,
)
from tests.outils_connexion import se_connecter
from tests.outils_instruction import Decor, acteur, deporter, planter
from tests.outils_porteur import pdf

TEXTE = "Les habitants le demandent depuis longtemps."
SECRETS = ("12 rue Cachée", "Mme Présidente", "81234567800011", "secret@porteur.test")


CONTENU = {
    "reponses": {"description": "Un jardin partagé au pied des tours."},
    "orientation": "O5",
    "budget": [[1, "charge", "60", "Plants", 10_000_00]],
    "financements": [["etat", "credits_specifiques", 6_000_00]],
    "pieces": [["devis", "b" * 64]],
    "organisme": {
        "nom": "Les Jardins de Mina",
        "forme": "association",
        "siret": SECRETS[2],
        "adresse": [SECRETS[0], "94000", "Orlyville"],
        "representant": [SECRETS[1], "présidente"],
        "identite": {"courriel": SECRETS[3]},
    },
}


@pytest.fixture
def decor(session: object) -> Decor:
    d = planter()
    db.session.add(
        Depot(
            dossier=d.dossier,
            numero_depot=2,
            contenu=CONTENU,
            sha256="c" * 64,
            depose_le=maintenant(),
            depose_par_id=d.porteur.id,
        )
    )
    db.session.commit()
    return d


def donnees(**autres: object) -> DonneesInvitation:
    valeurs: dict = {
        "courriel": "Lou@quartier.test",
        "prenom": "Lou",
        "nom": "Invité",
        "nature": NatureInvite.CONSEIL_CITOYEN,
        "qualite": "Conseil citoyen de l’Est",
        "question": "Est-ce utile ?",
        "echeance": aujourdhui() + timedelta(days=10),
    }
    return DonneesInvitation(**{**valeurs, **autres})


def demander(d: Decor, **autres: object) -> InvitationAvis:
    invitation = inviter(acteur(d.instructrice), d.dossier, donnees(**autres))
    db.session.commit()
    return invitation


def lien(modele: str = "avis_invitation") -> str:
    """The path mailed last."""
    dernier = db.session.scalars(
        select(Courriel).where(Courriel.modele == modele).order_by(Courriel.id.desc()).limit(1)
    ).one()
    trouve = re.search(r"/avis/invitation/[A-Za-z0-9_-]+", dernier.texte)
    assert trouve and trouve[0] in dernier.html
    return trouve[0]


def envoyer(client: FlaskClient, chemin: str, **champs: str) -> TestResponse:
    return client.post(chemin, data=champs)


def version(client: FlaskClient, chemin: str) -> str:
    trouve = re.search(r'name="version" value="(\d+)"', client.get(chemin).text)
    assert trouve
    return trouve[1]


def test_du_courriel_au_recepisse(decor: Decor, client: FlaskClient) -> None:
    invitation = demander(decor)
    chemin = lien()
    accueil = client.get(chemin)
    assert accueil.status_code == 200 and "Avez-vous un lien" in accueil.text
    assert "Un jardin partagé" not in accueil.text
    assert envoyer(client, chemin, valeur="favorable").status_code == 409
    assert envoyer(client, f"{chemin}/accepter").status_code == 303
    assert "Avez-vous un lien" in client.get(chemin).text
    assert envoyer(client, f"{chemin}/accepter", lien="non").status_code == 303
    page = client.get(chemin)
    assert "Un jardin partagé" in page.text and "Les Jardins de Mina" in page.text
    assert all(s not in page.text for s in SECRETS)
    assert page.headers["X-Robots-Tag"].startswith("noindex")
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cache-Control"] == "no-store"
    garde = client.post(
        f"{chemin}/brouillon",
        data={"commentaire": "Je commence", "version": version(client, chemin)},
        headers={"HX-Request": "true", "Accept": "application/json"},
    )
    assert garde.status_code == 200 and "Brouillon gardé" in garde.text
    assert "Je commence" in client.get(chemin).text
    vide = envoyer(client, chemin, commentaire=TEXTE, version=version(client, chemin))
    assert vide.status_code == 422 and TEXTE in vide.text
    perimee = envoyer(client, chemin, valeur="favorable", commentaire=TEXTE, version="1")
    assert perimee.status_code == 409 and TEXTE in perimee.text
    champs = {"valeur": "favorable", "commentaire": TEXTE, "version": version(client, chemin)}
    assert envoyer(client, chemin, **champs).status_code == 303
    recu = client.get(chemin)
    assert "Votre avis est reçu" in recu.text and TEXTE in recu.text
    avis = db.session.scalars(select(Avis)).one()
    assert (avis.valeur, avis.commentaire) == (ValeurAvis.FAVORABLE, TEXTE)
    db.session.refresh(invitation)
    assert invitation.empreinte == empreinte_avis(avis) and not invitation.brouillon
    assert (
        TEXTE
        in db.session.scalars(
            select(Courriel.texte).where(Courriel.modele == "avis_invitation_recu")
        ).one()
    )
    actes = set(db.session.scalars(select(Evenement.acte)))
    assert {"avis.inviter", "avis.ouvrir", "avis.rendre"} <= actes
    encore = envoyer(client, chemin, valeur="defavorable", commentaire="Non", version="9")
    assert encore.status_code == 200 and "Votre avis est reçu" in encore.text


def test_la_reponse_est_figee_dans_la_base(decor: Decor) -> None:
    invitation = demander(decor)
    qui = invite_de(invitation)
    accepter(qui, invitation)
    avis = rendre(qui, invitation, ValeurAvis.RESERVE, TEXTE)
    db.session.commit()
    for ordre in (
        "UPDATE avis SET commentaire = 'autre'",
        "DELETE FROM avis",
        "UPDATE invitation_avis SET rendue_le = NULL, empreinte = ''",
        "DELETE FROM invitation_avis",
    ):
        with pytest.raises(DBAPIError, match="avis_invite"):
            db.session.execute(text(ordre))
        db.session.rollback()
    with pytest.raises(Interdit):
        rendre(qui, invitation, ValeurAvis.FAVORABLE, "Autre")
    with pytest.raises(PasLeMoment):
        revoquer(acteur(decor.instructrice), invitation)
    assert avis.commentaire == TEXTE


def test_la_cle_n_est_nulle_part(decor: Decor, client: FlaskClient) -> None:
    invitation = demander(decor)
    cle = cle_de(invitation)
    assert len(cle) == 43 and lien().endswith(cle)
    assert invitation.cle_hachee == empreinte(cle)
    lignes = db.session.scalars(select(Evenement)).all()
    assert all(cle not in f"{e.libelle}{e.donnees}" for e in lignes)
    assert cle not in sans_lien_secret(f"http://x.test{lien()} et http://x.test{lien()}/brouillon")
    se_connecter(client, decor.instructrice)
    suivi = client.get(f"/instruction/invitations/{invitation.demande_avis_id}")
    assert suivi.status_code == 200 and cle not in suivi.text
    dossier = client.get(f"/instruction/dossiers/{decor.dossier.id}")
    assert "Pas encore ouvert" in dossier.text and cle not in dossier.text


def test_un_lien_ne_montre_qu_un_dossier_et_que_les_pieces_cochees(
    decor: Decor, client: FlaskClient
) -> None:
    from_porteur = _pieces(decor)
    invitation = demander(decor, pieces=[from_porteur[0]])
    chemin = lien()
    montree, cachee = (f"{chemin}/documents/{i}" for i in from_porteur)
    assert client.get(montree).status_code == 410
    envoyer(client, f"{chemin}/accepter", lien="non")
    lue = client.get(montree)
    assert lue.status_code == 200 and lue.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in lue.headers["Content-Security-Policy"]
    assert client.get(cachee).status_code == 404
    assert client.get(f"/fichiers/{from_porteur[0]}").status_code == 303
    assert client.get(f"/instruction/dossiers/{decor.dossier.id}").status_code == 303
    revoquer(acteur(decor.instructrice), invitation)
    db.session.commit()
    assert client.get(montree).status_code == 410
    assert "a été retirée" in client.get(chemin).text
    with pytest.raises(Invalide):
        inviter(acteur(decor.instructrice), decor.dossier, donnees(courriel="b@b.test", pieces=[9]))


def _pieces(d: Decor) -> list[int]:
    fichiers = []
    for nom in ("devis.pdf", "statuts.pdf"):
        fichier = enregistrer_fichier(
            acteur(d.porteur), nom, pdf(), entite="dossier", entite_id=d.dossier.id
        )
        db.session.add(PieceDossier(dossier_id=d.dossier.id, fichier_id=fichier.id, libelle=nom))
        fichiers.append(fichier.id)
    db.session.commit()
    return fichiers


def test_apres_la_date_il_est_trop_tard_et_le_brouillon_reste(
    decor: Decor, client: FlaskClient
) -> None:
    invitation = demander(decor)
    ancien = lien()
    qui = invite_de(invitation)
    accepter(qui, invitation)
    garder_brouillon(qui, invitation, ValeurAvis.FAVORABLE, "À moitié")
    db.session.commit()
    with horloge_fixee(invitation.expire_le + timedelta(minutes=1)):
        ferme = client.get(ancien)
        assert ferme.status_code == 410 and "Il est trop tard" in ferme.text
        assert "Votre brouillon est gardé" in ferme.text
        tard = envoyer(client, ancien, valeur="favorable", commentaire=TEXTE, version="1")
        assert tard.status_code == 410 and db.session.scalar(select(func.count(Avis.id))) == 0
        invitation = db.session.get_one(InvitationAvis, invitation.demande_avis_id)
        prolonger(acteur(decor.instructrice), invitation, aujourdhui() + timedelta(days=5))
        db.session.commit()
        nouveau = lien()
        assert nouveau != ancien and client.get(ancien).status_code == 404
        assert "À moitié" in client.get(nouveau).text


def test_le_rappel_part_une_fois_avec_le_meme_lien(decor: Decor) -> None:
    invitation = demander(decor)
    assert rappeler_invitations() == 0
    with horloge_fixee(invitation.expire_le - timedelta(days=3)):
        assert rappeler_invitations() == 1
        assert rappeler_invitations() == 0
    assert lien("avis_invitation_rappel") == lien()


def test_qui_a_un_lien_ne_lit_rien(decor: Decor, client: FlaskClient) -> None:
    with pytest.raises(Invalide):
        demander(decor, courriel=decor.porteur.courriel)
    invitation = demander(decor)
    recuser(invite_de(invitation), invitation)
    db.session.commit()
    assert client.get(lien()).status_code == 410
    assert db.session.scalars(
        select(Courriel.modele).where(Courriel.modele == "avis_exterieur_recuse")
    ).first()
    with pytest.raises(PasLeMoment):
        prolonger(acteur(decor.instructrice), invitation, aujourdhui() + timedelta(days=20))
    autre = demander(decor, courriel="max@quartier.test")
    accepter(invite_de(autre), autre)
    deporter(autre.demande.utilisateur, decor.organisme)
    db.session.commit()
    assert client.get(lien()).status_code == 410


def test_les_essais_de_liens_sont_freines(decor: Decor, client: FlaskClient) -> None:
    demander(decor)
    for rang in range(20):
        assert client.get(f"/avis/invitation/inconnu{rang}").status_code == 404
    assert db.session.scalar(select(func.count()).select_from(TentativeConnexion)) == 20
    assert client.get("/avis/invitation/inconnu").status_code == 429
    assert client.get(lien()).status_code == 429
    assert client.post("/avis/invitation/x/accepter").status_code == 429


def test_droits_et_concurrence(decor: Decor, client: FlaskClient) -> None:
    invitation = demander(decor)
    assert not may(acteur(decor.porteur), "invitation.gerer", invitation)
    assert not may(acteur(decor.instructrice), "invitation.repondre", invitation)
    with pytest.raises(Interdit):
        inviter(acteur(decor.porteur), decor.dossier, donnees())
    with pytest.raises(PasLeMoment):
        inviter(acteur(decor.instructrice), decor.dossier, donnees())
    qui = invite_de(invitation)
    with pytest.raises(PasLeMoment):
        garder_brouillon(qui, invitation, None, "Trop tôt")
    accepter(qui, invitation)
    with pytest.raises(Conflit):
        garder_brouillon(qui, invitation, None, "Ailleurs", version=99)
    personne = db.session.scalars(
        select(Utilisateur).where(Utilisateur.courriel == "lou@quartier.test")
    ).one()
    assert personne.mot_de_passe is None and not personne.habilitations
    se_connecter(client, decor.porteur)
    assert client.get(f"/instruction/invitations/{invitation.demande_avis_id}").status_code == 403


def test_les_pages_de_l_instruction(decor: Decor, client: FlaskClient) -> None:
    se_connecter(client, decor.instructrice)
    chemin = f"/instruction/dossiers/{decor.dossier.id}/invitation"
    assert client.get(chemin).status_code == 200
    jour = f"{aujourdhui() + timedelta(days=9):%d/%m/%Y}"
    champs = {
        "nature": "expert",
        "courriel": "zoe@expert.fr",
        "prenom": "Zoé",
        "nom": "Experte",
        "qualite": "Urbaniste",
        "echeance": jour,
    }
    sans = client.post(chemin, data={**champs, "echeance": ""})
    assert sans.status_code == 422 and "Urbaniste" in sans.text
    assert client.post(chemin, data=champs).status_code == 303
    deux = client.post(chemin, data=champs)
    assert deux.status_code == 422 and "déjà demandé" in deux.text
    cle = db.session.scalars(select(InvitationAvis.demande_avis_id)).one()
    suivi = f"/instruction/invitations/{cle}"
    assert client.post(suivi, data={"echeance": jour}).status_code == 422
    autre = f"{aujourdhui() + timedelta(days=12):%d/%m/%Y}"
    assert client.post(suivi, data={"echeance": autre}).status_code == 303
    assert client.post(f"{suivi}/retirer").status_code == 303
    assert "Retirée le" in client.get(suivi).text


def test_un_autre_compte_ne_repond_pas_a_sa_place(decor: Decor, client: FlaskClient) -> None:
    invitation = demander(decor)
    chemin = lien()
    se_connecter(client, decor.collegue)
    vue = client.get(chemin)
    assert vue.status_code == 403 and "Ce lien est personnel" in vue.text
    for suite in ("/accepter", "/brouillon", ""):
        assert envoyer(client, chemin + suite, lien="non", commentaire="Moi").status_code == 403
    db.session.refresh(invitation)
    assert invitation.acceptee_le is None and not invitation.brouillon
    se_connecter(client, invitation.demande.utilisateur)
    assert client.get(chemin).status_code == 200
