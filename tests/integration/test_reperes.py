"""What weighs a dossier: years side by side, other requests, similar costs; private notes."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from aap.domaine.erreurs import Interdit, Invalide
from aap.domaine.horloge import aujourdhui, maintenant
from aap.extensions import db
from aap.models import (
    Bilan,
    CoteBudget,
    Dossier,
    Evenement,
    Habilitation,
    LigneBilan,
    RoleHabilitation,
)
from aap.requetes.notes_internes import notes_internes
from aap.requetes.reperes import annees, autres_demandes, comparaisons, reperes
from aap.services.note_interne import ecrire_note, retirer_note
from tests import fabriques as f
from tests import outils_instruction as o
from tests.outils_connexion import se_connecter
from tests.outils_porteur import compter_requetes
from workflows.bilan import EtatBilan
from workflows.dossier import EtatDossier

R = RoleHabilitation


def voisin(decor: o.Decor, intitule: str, organisme=None, **champs: object) -> Dossier:
    d = f.dossier(decor.campagne, organisme or decor.organisme, EtatDossier.DEPOSE, intitule)
    d.orientation = decor.orientation
    for nom, valeur in champs.items():
        setattr(d, nom, valeur)
    o.deposer(d, decor.porteur)
    db.session.flush()
    return d


def test_l_annee_passee_a_cote_de_cette_annee(session) -> None:
    decor = o.planter()
    assert len(annees(decor.dossier)) == 1
    passee = f.campagne(decor.contrat, exercice=decor.campagne.exercice - 1)
    ancien = f.dossier(passee, decor.organisme, EtatDossier.CLOS, "Été à l’école")
    ancien.montant_demande = 8_000_00
    o.deposer(ancien, decor.porteur)
    caisse = f.enveloppe(passee, decor.etat, 50_000_00)
    ligne = f.financement(ancien, decor.etat, arbitre=6_000_00, d_enveloppe=caisse)
    ligne.montant_vote = 6_000_00
    db.session.add(
        Bilan(
            dossier=ancien,
            exercice=passee.exercice,
            etat=EtatBilan.VALIDE,
            echeance=aujourdhui(),
            depose_le=maintenant(),
            lignes=[LigneBilan(cote=CoteBudget.CHARGE, compte="60", prevu=900, realise=700)],
        )
    )
    decor.dossier.precedent = ancien
    db.session.flush()
    avant, apres = annees(decor.dossier)
    assert (avant.demande, avant.vote, avant.depense) == (8_000_00, 6_000_00, 700)
    assert avant.bilan is EtatBilan.VALIDE
    assert apres.dossier.id == decor.dossier.id and apres.vote is None and apres.bilan is None


def test_ce_qui_est_demande_ailleurs(session) -> None:
    decor = o.planter()
    acteur = f.acteur(decor.instructrice)
    assert comparaisons(acteur, decor.dossier) == []
    autre = voisin(decor, "Autre action", montant_demande=2_000_00)
    tiers = f.organisme("Voisins du dessus", signataire=f.utilisateur("Léa", "Tiers"))
    pareil = voisin(decor, "Été à l’école", tiers)
    pareil.intitule_recherche = decor.dossier.intitule_recherche
    brouillon = f.dossier(decor.campagne, decor.organisme, EtatDossier.BROUILLON, "Brouillon")
    brouillon.depose_le = None
    retire = voisin(decor, "Retiré")
    retire.etat = EtatDossier.RETIRE
    db.session.flush()
    lues = autres_demandes(acteur, decor.dossier)
    assert [d.id for d in lues.du_porteur] == [autre.id] and lues.hors_lecture == 0
    assert [d.id for d in lues.meme_action] == [pareil.id]
    assert brouillon.id not in {d.id for d in lues.du_porteur}
    textes = " ".join(a.texte for a in comparaisons(acteur, decor.dossier))
    assert "1\u00a0autre dossier" in textes and "Voisins du dessus" in textes


def test_hors_perimetre_rien_que_le_nombre(session) -> None:
    decor = o.planter()
    voisin(decor, "Secret")
    droit = decor.instructrice.habilitations[0]
    habilitation = db.session.get_one(Habilitation, droit.id)
    o.limiter(habilitation, quartier_id=decor.est.id)
    lues = autres_demandes(f.acteur(decor.instructrice), decor.dossier)
    assert lues.du_porteur == [] and lues.hors_lecture == 1
    deportee = f.agent(R.COORDINATEUR, decor.contrat)
    tiers = f.organisme("Ailleurs", signataire=f.utilisateur("Ana", "Ailleurs"))
    pareil = voisin(decor, "Été à l’école", tiers)
    pareil.intitule_recherche = decor.dossier.intitule_recherche
    o.deporter(deportee, tiers)
    assert autres_demandes(f.acteur(deportee), decor.dossier).meme_action == []


def test_cout_eleve(session) -> None:
    decor = o.planter()
    decor.dossier.total_charges, decor.dossier.beneficiaires = 9_000_00, 10
    for n in range(4):
        tiers = f.organisme(f"Asso {n}", signataire=f.utilisateur("Ana", f"N{n}"))
        voisin(decor, f"Action {n}", tiers, total_charges=4_000_00, beneficiaires=10)
    acteur = f.acteur(decor.instructrice)
    page = reperes(acteur, decor.dossier)
    assert page.cout.mediane == 400_00 and page.cout.eleve
    assert any("plus du double" in a.texte for a in page.alertes)
    assert page.regles[0].critere is not None and page.regles[-1].critere is None
    assert {x.regle.cle for x in page.regles} == {
        "conformite",
        "besoin",
        "public",
        "budget",
        "porteur",
    }


def test_notes_d_un_financeur_seulement(session) -> None:
    decor = o.planter()
    acteur = f.acteur(decor.instructrice)
    note = ecrire_note(acteur, decor.dossier, "Vu avec le délégué.")
    assert note.financeur_id == decor.etat.id
    assert notes_internes(decor.dossier, decor.etat.id) == [note]
    assert notes_internes(decor.dossier, decor.ville.id) == []
    for autre in (decor.coordination, decor.porteur, f.agent(R.COPIL, decor.contrat)):
        with pytest.raises(Interdit):
            ecrire_note(f.acteur(autre), decor.dossier, "Bonjour")
    with pytest.raises(Interdit):
        retirer_note(f.acteur(decor.collegue), note)
    with pytest.raises(Invalide):
        ecrire_note(acteur, decor.dossier, " \n ")
    retirer_note(acteur, note)
    retirer_note(acteur, note)
    assert notes_internes(decor.dossier, decor.etat.id) == []
    lignes = db.session.scalars(select(Evenement).where(Evenement.entite == "note_interne")).all()
    assert [e.libelle for e in lignes] == ["Note interne ajoutée", "Note interne retirée"]
    assert not any(e.visible_porteur or "délégué" in str(e.donnees) for e in lignes)


def test_la_page(session, client: FlaskClient) -> None:
    decor = o.planter()
    voisin(decor, "Autre action", montant_demande=2_000_00)
    db.session.commit()
    racine = f"/instruction/dossiers/{decor.dossier.id}"
    se_connecter(client, decor.instructrice)
    page = client.get(f"{racine}/reperes")
    assert page.status_code == 200 and "Autre action" in page.text
    assert "1er sur 2 quartiers connus" in page.text and "/besoins?" in page.text
    assert "1\u00a0autre" in client.get(f"{racine}/comparaisons").text.replace(" ", "\u00a0")
    assert f"{racine}/comparaisons" in client.get(racine).text
    assert client.post(f"{racine}/notes-internes", data={"texte": ""}).status_code == 422
    envoi = client.post(f"{racine}/notes-internes", data={"texte": "À revoir."})
    envoi_vu = client.get(f"{racine}/reperes")
    assert envoi.status_code == 303 and "À revoir." in envoi_vu.text
    retrait = re.search(r'action="(/instruction/notes-internes/\d+/retrait)"', envoi_vu.text)
    assert retrait is not None
    for autre in (decor.collegue, decor.coordination):
        se_connecter(client, autre)
        assert "À revoir." not in client.get(f"{racine}/reperes").text
        assert client.post(retrait[1]).status_code == 403
    se_connecter(client, decor.instructrice)
    assert client.post(retrait[1]).status_code == 303
    assert "À revoir." not in client.get(f"{racine}/reperes").text
    se_connecter(client, decor.porteur)
    assert client.get(f"{racine}/reperes").status_code == 403
    assert client.get(f"{racine}/comparaisons").status_code == 403


def test_requetes_constantes(session) -> None:
    decor = o.planter()
    acteur = f.acteur(decor.instructrice)
    voisin(decor, "Un")
    db.session.expire_all()
    avant = compter_requetes(lambda: reperes(acteur, decor.dossier))
    for n in range(6):
        voisin(decor, f"Voisin {n}", total_charges=100_00, beneficiaires=5)
    db.session.expire_all()
    assert compter_requetes(lambda: reperes(acteur, decor.dossier)) == avant
