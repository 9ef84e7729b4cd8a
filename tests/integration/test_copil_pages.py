"""The committee's rooms in the browser's place: rights, forms, JSON, leaks, constant queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from aap.extensions import db
from aap.models import Courriel, Dossier, Financement, Seance, SensDecision
from aap.services import publication, pv
from aap.services import seance as service
from aap.services.arbitrage import arbitrer
from aap.services.decision import decider
from tests.outils_copil import (
    DecorCopil,
    ajouter_dossier,
    deporter,
    enveloppe_de,
    lignes,
    planter_copil,
    seance_prete,
)
from tests.outils_porteur import compter_requetes, connecte
from workflows.dossier import EtatDossier

MOTIF = "Le budget présenté ne permet pas de comprendre l’action."


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil()


def _champs(page: str, action: str) -> dict[str, str]:
    """Fields of the form whose action ends so, as a browser would send them."""
    form = next(
        f
        for f in BeautifulSoup(page, "html.parser").find_all("form", method="post")
        if (f.get("action") or "").endswith(action)
    )
    champs = {i["name"]: i.get("value", "") for i in form.find_all("input") if i.get("name")}
    for liste in form.find_all("select"):
        choisie = liste.find("option", selected=True) or liste.find("option")
        champs[liste["name"]] = choisie["value"]
    for texte in form.find_all("textarea"):
        champs[texte["name"]] = texte.text.strip()
    return champs


def _dossier(decor: DecorCopil, n: int = 0) -> Dossier:
    return decor.dossiers[n]


def test_the_whole_session_by_the_screens(app: Flask, decor: DecorCopil) -> None:
    ids = [d.id for d in decor.dossiers]
    campagne_id, membre_id = decor.campagne.id, decor.membre.id
    env_etat = decor.env_etat.id
    client = connecte(app, decor.coordo)
    reponse = client.post(
        f"/copil/campagnes/{campagne_id}/seances/nouvelle",
        data={"titre": "COPIL", "prevue_le": "2027-03-04T14:00", "lieu": "Mairie", "quorum": "1"},
    )
    assert reponse.status_code == 303
    (seance_id,) = db.session.scalars(db.select(Seance.id)).all()
    base = f"/copil/seances/{seance_id}"
    assert client.get(f"{base}/membres").status_code == 200
    client.post(f"{base}/membres", data={"membre": str(membre_id), "qualite": "Sous-préfète"})
    assert client.post(f"{base}/convocations").status_code == 303
    assert "Dossiers à inscrire" in client.get(f"{base}/ordre-du-jour").text
    client.post(f"{base}/ordre-du-jour", data={"tous": "1"})
    client.post(f"{base}/ordre-du-jour/ordre", data={"par": "classement"})
    page = client.get(base).text
    assert client.post(f"{base}/ouvrir", data=_champs(page, "/ouvrir")).status_code == 303
    presence = BeautifulSoup(client.get(f"{base}/membres").text, "html.parser").find(
        "input", {"name": "present"}
    )
    client.post(f"{base}/presences", data={"present": presence["value"]})
    _montants(client, base, ids[0], "2 000,50", env_etat)
    _decision(client, base, ids[0], sens="programmer")
    _decision(client, base, ids[1], sens="rejeter", motif=MOTIF)
    _decision(client, base, ids[2], sens="liste_attente", rang_attente="1")
    page = client.get(f"{base}/clore").text
    assert client.post(f"{base}/clore", data=_champs(page, "/clore")).status_code == 303
    page = client.get(f"{base}/proces-verbal").text
    champs = {**_champs(page, ""), "president": "Manon Exemple"}
    soup = BeautifulSoup(page, "html.parser")
    champs["version"] = soup.find_all("input", {"name": "version"})[-1]["value"]
    champs["notes"] = "Un point d’étape est demandé en juin."
    assert client.post(f"{base}/proces-verbal", data=champs).status_code == 303
    assert "Un point d’étape est demandé en juin." in client.get(f"{base}/proces-verbal").text
    assert client.get(f"{base}/proces-verbal.pdf").data.startswith(b"%PDF")
    assert client.get(f"/copil/dossiers/{ids[0]}/notification.pdf").status_code == 404
    assert client.post(f"{base}/publication", data={"nombre": "2"}).status_code == 409
    assert client.post(f"{base}/publication", data={}).status_code == 422
    assert client.post(f"{base}/publication", data={"nombre": "3"}).status_code == 303
    assert client.post(f"{base}/publication", data={"nombre": "3"}).status_code == 409
    for dossier_id in ids:
        lettre = client.get(f"/copil/dossiers/{dossier_id}/notification.pdf")
        assert lettre.data.startswith(b"%PDF")
    db.session.expire_all()
    assert db.session.get_one(Dossier, ids[0]).etat is EtatDossier.PROGRAMME
    mails = db.session.scalars(db.select(Courriel.modele)).all()
    assert sorted(mails) == [
        "convocation",
        "decision_liste_attente",
        "decision_programmer",
        "decision_rejeter",
    ]


def _montants(client: FlaskClient, base: str, dossier_id: int, montant: str, env: int) -> None:
    adresse = f"{base}/dossiers/{dossier_id}"
    champs = _champs(client.get(adresse).text, "/montants")
    champs[f"d{dossier_id}-lignes-0-montant"] = montant
    champs[f"d{dossier_id}-lignes-0-enveloppe"] = str(env)
    assert client.post(f"{adresse}/montants", data=champs).status_code == 303


def _decision(client: FlaskClient, base: str, dossier_id: int, **valeurs: str) -> None:
    adresse = f"{base}/dossiers/{dossier_id}"
    champs = {**_champs(client.get(adresse).text, "/decision"), **valeurs}
    reponse = client.post(f"{adresse}/decision", data=champs)
    assert reponse.status_code == 303, reponse.text


def test_amounts_as_json(app: Flask, decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    dossier = _dossier(decor)
    etat, _ = lignes(dossier)
    racine = f"d{dossier.id}-lignes-0-"
    donnees = {
        f"{racine}financement": str(etat.id),
        f"{racine}version": str(etat.version),
        f"{racine}montant": "4 000",
        f"{racine}enveloppe": str(decor.env_etat.id),
        f"{racine}motif_ecart": "",
    }
    adresse = f"/copil/seances/{seance.id}/dossiers/{dossier.id}/montants"
    etat_id, entetes = etat.id, {"Accept": "application/json"}
    client = connecte(app, decor.coordo)
    reponse = client.post(adresse, data=donnees, headers=entetes)
    assert reponse.status_code == 200
    assert "6\u202f000" in reponse.json["soldes"][str(decor.env_etat.id)]
    assert reponse.json["lignes"][str(etat_id)] > int(donnees[f"{racine}version"])
    assert reponse.json["total"] == "4\u202f000\u00a0€" and reponse.json["retenu"] is True
    assert "obtenus sur" in reponse.json["plan"]
    perime = client.post(adresse, data={**donnees, f"{racine}montant": "3 000"}, headers=entetes)
    assert perime.status_code == 409
    assert "4\u202f000" in perime.json["message"] and "3\u202f000" in perime.json["message"]
    trop = {
        **donnees,
        f"{racine}version": str(reponse.json["lignes"][str(etat_id)]),
        f"{racine}montant": "90 000",
        f"{racine}motif_ecart": "essai",
    }
    refus = client.post(adresse, data=trop, headers=entetes)
    assert refus.status_code == 409 and "Il reste" in refus.json["message"]
    illisible = client.post(adresse, data={**trop, f"{racine}montant": "abc"}, headers=entetes)
    assert illisible.status_code == 422


def test_stale_form_keeps_what_was_typed(app: Flask, decor: DecorCopil) -> None:
    """The page comes back with both values, and can be sent again at once."""
    seance = seance_prete(decor)
    dossier = _dossier(decor)
    seance_id, dossier_id, env = seance.id, dossier.id, decor.env_etat.id
    client = connecte(app, decor.coordo)
    adresse = f"/copil/seances/{seance_id}/dossiers/{dossier_id}"
    champs = _champs(client.get(adresse).text, "/montants")
    _montants(client, f"/copil/seances/{seance_id}", dossier_id, "1 000", env)
    champs[f"d{dossier_id}-lignes-0-montant"] = "1 500"
    champs[f"d{dossier_id}-lignes-0-enveloppe"] = str(env)
    reponse = client.post(f"{adresse}/montants", data=champs)
    assert reponse.status_code == 409
    assert "1\u202f500" in reponse.text and "1\u202f000" in reponse.text
    encore = _champs(reponse.text, "/montants")
    assert encore[f"d{dossier_id}-lignes-0-montant"] == "1 500"
    assert client.post(f"{adresse}/montants", data=encore).status_code == 303
    db.session.expire_all()
    assert lignes(db.session.get_one(Dossier, dossier_id))[0].montant_arbitre == 150_000


def test_ineligible_enveloppes_are_not_offered(app: Flask, decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    dossier, env_ville = _dossier(decor), decor.env_ville
    ville = lignes(dossier)[1]
    adresse = f"/copil/seances/{seance.id}/dossiers/{dossier.id}"
    ville_id, env_id, dossier_id = ville.id, env_ville.id, dossier.id
    version = ville.version
    client = connecte(app, decor.coordo)
    page = client.get(adresse).text
    assert "Aucune enveloppe de ce financeur ne peut payer" in page
    assert "Aucune commune visée" in page
    racine = f"d{dossier_id}-lignes-0-"
    reponse = client.post(
        f"{adresse}/montants",
        data={
            f"{racine}financement": str(ville_id),
            f"{racine}version": str(version),
            f"{racine}montant": "100",
            f"{racine}enveloppe": str(env_id),
        },
    )
    assert reponse.status_code == 422
    assert db.session.get_one(Financement, ville_id).montant_arbitre is None


def test_decision_form_refuses_without_motif(app: Flask, decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    adresse = f"/copil/seances/{seance.id}/dossiers/{_dossier(decor).id}"
    client = connecte(app, decor.coordo)
    champs = _champs(client.get(adresse).text, "/decision")
    for sens, motif in (("rejeter", ""), ("ajourner", "court"), ("autre", MOTIF)):
        reponse = client.post(f"{adresse}/decision", data={**champs, "sens": sens, "motif": motif})
        assert reponse.status_code == 422


def test_no_rate_is_judged_before_there_is_money(app: Flask, decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    page = connecte(app, decor.coordo).get(f"/copil/seances/{seance.id}/totaux").text
    assert "Aucun montant n’est encore retenu" in page and "Sous l’objectif" not in page


def test_a_second_decision_gives_the_text_back(app: Flask, decor: DecorCopil) -> None:
    """Two tabs: the one that comes late is told of the decision, its motif is not thrown away."""
    seance = seance_prete(decor)
    base, dossier_id = f"/copil/seances/{seance.id}", _dossier(decor).id
    client = connecte(app, decor.coordo)
    champs = _champs(client.get(f"{base}/dossiers/{dossier_id}").text, "/decision")
    _decision(client, base, dossier_id, sens="ajourner", motif="Le budget est à revoir en entier.")
    tardif = {**champs, "sens": "rejeter", "motif": MOTIF}
    reponse = client.post(f"{base}/dossiers/{dossier_id}/decision", data=tardif)
    assert reponse.status_code == 409
    assert "vient d’être enregistrée" in reponse.text
    assert "Ce que vous aviez écrit" in reponse.text and MOTIF in reponse.text


def test_deport_hides_everything(app: Flask, decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    cache, vu = _dossier(decor, 0), _dossier(decor, 1)
    titre = cache.intitule = "Action cachée"
    deporter(decor, decor.membre, cache)
    service.passer_au_dossier(decor.acteur, seance, cache)
    base, cache_id, vu_id = f"/copil/seances/{seance.id}", cache.id, vu.id
    client = connecte(app, decor.membre)
    for chemin in ("", "/projection", "/proces-verbal", f"/dossiers/{vu_id}"):
        reponse = client.get(base + chemin)
        assert reponse.status_code == 200, chemin
        assert titre not in reponse.text, chemin
    assert "Ce dossier ne vous est pas montré" in client.get(f"{base}/projection").text
    assert client.get(f"{base}/dossiers/{cache_id}").status_code == 403
    coordo = connecte(app, decor.coordo).get(f"{base}/dossiers/{cache_id}").text
    assert "Manon Exemple sort de la salle" in coordo


def test_totals_leave_a_conflict_out_until_publication(app: Flask, decor: DecorCopil) -> None:
    """A total with one dossier too many would tell what that dossier gets."""
    seance = seance_prete(decor)
    cache = _dossier(decor)
    arbitrer(decor.acteur, lignes(cache)[0], 123_400, decor.env_etat)
    decider(decor.acteur, seance, cache, SensDecision.PROGRAMMER)
    for dossier in decor.dossiers[1:]:
        decider(decor.acteur, seance, dossier, SensDecision.REJETER, MOTIF)
    deporter(decor, decor.membre, cache)
    db.session.commit()
    adresse = f"/copil/seances/{seance.id}/totaux"
    complet = connecte(app, decor.coordo).get(adresse).text
    assert "1\u202f234" in complet and "ne sont pas comptés" not in complet
    client = connecte(app, decor.membre)
    reduit = client.get(adresse).text
    assert "1\u202f234" not in reduit and "1 dossier n’est pas compté" in reduit.replace(
        "\u00a0", " "
    )
    service.clore(decor.acteur, seance)
    pv.arreter_pv(decor.acteur, seance, "Cora Exemple")
    publication.publier(decor.acteur, seance)
    db.session.commit()
    assert "1\u202f234" in client.get(adresse).text


def test_the_session_page_folds_what_is_not_the_list(app: Flask, decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    arbitrer(decor.acteur, lignes(_dossier(decor))[0], 100_000, decor.env_etat)
    decider(decor.acteur, seance, _dossier(decor), SensDecision.PROGRAMMER)
    enveloppe_de(decor.campagne, decor.etat, 700, code="ailleurs", departement="91")
    db.session.commit()
    soup = BeautifulSoup(
        connecte(app, decor.coordo).get(f"/copil/seances/{seance.id}").text, "html.parser"
    )
    texte = " ".join(soup.find("main").get_text(" ").split())
    assert "2 à décider, 1 programmé." in texte and "«" not in texte
    pli = soup.find("details", class_="pli-soldes")
    assert not pli.has_attr("open") and len(pli.find_all(attrs={"data-solde": True})) == 3
    assert "1 enveloppe ne concerne aucun dossier" in " ".join(pli.get_text(" ").split())
    assert "retenus sur" in soup.find("li", id=f"dossier-{_dossier(decor).id}").find("details").text


def test_projection_tells_no_score_and_no_opinion(app: Flask, decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    service.passer_au_dossier(decor.acteur, seance, _dossier(decor))
    page = connecte(app, decor.coordo).get(f"/copil/seances/{seance.id}/projection").text
    corps = BeautifulSoup(page, "html.parser").find("main").text.lower()
    assert "action 1" in corps
    assert not any(mot in corps for mot in ("score", "rang", "proposé", "avis"))


ECRANS = (
    "/copil/",
    "/copil/campagnes/{c}/seances/nouvelle",
    "/copil/seances/{s}",
    "/copil/seances/{s}/modifier",
    "/copil/seances/{s}/membres",
    "/copil/seances/{s}/ordre-du-jour",
    "/copil/seances/{s}/dossiers/{d}",
    "/copil/seances/{s}/clore",
    "/copil/seances/{s}/rouvrir",
    "/copil/seances/{s}/totaux",
    "/copil/seances/{s}/projection",
    "/copil/seances/{s}/proces-verbal",
    "/copil/seances/{s}/proces-verbal.pdf",
    "/copil/seances/{s}/publication",
    "/copil/seances/{s}/convocation.pdf",
    "/copil/seances/{s}/seance.ics",
)
ENVOIS = (
    "/copil/seances/{s}/ouvrir",
    "/copil/seances/{s}/clore",
    "/copil/seances/{s}/membres",
    "/copil/seances/{s}/convocations",
    "/copil/seances/{s}/convocations/annuler",
    "/copil/seances/{s}/presences",
    "/copil/seances/{s}/observations",
    "/copil/seances/{s}/ordre-du-jour",
    "/copil/seances/{s}/ordre-du-jour/ordre",
    "/copil/seances/{s}/ordre-du-jour/{d}/retirer",
    "/copil/seances/{s}/dossiers/{d}/appeler",
    "/copil/seances/{s}/dossiers/{d}/montants",
    "/copil/seances/{s}/dossiers/{d}/decision",
    "/copil/seances/{s}/dossiers/{d}/reprise",
    "/copil/seances/{s}/proces-verbal",
    "/copil/seances/{s}/publication",
    "/copil/seances/{s}/courriels",
)


def test_screens_are_closed_to_the_others(app: Flask, decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    ids = {"c": decor.campagne.id, "s": seance.id, "d": _dossier(decor).id}
    for qui in (decor.porteur, decor.instructeur, decor.observateur):
        client = connecte(app, qui)
        for chemin in ECRANS:
            assert client.get(chemin.format(**ids)).status_code == 403, (qui.prenom, chemin)
        for chemin in ENVOIS:
            assert client.post(chemin.format(**ids)).status_code == 403, (qui.prenom, chemin)
    anonyme = app.test_client()
    for chemin in ECRANS:
        assert anonyme.get(chemin.format(**ids)).status_code == 303, chemin


def test_members_read_and_do_not_write(app: Flask, decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    ids = {"c": decor.campagne.id, "s": seance.id, "d": _dossier(decor).id}
    client = connecte(app, decor.membre)
    lisibles = {ECRANS[i] for i in (0, 2, 6, 9, 10, 11, 14, 15)}
    for chemin in ECRANS:
        attendu = 200 if chemin in lisibles else 403
        assert client.get(chemin.format(**ids)).status_code == attendu, chemin
    for chemin in ENVOIS:
        assert client.post(chemin.format(**ids)).status_code == 403, chemin
    page = client.get(f"/copil/seances/{seance.id}").text
    assert "<input" not in page.split("liste-copil")[1].split("</main>")[0]


def test_nothing_decided_leaks_to_the_porteur(app: Flask, decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    dossier = _dossier(decor)
    arbitrer(decor.acteur, lignes(dossier)[0], 123_400, decor.env_etat)
    decider(decor.acteur, seance, dossier, SensDecision.PROGRAMMER, "Motif très secret")
    client = connecte(app, decor.porteur)
    for chemin in ("/porteur/", f"/porteur/dossiers/{dossier.id}"):
        page = client.get(chemin)
        if page.status_code != 200:
            continue
        assert "1\u202f234" not in page.text
        assert "rogrammé" not in page.text
        assert "secret" not in page.text


def test_constant_queries(app: Flask, session: Any) -> None:
    decor = planter_copil(dossiers=30)
    seance = seance_prete(decor)
    client = connecte(app, decor.coordo)
    chemins = ("", "/totaux", "/ordre-du-jour", f"/dossiers/{_dossier(decor).id}", "/publication")

    def mesurer() -> list[int]:
        base = f"/copil/seances/{seance.id}"
        return [compter_requetes(_lire(client, base + c)) for c in chemins]

    avant = mesurer()
    for n in range(31, 201):
        ajouter_dossier(decor, n)
    service.inscrire_plusieurs(decor.acteur, seance, decor.dossiers[30:])
    for dossier in decor.dossiers[1:100]:
        decider(decor.acteur, seance, dossier, SensDecision.REJETER, MOTIF)
    db.session.commit()
    assert mesurer() == avant
    assert max(avant) < 60


def _lire(client: FlaskClient, chemin: str) -> Callable[[], object]:
    def faire() -> None:
        assert client.get(chemin).status_code == 200

    return faire


def test_minutes_page_hides_then_opens(app: Flask, decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    for dossier in decor.dossiers:
        decider(decor.acteur, seance, dossier, SensDecision.REJETER, MOTIF)
    service.clore(decor.acteur, seance)
    pv.arreter_pv(decor.acteur, seance, "Cora Exemple")
    deporter(decor, decor.membre, _dossier(decor))
    adresse = f"/copil/seances/{seance.id}/proces-verbal"
    client = connecte(app, decor.membre)
    assert client.get(f"{adresse}.pdf").status_code == 403
    assert "Action 1<" not in client.get(adresse).text
    publication.publier(decor.acteur, seance)
    db.session.commit()
    assert client.get(f"{adresse}.pdf").status_code == 200
    assert "Action 1<" in client.get(adresse).text
