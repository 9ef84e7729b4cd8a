"""Closing an account or ending a right: what is left behind is said, seen, and taken up again."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from aap.domaine.horloge import horloge_fixee
from aap.models import Affectation, RoleHabilitation
from aap.requetes.travail_en_cours import travail_en_cours
from aap.services.affectation import affecter
from aap.services.compte import desactiver
from aap.services.habilitation import retirer_habilitation
from tests import fabriques as f
from tests.outils_connexion import se_connecter
from tests.outils_coordination import CLOTURE, Coordination, monter
from tests.outils_instruction import deposer
from workflows.dossier import EtatDossier

R = RoleHabilitation


@pytest.fixture
def c(session: object, client: FlaskClient):
    with horloge_fixee(CLOTURE):
        decor = monter()
        decor.admin = f.utilisateur("Ada", "Technique", "ada@exemple.fr")  # type: ignore[attr-defined]
        f.habiliter(decor.admin, R.ADMINISTRATEUR, None)  # type: ignore[attr-defined]
        dossier = f.dossier(decor.campagne, decor.organisme, EtatDossier.DEPOSE, "Un jardin")
        f.financement(dossier, decor.etat)
        deposer(dossier, decor.porteur)
        f.db.session.flush()
        affecter(decor.acteur, dossier, decor.instructrice, decor.etat)
        f.db.session.flush()
        yield decor


def test_la_page_de_fermeture_dit_ce_qui_reste(c: Coordination, client: FlaskClient) -> None:
    se_connecter(client, c.admin)  # type: ignore[attr-defined]
    page = client.get(f"/administration/personnes/{c.instructrice.id}/desactiver").text
    assert "1\u00a0dossier à instruire lui est confié" in page
    assert "Plus personne n’aurait le droit" in page
    droit = c.instructrice.habilitations[0]
    page = client.get(f"/administration/habilitations/{droit.id}/retirer").text
    assert "1\u00a0dossier à instruire lui est confié" in page
    page = client.get(f"/administration/personnes/{c.porteur.id}/desactiver").text
    assert f"la seule personne qui peut signer pour {c.organisme.nom}" in page
    seconde = f.agent(R.COORDINATEUR, c.contrat, nom="Seconde")
    assert travail_en_cours(seconde) == []


@pytest.mark.parametrize("comment", ["compte", "droit"])
def test_la_coordination_voit_et_passe(c: Coordination, client: FlaskClient, comment: str) -> None:
    admin = f.acteur(c.admin)  # type: ignore[attr-defined]
    se_connecter(client, c.coordination)
    adresse = f"/coordination/campagnes/{c.campagne.id}/affectation"
    assert "confié à une personne qui ne peut plus" not in client.get(adresse).text
    if comment == "compte":
        desactiver(admin, c.instructrice, "Départ")
    else:
        retirer_habilitation(admin, c.instructrice.habilitations[0])
    suivante = f.agent(R.INSTRUCTEUR, c.contrat, c.etat, "Reprend")
    f.db.session.flush()
    page = client.get(adresse).text
    assert "1\u00a0dossier est confié à une personne qui ne peut plus instruire" in page
    assert "instructeur=-1" in page
    laisses = client.get(f"{adresse}?instructeur=-1").text
    assert "Un jardin" in laisses and "Ne peut plus instruire" in laisses
    a = f.db.session.query(Affectation).one()
    envoi = {"successeur": suivante.id, "tous": "y", "motif": ""}
    passer = client.post(f"/coordination/affectations/{a.id}/passer", data=envoi)
    assert passer.status_code == 303
    assert "Un jardin" not in client.get(f"{adresse}?instructeur=-1").text
    assert f.db.session.query(Affectation).one().utilisateur_id == suivante.id
