"""A link declared by oneself, from the dossier that revealed it."""

from __future__ import annotations

from sqlalchemy import select

from aap.extensions import db
from aap.models import Affectation, Courriel, Deport, Evenement
from aap.requetes.entrees_notation import lire_entrees
from tests import fabriques as f
from tests import outils_instruction as o
from tests.outils_connexion import se_connecter


def test_se_deporter_ferme_tout_et_previent(client, session) -> None:
    decor = o.planter()
    o.noter(decor, decor.instructrice)
    session.commit()
    se_connecter(client, decor.instructrice)
    base = f"/instruction/dossiers/{decor.dossier.id}"
    assert "Déclarer un lien avec l’organisme" in client.get(base).text
    page = client.get(base + "/deport")
    assert page.status_code == 200 and decor.organisme.nom in page.text
    assert client.post(base + "/deport", data={"motif": " \u202e "}).status_code == 422
    fait = client.post(base + "/deport", data={"motif": "Mon frère préside l’association."})
    assert fait.status_code == 303
    liste = client.get(fait.headers["Location"]).text
    assert "Votre déport est déclaré" in liste and decor.dossier.reference not in liste
    assert decor.dossier.reference not in client.get(f"/instruction/?q={decor.organisme.nom}").text
    for suite in ("", "/evaluation", "/evaluation/lecture", "/reperes", "/mon-avis", "/versions"):
        assert client.get(base + suite).status_code == 403, suite
    assert client.post(base + "/evaluation", data={}).status_code == 403
    assert client.post(base + "/deport", data={"motif": "Encore"}).status_code == 403
    deport = db.session.scalars(select(Deport)).one()
    assert deport.declare_par_id == deport.utilisateur_id == decor.instructrice.id
    acte = select(Evenement.motif).where(Evenement.acte == "deport.declarer")
    assert db.session.scalars(acte).one() == "Mon frère préside l’association."
    a_elle = select(Affectation).where(Affectation.utilisateur_id == decor.instructrice.id)
    assert db.session.scalars(a_elle).all() == []
    lettre = select(Courriel).where(Courriel.modele == "deport_declare")
    assert [c.destinataire for c in db.session.scalars(lettre)] == [decor.coordination.courriel]
    assert not lire_entrees(decor.campagne).evaluations


def test_un_porteur_ne_se_deporte_pas(client, session) -> None:
    decor = o.planter()
    se_connecter(client, decor.porteur)
    reponse = client.post(f"/instruction/dossiers/{decor.dossier.id}/deport", data={"motif": "x"})
    assert reponse.status_code in (403, 404)
    assert f.acteur(decor.instructrice).deports == frozenset()
