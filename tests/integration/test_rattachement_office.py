"""Somebody took the number of an association, or its only signatory left: who opens the door."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from aap.domaine.erreurs import Interdit, PasLeMoment
from aap.models import (
    Courriel,
    DemandeRattachement,
    Evenement,
    Membre,
    RoleHabilitation,
    RoleMembre,
)
from aap.requetes.rattachements import rattachements_en_attente
from aap.services.membre import demander_rattachement, rattacher_d_office, repondre_rattachement
from tests import fabriques
from tests.outils_connexion import se_connecter


@pytest.fixture
def demande(session: Any) -> DemandeRattachement:
    squatteur, vraie = fabriques.utilisateur("Sacha"), fabriques.utilisateur("Vera", "Présidente")
    organisme = fabriques.organisme(signataire=squatteur)
    demande = demander_rattachement(fabriques.acteur(vraie), organisme, "Je suis la présidente.")
    session.commit()
    return demande


@pytest.fixture
def admin(session: Any) -> Any:
    return fabriques.agent(RoleHabilitation.ADMINISTRATEUR, fabriques.contrat())


def test_l_administration_rattache_sur_pieces(
    app: Flask, session: Any, demande: DemandeRattachement, admin: Any
) -> None:
    client = app.test_client()
    se_connecter(client, admin)
    liste = client.get("/administration/rattachements").text
    assert "Vera Présidente" in liste
    adresse = f"/administration/rattachements/{demande.id}"
    vide = client.post(adresse, data={"role": "signataire", "motif": " "})
    assert vide.status_code == 422 and "quels documents" in vide.text
    fait = client.post(adresse, data={"role": "signataire", "motif": "Statuts et PV du 3 mai."})
    assert fait.status_code == 303
    membre = session.scalars(
        select(Membre).where(Membre.utilisateur_id == demande.utilisateur_id)
    ).one()
    assert membre.role is RoleMembre.SIGNATAIRE and membre.parti_le is None
    envoyes = session.scalars(
        select(Courriel).where(Courriel.modele == "rattachement_office")
    ).all()
    assert len(envoyes) == 2 and all("PV du 3 mai" in c.texte for c in envoyes)
    ligne = session.scalars(
        select(Evenement).where(Evenement.acte == "organisme.rattacher_d_office")
    ).one()
    assert ligne.motif == "Statuts et PV du 3 mai." and ligne.acteur_id == admin.id
    # Too late the second time: told, nothing doubled.
    encore = client.post(adresse, data={"role": "signataire", "motif": "Statuts."})
    assert encore.status_code == 303
    assert "déjà répondu" in client.get("/administration/rattachements").text
    assert session.query(Courriel).filter_by(modele="rattachement_office").count() == 2


def test_nul_ne_se_rattache_lui_meme(session: Any, admin: Any) -> None:
    organisme = fabriques.organisme(signataire=fabriques.utilisateur())
    moi = fabriques.acteur(admin)
    demande = demander_rattachement(moi, organisme)
    with pytest.raises(Interdit):
        rattacher_d_office(moi, demande, RoleMembre.SIGNATAIRE, "C’est moi.")


@pytest.mark.parametrize("accepte", [True, False])
def test_le_refus_d_un_usurpateur_ne_ferme_pas_la_porte(
    session: Any, demande: DemandeRattachement, admin: Any, accepte: bool
) -> None:
    membre = session.scalars(
        select(Membre).where(Membre.organisme_id == demande.organisme_id)
    ).one()
    repondre_rattachement(fabriques.acteur(membre.utilisateur), demande, accepte)
    assert list(rattachements_en_attente()) == ([] if accepte else [demande])
    moi = fabriques.acteur(admin)
    if not accepte:
        rattacher_d_office(moi, demande, RoleMembre.SIGNATAIRE, "Statuts.")
        assert not rattachements_en_attente()
    with pytest.raises(PasLeMoment):
        rattacher_d_office(moi, demande, RoleMembre.SIGNATAIRE, "Statuts.")
