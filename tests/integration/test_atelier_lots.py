"""Acts on many dossiers: preview, per-dossier result, sent twice, stale, by a job, undone."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import (
    Affectation,
    Courriel,
    DemandeComplement,
    Dossier,
    Lot,
    RoleHabilitation,
)
from aap.permissions import ANONYME
from aap.requetes.lots import suite_lot
from aap.services.lot import abandonner_lot, avancer_lot
from aap.taches.ouvrier import vider
from tests import fabriques as f
from tests import outils_instruction as o
from tests.outils_porteur import compter_requetes, connecte
from workflows.dossier import EtatDossier

R = RoleHabilitation
E = EtatDossier


def _champs(html: str) -> dict[str, list[str]]:
    """The hidden fields of the preview."""
    champs: dict[str, list[str]] = {}
    for nom, valeur in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html):
        champs.setdefault(nom, []).append(valeur.replace("&amp;", "&"))
    return champs


def _apercu(client: FlaskClient, acte: str, dossiers: list[Dossier], **plus: str) -> dict:
    reponse = client.get(
        "/instruction/lots/nouveau",
        query_string={"acte": acte, "ids": [d.id for d in dossiers], **plus},
    )
    assert reponse.status_code == 200, reponse.headers.get("Location")
    return _champs(reponse.text)


def _decor(nombre: int) -> tuple[o.Decor, list[Dossier]]:
    """``nombre`` deposited dossiers, the first one among them already in examination."""
    decor = o.planter()
    o.dossiers_en_plus(decor, nombre)
    dossiers = list(db.session.scalars(select(Dossier).order_by(Dossier.id)))
    for d in dossiers[1:]:
        d.etat = E.DEPOSE
    db.session.commit()
    return decor, dossiers


def _comptes(lot: Lot) -> dict[str, int]:
    return {etat.value: n for etat, n in suite_lot(ANONYME, lot).comptes.items()}


def _dernier() -> Lot:
    return db.session.scalars(select(Lot).order_by(Lot.id.desc())).first()


def test_recevables_en_lot_avec_un_refus_dit(app: Flask, session) -> None:
    decor, dossiers = _decor(3)
    client = connecte(app, decor.instructrice)
    champs = _apercu(client, "prendre_en_instruction", dossiers)
    assert len(champs["cibles"]) == 4
    reponse = client.post("/instruction/lots/prendre_en_instruction", data=champs)
    assert reponse.status_code == 303
    lot = _dernier()
    assert _comptes(lot) == {"faite": 3, "refusee": 1}
    assert all(d.etat is E.EN_INSTRUCTION for d in db.session.scalars(select(Dossier)))
    page = client.get(reponse.headers["Location"]).text
    assert "Non fait" in page and "Cet acte ne s’annule pas" in page
    refus = client.post(f"/instruction/lots/{lot.id}/annulation")
    assert refus.status_code == 409


def test_envoye_deux_fois_fait_une_fois(app: Flask, session) -> None:
    decor, dossiers = _decor(2)
    client = connecte(app, decor.instructrice)
    champs = _apercu(client, "prendre_en_instruction", dossiers[1:])
    deux = [client.post("/instruction/lots/prendre_en_instruction", data=champs) for _ in "ab"]
    assert deux[0].headers["Location"] == deux[1].headers["Location"]
    assert db.session.scalar(select(func.count()).select_from(Lot)) == 1
    autre = connecte(app, decor.collegue)
    vole = autre.post("/instruction/lots/prendre_en_instruction", data=champs)
    assert vole.status_code == 409
    assert autre.get(deux[0].headers["Location"]).status_code == 403


def test_dossier_change_depuis_l_apercu_refuse_seul(app: Flask, session) -> None:
    decor, dossiers = _decor(2)
    client = connecte(app, decor.instructrice)
    champs = _apercu(client, "prendre_en_instruction", dossiers[1:])
    dossiers[1].intitule = "Autre titre"
    db.session.commit()
    client.post("/instruction/lots/prendre_en_instruction", data=champs)
    assert _comptes(_dernier()) == {"faite": 1, "refusee": 1}
    db.session.refresh(dossiers[1])
    assert dossiers[1].etat is E.DEPOSE


def test_un_onglet_perime_dit_ou_en_est_le_dossier(app: Flask, session) -> None:
    """Not « quelqu’un »: it may well be herself, in another tab."""
    decor, dossiers = _decor(1)
    client = connecte(app, decor.instructrice)
    perime = _apercu(client, "prendre_en_instruction", dossiers[1:])
    premier = _apercu(client, "prendre_en_instruction", dossiers[1:])
    client.post("/instruction/lots/prendre_en_instruction", data=premier)
    suite = client.post("/instruction/lots/prendre_en_instruction", data=perime)
    page = client.get(suite.headers["Location"]).text
    assert "Quelqu’un" not in page and "Il est maintenant" in page
    assert E.EN_INSTRUCTION.libelle("agent") in page


def test_complements_en_lot(app: Flask, session) -> None:
    decor, dossiers = _decor(2)
    client = connecte(app, decor.instructrice)
    champs = _apercu(client, "demander_complements", dossiers[1:])
    vide = client.post("/instruction/lots/demander_complements", data=champs)
    assert vide.status_code == 422 and "Listez au moins un élément" in vide.text
    saisie = {"texte": "Il manque le RIB.", "liste": "RIB", "bloquante": "y"}
    jour = o.dans(20).strftime("%d/%m/%Y")
    envoi = client.post(
        "/instruction/lots/demander_complements", data={**champs, **saisie, "echeance": jour}
    )
    assert envoi.status_code == 303, envoi.text
    demandes = db.session.scalars(select(DemandeComplement)).all()
    assert [d.elements for d in demandes] == [["RIB"], ["RIB"]]
    assert _comptes(_dernier()) == {"faite": 2}


def test_affectation_en_lot_un_courriel_puis_annulation(app: Flask, session) -> None:
    decor, dossiers = _decor(3)
    o.deporter(decor.instructrice, dossiers[3].organisme)
    db.session.commit()
    client = connecte(app, decor.coordination)
    champs = _apercu(client, "affecter", dossiers)
    sans = client.post("/instruction/lots/affecter", data=champs)
    assert sans.status_code == 422 and "Choisissez une personne" in sans.text
    personne = f"{decor.instructrice.id}-{decor.etat.id}"
    envoi = client.post("/instruction/lots/affecter", data={**champs, "personne": personne})
    assert envoi.status_code == 303
    lot = _dernier()
    assert _comptes(lot) == {"faite": 3, "refusee": 1}
    assert "déportée" in client.get(envoi.headers["Location"]).text
    recus = select(func.count()).where(Courriel.utilisateur_id == decor.instructrice.id)
    assert db.session.scalar(recus) == 1
    defaire = client.post(f"/instruction/lots/{lot.id}/annulation")
    assert defaire.status_code == 303
    assert db.session.scalars(select(Affectation)).all() == []
    assert _comptes(lot) == {"annulee": 3, "refusee": 1}
    assert client.post(f"/instruction/lots/{lot.id}/annulation").status_code == 409


def test_toute_la_selection_par_une_tache(app: Flask, session) -> None:
    decor, _ = _decor(120)
    client = connecte(app, decor.instructrice)
    champs = _apercu(client, "prendre_en_instruction", [], tout="1", sel="q=action")
    assert champs["attendus"] == ["120"] and "cibles" not in champs
    envoi = client.post("/instruction/lots/prendre_en_instruction", data=champs)
    lot = _dernier()
    assert _comptes(lot) == {"attente": 120}
    assert "En cours" in client.get(envoi.headers["Location"]).text
    db.session.commit()
    vider()
    db.session.expire_all()
    assert _comptes(_dernier()) == {"faite": 120}


@pytest.mark.parametrize("comment", ["compte fermé", "droit retiré"])
def test_qui_n_a_plus_le_droit_ne_fait_plus_rien_en_son_absence(
    app: Flask, session, comment: str
) -> None:
    """The job asked for an hour ago acts with the rights of now: every dossier says why not."""
    decor, dossiers = _decor(120)
    client = connecte(app, decor.instructrice)
    champs = _apercu(client, "prendre_en_instruction", [], tout="1", sel="q=action")
    client.post("/instruction/lots/prendre_en_instruction", data=champs)
    if comment == "compte fermé":
        decor.instructrice.desactive_le = maintenant()
    else:
        for droit in decor.instructrice.habilitations:
            droit.retiree_le = maintenant()
    db.session.commit()
    vider()
    db.session.expire_all()
    assert _comptes(_dernier()) == {"refusee": 120}
    assert {d.etat for d in dossiers[1:]} == {E.DEPOSE}


def test_selection_qui_a_change_se_relit(app: Flask, session) -> None:
    decor, _ = _decor(3)
    client = connecte(app, decor.instructrice)
    champs = _apercu(client, "prendre_en_instruction", [], tout="1", sel="q=action")
    o.dossiers_en_plus(decor, 4, depuis=3)
    db.session.commit()
    reponse = client.post("/instruction/lots/prendre_en_instruction", data=champs)
    assert reponse.status_code == 422 and "La sélection a changé" in reponse.text
    relus = _champs(reponse.text)
    assert relus["attendus"] == ["4"]


def test_droits_et_entrees_hostiles(app: Flask, session) -> None:
    decor, dossiers = _decor(1)
    adresse = "/instruction/lots/nouveau"
    client = connecte(app, decor.instructrice)
    assert client.get(f"{adresse}?acte=affecter&ids=1").status_code == 404
    for hostile in ("acte=x", "", "acte=%00"):
        assert client.get(f"{adresse}?{hostile}").status_code == 404
    vide = client.get(f"{adresse}?acte=prendre_en_instruction&ids=abc&ids=-1&sel=%00%ff")
    assert vide.status_code == 303
    for corps in ({}, {"cibles": "1;2", "jeton": "x"}, {"tout": "1", "jeton": "0" * 32}):
        reponse = client.post("/instruction/lots/prendre_en_instruction", data=corps)
        assert reponse.status_code == 422
    copil = f.agent(R.COPIL, decor.contrat, nom="Décide")
    db.session.commit()
    lecteur = connecte(app, copil)
    assert "Agir sur plusieurs" not in lecteur.get("/instruction/").text
    assert lecteur.get(f"{adresse}?acte=prendre_en_instruction&ids=1").status_code == 404
    assert dossiers[1].etat is E.DEPOSE


@pytest.mark.parametrize("nombre", [5, 40])
def test_apercu_en_requetes_constantes(app: Flask, session, nombre: int) -> None:
    decor, dossiers = _decor(nombre)
    client = connecte(app, decor.instructrice)
    ids = "&".join(f"ids={d.id}" for d in dossiers)
    adresse = f"/instruction/lots/nouveau?acte=prendre_en_instruction&{ids}"
    assert compter_requetes(lambda: client.get(adresse)) <= 8


def test_tache_abandonnee_le_dit_sans_rien_defaire(app: Flask, session) -> None:
    decor, _ = _decor(60)
    client = connecte(app, decor.instructrice)
    champs = _apercu(client, "prendre_en_instruction", [], tout="1", sel="q=action")
    client.post("/instruction/lots/prendre_en_instruction", data=champs)
    lot = _dernier()
    acteur = o.acteur(decor.instructrice)
    assert avancer_lot(acteur, lot) is True
    abandonner_lot(lot, "Une panne.")
    assert _comptes(lot) == {"faite": 50, "refusee": 10}
