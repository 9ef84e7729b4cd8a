"""The pages of the liasses: choose, preview, hand over once, mandate, cancel; whose they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from aap.domaine.horloge import horloge_fixee
from aap.domaine.liasse import COLONNES
from aap.models import Deport, Liasse, RoleHabilitation
from aap.services.liasse import annuler_liasse, etablir_liasse
from tests import fabriques as f
from tests.integration.test_liasses import choix, prefecture, valides
from tests.integration.test_pages_finance import connecter
from tests.outils_porteur import compter_requetes
from tests.parcours.test_argent import PRINTEMPS, Monde, creer_monde, notifier
from tests.unitaires.test_documents_rendu import texte
from workflows.versement import EtatVersement

CHOIX = "/finance/liasses/preparer"


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
        notifier(m)
        yield m


def coches(m: Monde, *versements: Any, **plus: str) -> dict[str, Any]:
    cles = [str(v.id) for v in versements]
    versions = {f"version-{v.id}": str(v.version) for v in versements}
    commun = {"financeur": str(prefecture(m).id), "versements": cles, "partent": cles}
    return commun | versions | plus


def test_du_choix_a_la_liasse(client: FlaskClient, monde: Monde, session: Any) -> None:
    m = monde
    v, w = valides(m)
    organisme = m.ligne.dossier.organisme
    organisme.titulaire_compte = "M. Jean Dupond"
    session.commit()
    anne = connecter(client, m.anne)
    page = anne.get(CHOIX).text
    assert f'value="{v.id}" checked' in page and f'value="{w.id}" checked' in page
    assert anne.post(CHOIX, data={"financeur": str(prefecture(m).id)}).status_code == 422
    apercu = anne.post(CHOIX, data=coches(m, v, w, etape="apercu")).text
    assert "0\u00a0versement peut partir" in apercu and "vérifié ce RIB" in apercu
    assert "Établir la liasse" not in apercu
    verifie = {f"rib-{v.id}": "oui", f"ej-{v.id}": "2104", f"ej-{w.id}": "=1"}
    apercu = anne.post(CHOIX, data=coches(m, v, w, etape="apercu", **verifie)).text
    assert "1\u00a0versement peut partir" in apercu and 'value="2104"' in apercu
    assert 'value="=1"' in apercu and "sans signe particulier" in apercu
    retour = anne.post(CHOIX, data=coches(m, v, etape="choisir"))
    assert f'value="{w.id}">' in retour.text and f'value="{v.id}" checked' in retour.text
    seul = coches(m, v, w, etape="etablir", **verifie) | {"partent": [str(v.id)]}
    fait = anne.post(CHOIX, data=seul)
    assert fait.status_code == 303
    encore = anne.post(CHOIX, data=seul)
    assert encore.status_code == 409 and "déjà dans la liasse n° 2027-L001" in encore.text
    assert session.scalar(select(func.count(Liasse.id))) == 1
    page = anne.get(fait.location).text
    assert "RIB vérifié auprès du porteur" in page and "2104" in page
    assert str(organisme.iban) not in page
    assert "2027-L001" in anne.get(f"/finance/versements/{v.id}").text
    assert 'value="2104"' in anne.get(f"/finance/versements/{v.id}/mandater").text
    assert "2027-L001" in anne.get("/finance/liasses").text


def test_les_papiers_restent_les_memes(client: FlaskClient, monde: Monde, session: Any) -> None:
    m = monde
    v, w = valides(m)
    liasse = etablir_liasse(m.anne, prefecture(m), choix(v, w))
    session.commit()
    anne = connecter(client, m.anne)
    adresse = f"/finance/liasses/{liasse.id}"
    fichier = anne.get(f"{adresse}/fichier.csv")
    assert fichier.mimetype == "text/csv" and "no-store" in fichier.headers["Cache-Control"]
    assert hashlib.sha256(fichier.data).hexdigest() == liasse.sha256
    bordereau = anne.get(f"{adresse}/bordereau.pdf").data
    lu = texte(bordereau)
    assert "10 000,01 €" in lu and "dix-mille euros et un centime" in lu
    assert " ".join(liasse.sha256[i : i + 8] for i in (0, 8)) in lu
    assert str(m.ligne.dossier.organisme.iban) not in lu.replace(" ", "").replace("\u00a0", "")
    with horloge_fixee(PRINTEMPS.replace(day=20)):
        m.ligne.dossier.organisme.nom = "Nom changé"
        session.commit()
        connecter(anne, m.anne)
        assert anne.get(f"{adresse}/fichier.csv").data == fichier.data
        assert anne.get(f"{adresse}/bordereau.pdf").data == bordereau


def test_mandater_garde_ce_qui_est_tape(client: FlaskClient, monde: Monde, session: Any) -> None:
    m = monde
    v, w = valides(m)
    liasse = etablir_liasse(m.anne, prefecture(m), choix(v, w, ej=""))
    session.commit()
    un, deux = liasse.lignes
    anne = connecter(client, m.anne)
    adresse = f"/finance/liasses/{liasse.id}/mandater"
    assert anne.post(adresse, data={}).status_code == 422
    saisie = {"numero_commun": "M-12", f"mandat-{deux.id}": "=2", f"ej-{un.id}": "2104"}
    page = anne.post(adresse, data=saisie)
    assert page.status_code == 200 and "1\u00a0versement mandaté, 1\u00a0refusé" in page.text
    assert 'value="=2"' in page.text
    session.expire_all()
    assert v.etat is EtatVersement.MANDATE and (v.numero_mandat, v.numero_ej) == ("M-12", "2104")
    assert w.etat is EtatVersement.VALIDE
    assert "Non mandaté" in anne.get(f"/finance/liasses/{liasse.id}").text
    annuler = f"/finance/liasses/{liasse.id}/annuler"
    refus = anne.post(annuler, data={"motif": "Erreur", "version": str(liasse.version)})
    assert refus.status_code == 409 and "déjà mandaté" in refus.text
    assert anne.post(adresse, data={"numero_commun": "M-13"}).status_code == 303
    session.expire_all()
    assert w.numero_mandat == "M-13" and v.numero_mandat == "M-12"


def test_annuler(client: FlaskClient, monde: Monde, session: Any) -> None:
    m = monde
    liasse = etablir_liasse(m.anne, prefecture(m), choix(*valides(m)))
    session.commit()
    anne = connecter(client, m.anne)
    adresse = f"/finance/liasses/{liasse.id}/annuler"
    assert "garde son numéro" in anne.get(adresse).text
    assert anne.post(adresse, data={"motif": "", "version": "1"}).status_code == 422
    assert anne.post(adresse, data={"motif": "Doublon", "version": "99"}).status_code == 409
    donnees = {"motif": "Doublon", "version": str(liasse.version)}
    assert anne.post(adresse, data=donnees).status_code == 303
    assert anne.post(adresse, data=donnees).status_code == 409
    page = anne.get(f"/finance/liasses/{liasse.id}").text
    assert "Annulée" in page and "Enregistrer les mandats" not in page
    assert "2027-L001" in anne.get("/finance/liasses?etat=annulee").text
    assert "2027-L001" not in anne.get("/finance/liasses?etat=a_mandater").text
    assert "annulée" in texte(anne.get(f"/finance/liasses/{liasse.id}/bordereau.pdf").data)


def test_ce_qui_est_a_d_autres(client: FlaskClient, monde: Monde, app: Flask, session: Any) -> None:
    """Another funder, the porteur, and an officer set aside for the organisme."""
    m = monde
    v, w = valides(m)
    liasse = etablir_liasse(m.anne, prefecture(m), choix(v))
    ville = f.financeur(prefecture(m).contrat, "ville", "Ville d’essai")
    agent = f.agent(RoleHabilitation.FINANCE, prefecture(m).contrat, ville, "Chloé")
    chloe = connecter(app.test_client(), f.acteur(agent))
    sam = connecter(app.test_client(), m.sam)
    assert chloe.post(CHOIX, data=coches(m, w, etape="etablir")).status_code == 404
    pas_a_elle = coches(m, w, etape="etablir") | {"financeur": str(ville.id)}
    assert chloe.post(CHOIX, data=pas_a_elle).status_code == 422
    assert "2027-L001" not in chloe.get("/finance/liasses").text
    session.add(
        Deport(
            utilisateur_id=m.bruno.utilisateur_id,
            organisme_id=m.ligne.dossier.organisme_id,
            motif="Famille",
            declare_par_id=m.anne.utilisateur_id,
        )
    )
    session.commit()
    bruno = connecter(client, m.bruno)
    assert "2027-L001" not in bruno.get("/finance/liasses").text
    assert f'value="{w.id}"' not in bruno.get(CHOIX).text
    for suite in ("", "/fichier.csv", "/bordereau.pdf", "/annuler"):
        for autre in (chloe, sam, bruno):
            assert autre.get(f"/finance/liasses/{liasse.id}{suite}").status_code == 403
    assert bruno.post(f"/finance/liasses/{liasse.id}/mandater", data={}).status_code == 403
    assert bruno.get(CHOIX, query_string={"financeur": "²"}).status_code == 404


def test_plusieurs_financeurs(client: FlaskClient, monde: Monde, session: Any) -> None:
    """Whoever manages several funders first says whose payments go."""
    m = monde
    v, w = valides(m)
    contrat = prefecture(m).contrat
    f.financeur(contrat, "ville", "Ville d’essai")
    toute = connecter(client, f.acteur(f.agent(RoleHabilitation.FINANCE, contrat, nom="Toute")))
    page = toute.get(CHOIX).text
    assert f"{CHOIX}?financeur={prefecture(m).id}" in page and "Ville d’essai" not in page
    choisie = toute.get(CHOIX, query_string={"financeur": prefecture(m).id}).text
    assert f'value="{v.id}" checked' in choisie
    vide = toute.get(CHOIX, query_string={"financeur": prefecture(m).id, "q": "introuvable"}).text
    assert "ne répond à ces critères" in vide
    soldes = toute.get(CHOIX, query_string={"financeur": prefecture(m).id, "type": "solde"}).text
    assert f'value="{w.id}" checked' in soldes and f'value="{v.id}" checked' not in soldes
    assert "Préparer une liasse" in toute.get("/finance/").text
    assert toute.post(CHOIX, data={"versements": str(v.id)}).status_code == 200
    etablir_liasse(m.anne, prefecture(m), choix(v, w))
    session.commit()
    assert "Aucun versement à remettre" in toute.get(CHOIX).text


def test_requetes_constantes(client: FlaskClient, monde: Monde, session: Any) -> None:
    m = monde
    v, w = valides(m)
    anne = connecter(client, m.anne)
    liasse = etablir_liasse(m.anne, prefecture(m), choix(v))
    session.commit()
    page = f"/finance/liasses/{liasse.id}"
    avant = [compter_requetes(lambda a=a: anne.get(a)) for a in ("/finance/liasses", page)]
    annuler_liasse(m.anne, liasse, "Une de plus")
    seconde = etablir_liasse(m.anne, prefecture(m), choix(v, w))
    session.commit()
    apres = compter_requetes(lambda: anne.get("/finance/liasses"))
    assert apres <= avant[0]
    page = f"/finance/liasses/{seconde.id}"
    assert compter_requetes(lambda: anne.get(page)) <= avant[1]


def test_le_guide_dit_toutes_les_colonnes() -> None:
    with open("docs/guides/finances.md", encoding="utf-8") as guide:
        lu = guide.read()
    assert [c.nom for c in COLONNES if f"| {c.nom} | {c.sens} |" not in lu] == []
