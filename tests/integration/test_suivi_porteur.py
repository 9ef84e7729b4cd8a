"""Following: after the closing a draft is read and copied; a delay that is suspended says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aap.domaine.erreurs import Invalide
from aap.domaine.horloge import aujourdhui, horloge_fixee, maintenant
from aap.extensions import db
from aap.models import Depot, Dossier, FormeJuridique, RoleHabilitation, TypeDossier
from aap.permissions import charger_acteur
from aap.services import depot as deposer
from aap.services.affectation import accepter_hors_delai
from aap.services.campagne_horloge import faire_a_l_heure
from aap.services.dossier import creer_dossier
from aap.services.organisme import DonneesOrganisme, creer_organisme
from aap.services.recevabilite import demander_complements
from tests import fabriques
from tests.outils_porteur import campagne_de, connecte, dossier_complet, personne, planter
from workflows.dossier import EtatDossier


def test_apres_la_cloture_lire_et_reprendre(app, session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    suivante = campagne_de(d.contrat, "aap-2028", exercice=2028)
    suivante.cloture_le = maintenant() + timedelta(days=90)
    with horloge_fixee(d.campagne.cloture_le + timedelta(minutes=16)):
        faire_a_l_heure()
    assert dossier.etat is EtatDossier.CADUC
    dossier_id, orga, campagne_id = dossier.id, d.organisme.id, suivante.id
    client = connecte(app, d.signataire)
    page = client.get(f"/porteur/dossiers/{dossier_id}").get_data(as_text=True)
    assert "reste <a" in page and "hors délai" in page
    contenu = client.get(f"/porteur/dossiers/{dossier_id}/contenu").get_data(as_text=True)
    assert "Deux séances par semaine" in contenu
    assert client.get(f"/porteur/dossiers/{dossier_id}/dossier.pdf").data[:4] == b"%PDF"
    nouveau = client.get(f"/porteur/dossiers/nouveau?precedent={dossier_id}").get_data(as_text=True)
    assert f'<option selected value="{dossier_id}"' in nouveau
    cree = client.post(
        "/porteur/dossiers/nouveau",
        data={
            "organisme": orga,
            "campagne": campagne_id,
            "type_dossier": "action",
            "precedent": dossier_id,
        },
    )
    assert cree.status_code == 303 and cree.location.endswith("/reprise")
    page = client.get(cree.location).get_data(as_text=True)
    assert "Reprendre le dossier de 2027" in page and "01/02/2028" in page


def test_reprise_garde_ce_qui_est_mal_ecrit(app, session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    deposer.transmettre(d.acteur, dossier)
    suivante = campagne_de(d.contrat, "aap-2028", exercice=2028)
    copie = copier(d, suivante, dossier)
    client = connecte(app, d.signataire)
    adresse = f"/porteur/dossiers/{copie}/reprise"
    aide = f"aide-{d.etat.id}-{dossier.financements[0].origine.value}"
    refus = client.post(adresse, data={"date_debut": "01/03/2028", aide: "mille", "²": "x"})
    texte = refus.get_data(as_text=True)
    assert refus.status_code == 422 and 'value="mille"' in texte and "01/03/2028" in texte


def copier(d, campagne, source) -> int:
    return creer_dossier(d.acteur, d.organisme, campagne, TypeDossier.ACTION, precedent=source).id


def test_le_delai_suspendu_est_dit(app, session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    deposer.transmettre(d.acteur, dossier)
    qui = personne("Ines")
    fabriques.habiliter(qui, RoleHabilitation.INSTRUCTEUR, d.contrat, d.etat)
    demander_complements(
        charger_acteur(qui), dossier, "Il manque.", ["Le devis"], aujourdhui() + timedelta(days=9)
    )
    dossier_id = dossier.id
    client = connecte(app, d.signataire)
    page = client.get(f"/porteur/dossiers/{dossier_id}/suivi").get_data(as_text=True)
    assert "suspendu" in page and "Le devis" in page


def test_depot_hors_delai_avec_motif(session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    coordinatrice = personne("Nour")
    fabriques.habiliter(coordinatrice, RoleHabilitation.COORDINATEUR, d.contrat)
    with horloge_fixee(d.campagne.cloture_le + timedelta(minutes=16)):
        faire_a_l_heure()
        with pytest.raises(Invalide):
            accepter_hors_delai(charger_acteur(coordinatrice), dossier, " ")
        accepter_hors_delai(charger_acteur(coordinatrice), dossier, "Panne attestée")
        db.session.refresh(dossier)
        deposer.transmettre(d.acteur, dossier)
    assert dossier.etat is EtatDossier.DEPOSE
    assert db.session.query(Depot).count() == 1


def test_plusieurs_organismes(app, session) -> None:
    d = planter()
    dossier_complet(d)
    autre = creer_organisme(
        d.acteur,
        DonneesOrganisme(nom="Le Jardin", forme=FormeJuridique.ASSOCIATION, rna="W941234567"),
    )
    db.session.flush()
    autre_id = autre.id
    assert db.session.query(Dossier).count() == 1
    client = connecte(app, d.signataire)
    tout = client.get("/porteur/").get_data(as_text=True)
    assert "Tous mes organismes" in tout and "Aide aux devoirs" in tout
    un = client.get(f"/porteur/?organisme={autre_id}").get_data(as_text=True)
    assert "Aide aux devoirs" not in un
    assert "Aide aux devoirs" in client.get("/porteur/?organisme=99999999999").get_data(
        as_text=True
    )
    assert client.get("/porteur/?organisme=zut").status_code == 200
