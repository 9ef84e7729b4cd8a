"""A request for complements answered field by field: links for the porteur, old and new values."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from aap.domaine.complements import marquer_utile
from aap.domaine.erreurs import Invalide
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import (
    DemandeComplement,
    Depot,
    Membre,
    RoleHabilitation,
    RoleMembre,
    TypePiece,
)
from aap.permissions import charger_acteur
from aap.requetes.renvois import PAGES_ORGANISME, elements_demandes, renvois_possibles
from aap.services import depot as deposer
from aap.services import dossier as ecrire
from aap.services.coffre import deposer_piece
from aap.services.recevabilite import demander_complements
from forms.organisme import RUBRIQUES
from tests import fabriques
from tests.outils_porteur import connecte, dossier_complet, pdf, personne, planter
from workflows.dossier import EtatDossier

ELEMENTS = ["Dites où vous vous réunissez.", "", "Le devis du minibus"]
RENVOIS = ["question:lieux", "piece:statuts", ""]


def echeance():
    return aujourdhui() + timedelta(days=10)


@pytest.fixture
def depose(session):
    d = planter()
    dossier = dossier_complet(d)
    deposer.transmettre(d.acteur, dossier)
    qui = personne("Ines")
    fabriques.habiliter(qui, RoleHabilitation.INSTRUCTEUR, d.contrat, d.etat)
    return d, dossier, qui


@pytest.fixture
def demande(depose):
    d, dossier, qui = depose
    posee = demander_complements(
        charger_acteur(qui), dossier, "Il manque.", ELEMENTS, echeance(), renvois=RENVOIS
    )
    return d, dossier, qui, posee


def test_les_pages_de_la_fiche_sont_celles_du_formulaire() -> None:
    assert {r.code: r.titre for r in RUBRIQUES}.items() <= PAGES_ORGANISME.items()


def test_chaque_renvoi_mene_a_une_page(app, depose) -> None:
    """Every place offered opens, and holds the very field it names."""
    d, dossier, qui = depose
    lieux = renvois_possibles(dossier)
    demander_complements(
        charger_acteur(qui),
        dossier,
        "Tout.",
        ["" for _ in lieux],
        echeance(),
        renvois=[r.code for r in lieux],
    )
    client = connecte(app, d.signataire)
    page = BeautifulSoup(client.get(f"/porteur/dossiers/{dossier.id}").text, "html.parser")
    badges = [b for b in page.find_all("li") if "À faire" in b.text and b.a]
    assert len(badges) >= len(lieux)
    vus = {li.a["href"] for li in badges}
    for adresse in vus:
        chemin, _, ancre = adresse.partition("#")
        reponse = client.get(chemin)
        assert reponse.status_code == 200, adresse
        assert not ancre or f'id="{ancre}"' in reponse.text, adresse


def test_un_renvoi_invente_est_refuse(depose) -> None:
    _, dossier, qui = depose
    for faux in ("question:nom", "page:secrets", "piece:", "n’importe quoi"):
        with pytest.raises(Invalide):
            demander_complements(
                charger_acteur(qui), dossier, "Non.", ["x"], echeance(), renvois=[faux]
            )


def test_l_element_sans_mots_prend_ceux_du_lieu(demande) -> None:
    _, _, _, posee = demande
    assert posee.elements == [ELEMENTS[0], "Statuts", ELEMENTS[2]]
    assert posee.renvois == RENVOIS


def test_corriger_a_l_endroit_dit_vaut_reponse(demande) -> None:
    d, dossier, _, posee = demande
    with pytest.raises(Invalide) as refus:
        deposer.repondre_complements(d.acteur, dossier, "", reponses=["", "", "Joint."])
    assert [p.champ for p in refus.value.problemes] == ["reponse_0", "reponse_1"]
    ecrire.enregistrer_reponse(d.acteur, dossier, "lieux", "Maison de quartier Ouest.")
    deposer_piece(d.acteur, d.organisme, TypePiece.STATUTS, "statuts.pdf", pdf())
    deposer.repondre_complements(d.acteur, dossier, "", reponses=["", "", "Joint."])
    assert posee.reponses == ["Corrigé dans le dossier.", "Corrigé dans le dossier.", "Joint."]
    assert dossier.etat is not EtatDossier.A_COMPLETER
    lieux, statuts, devis = elements_demandes(dossier, posee)
    (change,) = lieux.changements
    assert change.nature == "modifié" and "Ouest." in [m.texte.strip() for m in change.morceaux]
    assert [c.nature for c in statuts.changements] == ["ajouté"]
    assert devis.changements == () and devis.repondu


def test_le_porteur_voit_ce_qui_reste(app, demande) -> None:
    d, dossier, _, _ = demande
    ecrire.enregistrer_reponse(d.acteur, dossier, "lieux", "Maison de quartier Ouest.")
    client = connecte(app, d.signataire)
    for suite in ("", "/verification"):
        page = client.get(f"/porteur/dossiers/{dossier.id}{suite}").text
        assert f"/porteur/dossiers/{dossier.id}/rubriques/calendrier#lieux" in page
        assert f"/porteur/organismes/{d.organisme.id}/documents?type=statuts#deposer" in page
        assert page.count("Répondu") == 1 and page.count("À faire") >= 2


def test_l_instructeur_demande_et_relit_champ_par_champ(app, depose) -> None:
    d, dossier, qui = depose
    dossier_id = dossier.id
    agent = connecte(app, qui)
    chemin = f"/instruction/dossiers/{dossier_id}/complements"
    page = agent.get(chemin).text
    assert "<optgroup" in page and 'value="question:lieux"' in page
    donnees = {
        "precis-0-renvoi": "question:lieux",
        "precis-0-texte": "Dites où.",
        "precis-1-renvoi": "page:indicateurs",
        "liste": "Un devis",
        "texte": "Il manque.",
        "echeance": f"{echeance():%d/%m/%Y}",
        "bloquante": "y",
        "version": BeautifulSoup(page, "html.parser").find(attrs={"name": "version"})["value"],
    }
    mauvais = agent.post(chemin, data={**donnees, "precis-0-renvoi": "question:<script>"})
    assert mauvais.status_code == 422 and "Choisissez un endroit du dossier" in mauvais.text
    assert agent.post(chemin, data=donnees).status_code == 303
    posee = db.session.query(DemandeComplement).one()
    assert posee.elements[0] == "Dites où." and posee.elements[2] == "Un devis"
    assert posee.renvois == ["question:lieux", "page:indicateurs", ""]
    porteur = connecte(app, d.signataire)
    base = f"/porteur/dossiers/{dossier_id}"
    porteur.post(f"{base}/rubriques/calendrier", data={"lieux": "Ailleurs.", "version_lieux": "1"})
    en_attente = agent.get(f"/instruction/dossiers/{dossier_id}").text
    assert "Ailleurs." not in en_attente.split('id="suivi"')[1]
    verif = BeautifulSoup(porteur.get(f"{base}/verification").text, "html.parser")
    envoi = {
        "relu": verif.find(attrs={"name": "relu"})["value"],
        "demande": verif.find(attrs={"name": "demande"})["value"],
        "reponse_0": "",
        "reponse_1": "Les indicateurs sont les bons.",
        "reponse_2": "Le devis est joint.",
        "accord": "y",
    }
    assert porteur.post(f"{base}/transmettre", data=envoi).status_code == 303
    assert db.session.query(Depot).count() == 2
    lue = BeautifulSoup(agent.get(f"/instruction/dossiers/{dossier_id}").text, "html.parser")
    elements = lue.select(".elements-demandes > li")
    assert "Maison de quartier Est." in elements[0].find("del").text
    assert "Ailleurs." in elements[0].find("ins").text
    assert "Rien n’a changé" in elements[1].text and "Le devis est joint." in elements[2].text


def test_une_demande_ancienne_se_lit_encore(app, depose) -> None:
    d, dossier, qui = depose
    demander_complements(charger_acteur(qui), dossier, "Il manque.", ["Le devis"], echeance())
    page = connecte(app, d.signataire).get(f"/porteur/dossiers/{dossier.id}").text
    assert "Le devis" in page
    assert "Le devis" in connecte(app, qui).get(f"/instruction/dossiers/{dossier.id}").text


def test_ce_qui_n_est_qu_utile_peut_rester_sans_reponse(app, depose, session) -> None:
    """The request says that it is not needed: neither the page nor the service demands it."""
    d, dossier, qui = depose
    elements = ["Le devis du minibus", marquer_utile("Photos de la saison")]
    demander_complements(charger_acteur(qui), dossier, "Il manque.", elements, echeance())
    client = connecte(app, d.signataire)
    base = f"/porteur/dossiers/{dossier.id}"
    page = BeautifulSoup(client.get(f"{base}/verification").text, "html.parser")
    devis, photos = page.select(".element-demande")
    assert "(obligatoire)" in devis.text and "À faire" in devis.text
    assert "(facultatif)" in photos.text and "Facultatif" in photos.text
    assert devis.select_one(f'a[href="{base}/rubriques/pieces"]')
    assert "1 élément demandé attend" in page.text.replace("\u00a0", " ")
    with pytest.raises(Invalide) as refus:
        deposer.repondre_complements(d.acteur, dossier, "", reponses=["", ""])
    assert [p.champ for p in refus.value.problemes] == ["reponse_0"]
    session.rollback()
    deposer.repondre_complements(d.acteur, dossier, "", reponses=["Le voici.", ""])
    demande = session.scalar(db.select(DemandeComplement))
    assert demande.reponses == ["Le voici.", ""] and "Sans réponse." in demande.reponse


def test_trop_tard_pour_repondre_dit_a_qui_ecrire(app, demande, session) -> None:
    """No page offers to transmit what can no longer be: it leads to the instructors."""
    d, dossier, _, posee = demande
    base = f"/porteur/dossiers/{dossier.id}"
    client = connecte(app, d.signataire)
    assert "au plus tard le" in client.get(f"{base}/verification").text
    posee.echeance = aujourdhui() - timedelta(days=1)
    posee.reponses = ["a", "b", "c"]
    session.commit()
    for suite in ("", "/verification", "/suivi"):
        page = BeautifulSoup(client.get(f"{base}{suite}").text, "html.parser").main
        assert page is not None
        (lien,) = page.find_all("a", string=lambda x: "Écrire aux instructeurs" in (x or ""))[:1]
        assert lien["href"].endswith("#messages")
        assert "Répondre et transmettre" not in page.text and "Prêt à" not in page.text, suite
    assert "ne peuvent plus être transmises" in client.get(f"{base}/verification").text


def test_qui_peut_transmettre_est_nomme(app, demande, session) -> None:
    d, dossier, _, _ = demande
    autre = personne("Rédac")
    session.add(Membre(organisme=d.organisme, utilisateur=autre, role=RoleMembre.REDACTEUR))
    session.commit()
    page = connecte(app, autre).get(f"/porteur/dossiers/{dossier.id}/verification").text
    assert d.signataire.nom_complet in page and "Prévenez" in page
