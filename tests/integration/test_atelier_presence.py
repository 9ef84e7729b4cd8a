"""Who has a dossier open, who has read it."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Consultation, RoleHabilitation
from aap.requetes.consultations import lectures, presents
from aap.services.recevabilite import prendre_en_instruction
from tests import fabriques as f
from tests import outils_instruction as o
from tests.outils_porteur import compter_requetes, connecte
from workflows.dossier import EtatDossier

R = RoleHabilitation


def test_deux_personnes_se_voient(app: Flask, session) -> None:
    decor = o.planter()
    adresse = f"/instruction/dossiers/{decor.dossier.id}/presence"
    une, autre = connecte(app, decor.instructrice), connecte(app, decor.collegue)
    assert une.post(adresse).json == {"presents": []}
    assert autre.post(adresse).json == {"presents": [decor.instructrice.nom_complet]}
    assert une.post(adresse).json == {"presents": [decor.collegue.nom_complet]}
    assert len(db.session.scalars(select(Consultation)).all()) == 2
    db.session.execute(
        Consultation.__table__.update().values(present_le=maintenant() - timedelta(minutes=3))
    )
    assert presents(o.acteur(decor.instructrice), decor.dossier) == []


def test_premiere_lecture_gardee(app: Flask, session) -> None:
    decor = o.planter()
    client = connecte(app, decor.instructrice)
    adresse = f"/instruction/dossiers/{decor.dossier.id}/presence"
    client.post(adresse)
    premiere = db.session.scalars(select(Consultation.vu_le)).one()
    client.post(adresse)
    db.session.expire_all()
    assert db.session.scalars(select(Consultation.vu_le)).one() == premiere


def test_qui_a_lu_par_financeur(app: Flask, session) -> None:
    decor = o.planter(EtatDossier.DEPOSE)
    client = connecte(app, decor.instructrice)
    page = f"/instruction/dossiers/{decor.dossier.id}/lecteurs"
    assert client.get(page).text.count("Personne encore") == 2
    client.post(f"/instruction/dossiers/{decor.dossier.id}/presence")
    lus = {x.financeur: [y.personne for y in x.lectures] for x in lectures(decor.dossier)}
    assert lus == {decor.etat.nom: [decor.instructrice.nom_complet], decor.ville.nom: []}
    prendre_en_instruction(o.acteur(decor.collegue), decor.dossier)
    db.session.commit()
    lus = {x.financeur: [y.personne for y in x.lectures] for x in lectures(decor.dossier)}
    assert lus[decor.ville.nom] == [decor.collegue.nom_complet]
    assert "Personne encore" not in client.get(page).text
    assert compter_requetes(lambda: client.get(page)) <= 16


def test_presence_refusee_hors_droit(app: Flask, session) -> None:
    decor = o.planter()
    adresse = f"/instruction/dossiers/{decor.dossier.id}/presence"
    deportee = f.agent(R.INSTRUCTEUR, decor.contrat, decor.etat, "Liée")
    o.deporter(deportee, decor.organisme)
    copil = f.agent(R.COPIL, decor.contrat, nom="Décide")
    db.session.commit()
    page = connecte(app, copil).get(f"/instruction/dossiers/{decor.dossier.id}")
    assert page.status_code == 200 and "data-presence" not in page.text
    for personne in (decor.porteur, deportee, o.observatrice(decor), copil):
        assert connecte(app, personne).post(adresse).status_code == 403
    assert db.session.scalars(select(Consultation)).all() == []
