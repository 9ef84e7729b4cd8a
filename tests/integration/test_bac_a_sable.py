"""A sandbox campaign: marked everywhere, counted nowhere, silent for the funders."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from aap.documents import depuis_dossier, recepisse
from aap.documents.depuis_depot import donnees_dossier
from aap.documents.dossier import produire
from aap.domaine.erreurs import Invalide, PasLeMoment
from aap.domaine.horloge import aujourdhui, maintenant
from aap.extensions import db
from aap.models import (
    Affectation,
    Courriel,
    EtatCourriel,
    RoleHabilitation,
    TypeCampagne,
    TypeDossier,
)
from aap.permissions import charger_acteur
from aap.requetes import cumuls, finance, instruction
from aap.requetes.appels import appels_publics
from aap.requetes.campagne_ouverte import campagnes_ouvertes
from aap.requetes.essai import MENTION, MENTION_DOCUMENT
from aap.services import depot as deposer
from aap.services.campagne import DonneesCampagne, creer_campagne
from aap.services.dossier import creer_dossier
from aap.services.message import ecrire_message
from aap.services.vote import enregistrer_vote
from tests import fabriques
from tests.outils_porteur import campagne_de, connecte, dossier_complet, personne, planter
from workflows.financement import EtatFinancement


@pytest.fixture
def essai(session):
    d = planter()
    d.campagne.bac_a_sable = True
    d.campagne.prete_le = maintenant()
    return d, dossier_complet(d)


def agent(role: RoleHabilitation, d):
    qui = personne(role.value.capitalize())
    coordonne = role is RoleHabilitation.COORDINATEUR
    fabriques.habiliter(qui, role, d.contrat, None if coordonne else d.etat)
    return charger_acteur(qui), qui


def lignes(page: instruction.PageListe) -> list[int]:
    return [ligne.id for ligne in page.lignes]


def test_le_numero_et_les_documents_le_disent(essai) -> None:
    d, dossier = essai
    depot = deposer.transmettre(d.acteur, dossier)
    assert dossier.numero == "ESSAI-2027-0001"
    for octets in (
        recepisse.produire(depuis_dossier.donnees_recepisse(depot)),
        produire(donnees_dossier(dossier, depot.contenu, depot)),
    ):
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(octets)).pages]
        assert all("Campagne d’essai" in page for page in pages)


def test_un_vrai_document_ne_dit_rien(session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    depot = deposer.transmettre(d.acteur, dossier)
    assert dossier.numero == "2027-0001"
    octets = recepisse.produire(depuis_dossier.donnees_recepisse(depot))
    texte = "".join(p.extract_text() for p in PdfReader(io.BytesIO(octets)).pages)
    assert MENTION_DOCUMENT not in texte


def test_chaque_page_porte_le_bandeau(app, essai) -> None:
    d, dossier = essai
    dossier_id = dossier.id
    client = connecte(app, d.signataire)
    for suite in ("", "/verification", "/rubriques/presentation", "/retirer"):
        page = client.get(f"/porteur/dossiers/{dossier_id}{suite}")
        if page.status_code == 200:
            assert MENTION in page.get_data(as_text=True), suite
    assert MENTION in client.get(f"/porteur/dossiers/{dossier_id}").get_data(as_text=True)
    assert MENTION not in client.get("/porteur/").get_data(as_text=True)


def test_listes_et_sommes_l_ignorent(essai) -> None:
    d, dossier = essai
    deposer.transmettre(d.acteur, dossier)
    instructeur, _ = agent(RoleHabilitation.INSTRUCTEUR, d)
    tout = instruction.liste(instructeur, instruction.Filtres())
    choisie = instruction.liste(instructeur, instruction.Filtres(campagne=d.campagne.id))
    assert lignes(tout) == [] and lignes(choisie) == [dossier.id]
    ligne = dossier.financements[0]
    ligne.enveloppe = fabriques.enveloppe(d.campagne, d.etat, 1_000_000)
    ligne.montant_arbitre, ligne.etat = 500_000, EtatFinancement.ARBITRE
    db.session.flush()
    exercice = d.campagne.exercice
    assert cumuls.cumul_financeur(d.etat.id, d.organisme.id, exercice) == 0
    assert cumuls.cumul_organisme(d.organisme.id, exercice) == 0
    gestion, _ = agent(RoleHabilitation.FINANCE, d)
    assert list(db.session.scalars(finance.lignes(gestion))) == []
    assert finance.exercices(gestion) == []
    assert appels_publics() == []


def test_aucune_aide_n_y_est_votee(essai) -> None:
    d, dossier = essai
    deposer.transmettre(d.acteur, dossier)
    gestion, _ = agent(RoleHabilitation.FINANCE, d)
    with pytest.raises(PasLeMoment, match="essai"):
        enregistrer_vote(gestion, dossier.financements[0], 100_000, "arrete", "A-1", aujourdhui())


def test_les_financeurs_ne_recoivent_rien(essai) -> None:
    d, dossier = essai
    deposer.transmettre(d.acteur, dossier)
    _, instructrice = agent(RoleHabilitation.INSTRUCTEUR, d)
    _, coordinatrice = agent(RoleHabilitation.COORDINATEUR, d)
    db.session.add(Affectation(dossier=dossier, utilisateur=instructrice, financeur=d.etat))
    db.session.flush()
    ecrire_message(d.acteur, dossier, "Bonjour")
    recus = {c.destinataire: c for c in db.session.query(Courriel)}
    assert recus[instructrice.courriel].etat is EtatCourriel.RETENU
    ecrire_message(charger_acteur(coordinatrice), dossier, "Bonjour à vous")
    au_porteur = (
        db.session.query(Courriel)
        .filter_by(destinataire=d.signataire.courriel, modele="message_recu")
        .one()
    )
    assert au_porteur.etat is EtatCourriel.A_ENVOYER
    assert au_porteur.sujet.startswith("[Essai] ")
    assert MENTION in au_porteur.texte and MENTION in au_porteur.html


def test_un_essai_ne_devient_pas_une_vraie_demande(essai) -> None:
    d, dossier = essai
    deposer.transmettre(d.acteur, dossier)
    vraie = campagne_de(d.contrat, "aap-2027-2", cloture_le=maintenant() + timedelta(days=60))
    with pytest.raises(Invalide, match="essai"):
        creer_dossier(d.acteur, d.organisme, vraie, TypeDossier.ACTION, precedent=dossier)
    assert campagnes_ouvertes() == [vraie, d.campagne]


def test_la_coordination_la_cree(app, session) -> None:
    d = planter()
    coordination, qui = agent(RoleHabilitation.COORDINATEUR, d)
    creee = creer_campagne(
        coordination,
        d.contrat,
        DonneesCampagne(
            nom="S’entraîner",
            type=TypeCampagne.AAP_ANNUEL,
            exercice=2028,
            ouverture_le=maintenant(),
            cloture_le=maintenant() + timedelta(days=5),
            bac_a_sable=True,
        ),
    )
    assert creee.bac_a_sable
    creee_id = creee.id
    client = connecte(app, qui)
    assert MENTION in client.get(f"/coordination/campagnes/{creee_id}").get_data(as_text=True)
    nouvelle = client.get("/coordination/campagnes/nouvelle").get_data(as_text=True)
    assert "C’est une campagne d’essai" in nouvelle
    modifier = client.get(f"/coordination/campagnes/{creee_id}/modifier").get_data(as_text=True)
    assert "C’est une campagne d’essai" not in modifier
