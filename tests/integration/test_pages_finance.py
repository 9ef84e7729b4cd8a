"""Pages of the finance rooms and of the porteur's money: seen, refused, constant in queries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import Bilan, Convention, Courriel, TypeConvention, Utilisateur
from aap.permissions import ANONYME
from aap.services import convention as conventions
from aap.services import versement
from aap.services.session import ouvrir_session
from tests import fabriques as f
from tests.parcours.test_argent import (
    BILAN,
    ETE,
    PRINTEMPS,
    Monde,
    bilan_accepte,
    creer_monde,
    en_vigueur,
    notifier,
    payer,
    remplir,
)
from workflows.bilan import EtatBilan
from workflows.convention import EtatConvention
from workflows.financement import EtatFinancement
from workflows.versement import EtatVersement


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        yield creer_monde()


def connecter(client: FlaskClient, acteur: Any) -> FlaskClient:
    personne = db.session.get(Utilisateur, acteur.utilisateur_id)
    cle = ouvrir_session(ANONYME, personne)
    db.session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = cle
        cookie["_fresh"] = True
    return client


@pytest.fixture
def anne(client: FlaskClient, monde: Monde) -> FlaskClient:
    return connecter(client, monde.anne)


def poster(client: FlaskClient, url: str, objet: Any, **champs: Any) -> Any:
    db.session.refresh(objet)
    return client.post(url, data={"version": objet.version, **champs})


@contextmanager
def compter(app: Flask) -> Iterator[list[str]]:
    ordres: list[str] = []

    def noter(_c: Any, _cur: Any, ordre: str, *_r: Any) -> None:
        ordres.append(ordre)

    with app.app_context():
        moteur = db.engine
    event.listen(moteur, "before_cursor_execute", noter)
    yield ordres
    event.remove(moteur, "before_cursor_execute", noter)


def test_vote_en_lot_puis_notification(anne: FlaskClient, monde: Monde) -> None:
    m = monde
    accueil = anne.get("/finance/").text
    assert '<span class="tas-nombre">1</span> <span>Vote à enregistrer</span>' in accueil
    liste = anne.get("/finance/votes")
    assert liste.status_code == 200 and m.ligne.dossier.reference in liste.text
    vide = anne.post("/finance/votes", data={"etape": "apercu"})
    assert vide.status_code == 422 and "Cochez au moins une ligne" in vide.text
    donnees = {
        "lignes": str(m.ligne.id),
        f"montant-{m.ligne.id}": "9 500,50",
        f"version-{m.ligne.id}": str(m.ligne.version),
        "acte_type": "deliberation",
        "acte_numero": "D-12",
        "acte_date": "2027-03-10",
    }
    apercu = anne.post("/finance/votes", data={**donnees, "etape": "apercu"})
    assert apercu.status_code == 200 and "Différent de l’arbitrage" in apercu.text
    db.session.expire_all()
    assert m.ligne.etat is EtatFinancement.ARBITRE
    fait = anne.post("/finance/votes", data={**donnees, "etape": "enregistrer"})
    assert fait.status_code == 303
    deux_fois = anne.post("/finance/votes", data={**donnees, "etape": "enregistrer"})
    assert deux_fois.status_code == 303, "le second clic dit que c’est déjà fait"
    db.session.expire_all()
    assert m.ligne.montant_vote == 9_500_50
    assert anne.get("/finance/notifications").status_code == 200
    reponse = anne.post(
        "/finance/notifications",
        data={"lignes": str(m.ligne.id), f"version-{m.ligne.id}": str(m.ligne.version)},
    )
    assert reponse.status_code == 303
    db.session.expire_all()
    assert m.ligne.etat is EtatFinancement.NOTIFIE


def test_deux_clics_sur_un_lot(anne: FlaskClient, monde: Monde, session: Any) -> None:
    """The second click tells what the first did, not that somebody else changed the line."""
    ligne = monde.ligne
    db.session.commit()
    saisie = {
        "lignes": [str(ligne.id)],
        f"version-{ligne.id}": str(ligne.version),
        f"montant-{ligne.id}": "10000,01",
        "acte_type": "arrete",
        "acte_numero": "2027-94-12",
        "acte_date": "10/03/2027",
        "etape": "enregistrer",
    }
    assert [anne.post("/finance/votes", data=saisie).status_code for _ in range(2)] == [303, 303]
    assert "déjà enregistrés" in anne.get("/finance/").text
    autre = anne.post("/finance/votes", data={**saisie, "acte_numero": "2027-94-13"})
    assert autre.status_code == 409
    session.expire_all()
    saisie[f"version-{ligne.id}"] = str(ligne.version)
    codes = [anne.post("/finance/notifications", data=saisie).status_code for _ in range(2)]
    assert codes == [303, 303]
    accueil = anne.get("/finance/").text
    assert "1\u00a0décision notifiée" in accueil or "1 décision notifiée" in accueil
    assert "aucun second courriel" in accueil
    envoyes = select(Courriel.id).where(Courriel.modele == "financement_notifie")
    assert len(session.scalars(envoyes).all()) == 1


def test_un_acte_abandonne_ne_compte_pas_deux_fois(anne: FlaskClient, monde: Monde) -> None:
    notifier(monde)
    projet = conventions.preparer_convention(monde.anne, monde.ligne)
    conventions.abandonner_projet(monde.anne, projet, "Mauvais type")
    conventions.preparer_convention(monde.anne, monde.ligne)
    db.session.commit()
    page = anne.get("/finance/conventions").text
    assert "2\u00a0actes, 10\u202f000,01\u00a0€ au total" in page
    rangees = anne.get("/finance/conventions.csv").data.decode("utf-8-sig").splitlines()
    assert sum("10000,01" in r.split(";")[10] for r in rangees[1:]) == 1


def test_un_versement_annule_ne_compte_pas_deux_fois(anne: FlaskClient, monde: Monde) -> None:
    notifier(monde)
    avance = en_vigueur(monde).tranches[0].versements[0]
    versement.annuler(monde.anne, avance, "Montant à revoir")
    db.session.commit()
    assert "2\u00a0versements, 2\u202f000\u00a0€ au total" in anne.get("/finance/versements").text
    annules = anne.get("/finance/versements?etat=annule").text
    assert "1\u00a0versement, 8\u202f000,01\u00a0€ au total." in annules


def test_preparer_signer_payer(anne: FlaskClient, monde: Monde, app: Flask, session: Any) -> None:
    m = monde
    notifier(m)
    session.commit()
    page = anne.get(f"/finance/lignes/{m.ligne.id}/acte")
    assert page.status_code == 200 and "Arrêté attributif" in page.text
    echeances = {
        "echeances-0-type": "avance",
        "echeances-0-part": "70",
        "echeances-0-mois": "6",
        "echeances-1-type": "solde",
        "echeances-1-part": "20",
        "echeances-1-mois": "12",
    }
    url = f"/finance/lignes/{m.ligne.id}/acte"
    refus = poster(anne, url, m.ligne, type="cpo", **echeances)
    assert refus.status_code == 422 and "100" in refus.text
    echeances["echeances-1-part"] = "30"
    assert poster(anne, url, m.ligne, type="cpo", annee_2="8 000", **echeances).status_code == 303
    acte = session.scalars(select(Convention)).one()
    assert acte.type is TypeConvention.CPO and acte.dernier_exercice == 2028
    base = f"/finance/conventions/{acte.id}"
    assert anne.get(base).status_code == 200
    assert anne.get(f"{base}/document.pdf").data.startswith(b"%PDF")
    assert poster(anne, f"{base}/envoyer_a_la_signature", acte).status_code == 303
    sam = connecter(app.test_client(), m.sam)
    page = sam.get(f"/porteur/conventions/{acte.id}")
    assert page.status_code == 200 and "Signer la convention" in page.text
    signer = f"/porteur/conventions/{acte.id}/signer"
    assert poster(sam, signer, acte).status_code == 422
    assert poster(sam, signer, acte, accord="y").status_code == 303
    assert poster(sam, signer, acte, accord="y").status_code == 409
    assert poster(anne, f"{base}/signer_financeur", acte, accord="y").status_code == 303
    assert poster(anne, f"{base}/mettre_en_vigueur", acte).status_code == 303
    session.expire_all()
    assert acte.etat is EtatConvention.EN_VIGUEUR
    avance = acte.tranches[0].versements[0]
    assert avance.montant == 7_000_01
    v = f"/finance/versements/{avance.id}"
    assert poster(anne, f"{v}/proposer", avance).status_code == 303
    assert poster(anne, f"{v}/valider", avance).status_code == 409
    assert "une autre personne" in anne.get(v).text
    bruno = connecter(app.test_client(), m.bruno)
    assert poster(bruno, f"{v}/valider", avance).status_code == 303
    assert poster(anne, f"{v}/mandater", avance).status_code == 422
    assert poster(anne, f"{v}/mandater", avance, numero_mandat="M1").status_code == 303
    futur = poster(anne, f"{v}/constater_paiement", avance, paye_le="2030-01-01")
    assert futur.status_code == 422
    version = avance.version
    paye = {"version": version, "paye_le": "2027-03-15"}
    assert anne.post(f"{v}/constater_paiement", data=paye).status_code == 303
    assert bruno.post(f"{v}/constater_paiement", data=paye).status_code == 409
    session.expire_all()
    assert avance.etat is EtatVersement.PAYE
    for chemin in ("/finance/conventions", "/finance/versements", "/finance/cpo", "/finance/"):
        assert anne.get(chemin).status_code == 200
    taux = anne.get("/finance/cpo").text
    assert "1 CPO ÷ 1 acte compté" in taux.replace("\u00a0", " ")
    for chemin in ("affermir", "abandonner", "versement"):
        tranche = acte.tranches[0 if chemin == "versement" else 1]
        assert anne.get(f"/finance/tranches/{tranche.id}/{chemin}").status_code == 200


def test_bilan_ecrit_depose_controle(
    anne: FlaskClient, monde: Monde, app: Flask, session: Any
) -> None:
    m = monde
    notifier(m)
    acte = en_vigueur(m)
    with horloge_fixee(ETE):
        for v in acte.tranches[0].versements:
            payer(m, v)
    bilan = session.scalars(select(Bilan)).one()
    session.commit()
    with horloge_fixee(BILAN):
        anne = connecter(app.test_client(), m.anne)
        sam = connecter(app.test_client(), m.sam)
        url = f"/porteur/bilans/{bilan.id}"
        assert sam.get(url).status_code == 200
        assert poster(sam, url, bilan, publics="Des <b>voisins</b>").status_code == 303
        page = sam.get(url).text
        assert "Des &lt;b&gt;voisins&lt;/b&gt;" in page
        manques = sam.get(f"{url}/verification").text
        assert "#mise_en_oeuvre" in manques and f"{url}#ligne-" in manques
        assert poster(sam, f"{url}/deposer", bilan, accord="y").status_code == 303
        session.expire_all()
        assert bilan.etat is EtatBilan.EN_SAISIE
        remplir(m, bilan, realise=40)
        session.commit()
        assert "Signer et déposer le bilan" in sam.get(f"{url}/verification").text
        assert poster(sam, f"{url}/deposer", bilan).status_code == 422
        assert poster(sam, f"{url}/deposer", bilan, accord="y").status_code == 303
        assert sam.get(url).status_code == 200
        assert sam.get(f"{url}/verification").location == url  # deposited: nothing to check
        assert sam.get(f"{url}/document.pdf").data.startswith(b"%PDF")
        agent = f"/finance/bilans/{bilan.id}"
        assert anne.get("/finance/bilans?etat=depose").status_code == 200
        texte = anne.get(agent).text
        assert "étape" in texte or "ramenée" in texte
        assert anne.get(f"{agent}?non_eligible=100").status_code == 200
        illisible = anne.get(f"{agent}?non_eligible=%C2%B2").text
        assert "ne les compte pas" in illisible and 'value="²"' in illisible
        assert "resume-erreurs" not in anne.get(agent).text
        assert anne.get(f"{agent}/document.pdf").data.startswith(b"%PDF")
        assert poster(anne, f"{agent}/valider", bilan).status_code == 303
        demande = f"{agent}/reversement/{m.ligne.id}"
        assert anne.get(demande).status_code == 200
        trop = poster(anne, demande, bilan, montant="99 999", motif="Beaucoup trop demandé")
        assert trop.status_code == 422
        juste = {"montant": "6 000,01", "motif": "Action réduite de moitié"}
        assert poster(anne, demande, bilan, **juste).status_code == 303
        assert "6\u202f000,01" in sam.get(url).text
        recu = "/finance/reversements/1/recu"
        assert anne.get(recu).status_code == 200
        assert anne.get("/finance/reversements/1/abandon").status_code == 200
        assert anne.post(recu, data={"recu_le": "2028-02-20"}).status_code == 303
        assert anne.post(recu, data={"recu_le": "2028-02-20"}).status_code == 409
    session.expire_all()
    assert bilan.etat is EtatBilan.REVERSE and m.ligne.etat is EtatFinancement.REVERSE


def test_une_aide_a_solder_n_est_pas_oubliee(anne: FlaskClient, monde: Monde, session: Any) -> None:
    """Bilan accepted, nothing planned any more, money still due: the home says it."""
    _acte, solde = bilan_accepte(monde, session, 90)
    session.commit()
    assert "à solder" not in anne.get("/finance/").text
    with horloge_fixee(BILAN):
        versement.annuler(monde.anne, solde, "Payer le montant du bilan")
        session.commit()
        accueil = connecter(anne, monde.anne).get("/finance/").text
    assert '<span class="tas-nombre">1</span> <span>Aide à solder, bilan accepté</span>' in accueil
    assert f"/finance/lignes/{monde.ligne.id}" in accueil


def test_refus(client: FlaskClient, monde: Monde, app: Flask, session: Any) -> None:
    m = monde
    notifier(m)
    acte = en_vigueur(m)
    autre = f.financeur(m.ligne.financeur.contrat, "ept", "Territoire d’essai")
    zoe = f.agent(f.RoleHabilitation.FINANCE, m.ligne.financeur.contrat, autre, "Zoé")
    etranger = f.utilisateur("Lou", "Ailleurs")
    f.organisme("Autre association", signataire=etranger)
    zoe_client = connecter(app.test_client(), f.acteur(zoe))
    lou = connecter(app.test_client(), f.acteur(etranger))
    versement = acte.tranches[0].versements[0]
    for chemin in (
        f"/finance/conventions/{acte.id}",
        f"/finance/lignes/{m.ligne.id}",
        f"/finance/versements/{versement.id}",
    ):
        assert client.get(chemin).status_code == 303
        assert zoe_client.get(chemin).status_code == 403
        assert lou.get(chemin).status_code == 403
    assert lou.get("/finance/").status_code == 403
    assert lou.get(f"/porteur/conventions/{acte.id}").status_code == 403
    assert "Les Jardins" not in zoe_client.get("/finance/conventions").text
    donnees = {"lignes": str(m.ligne.id), f"version-{m.ligne.id}": "1"}
    assert zoe_client.post("/finance/notifications", data=donnees).status_code == 422


@pytest.mark.parametrize(
    "chemin", ["/finance/", "/finance/votes", "/finance/conventions", "/finance/versements"]
)
def test_requetes_constantes(
    anne: FlaskClient, monde: Monde, app: Flask, session: Any, chemin: str
) -> None:
    m = monde

    def mesurer() -> int:
        anne.get(chemin)
        with compter(app) as ordres:
            assert anne.get(chemin).status_code == 200
        return len(ordres)

    def ajouter(nombre: int, signer: Callable[[int], bool]) -> None:
        for rang in range(nombre):
            o = f.organisme(f"Association {rang}", signataire=f.utilisateur())
            d = f.dossier(m.ligne.dossier.campagne, o)
            [ligne] = f.programmer(d, [(m.ligne.financeur, m.enveloppe, 100_00)], f.utilisateur())
            if signer(rang):
                copie = Monde(m.anne, m.bruno, m.sam, m.enveloppe, ligne)
                notifier(copie, 100_00)
                en_vigueur(copie)
        session.commit()

    ajouter(2, lambda rang: rang == 0)
    avant = mesurer()
    ajouter(6, lambda rang: rang % 2 == 0)
    assert mesurer() == avant


def test_nombre_de_pages_sans_doublon(anne: FlaskClient, monde: Monde) -> None:
    for page in ("/finance/conventions?page=99", "/finance/versements?etat=inconnu&exercice=²"):
        reponse = anne.get(page)
        assert reponse.status_code == 200
        assert len(re.findall(r"<h1>", reponse.text)) == 1
