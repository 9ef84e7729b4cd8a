"""A mandate: signs dossiers between two dates, and nothing else."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from aap.documents import recepisse
from aap.documents.depuis_dossier import donnees_recepisse
from aap.domaine.erreurs import Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import aujourdhui, horloge_fixee, maintenant
from aap.extensions import db
from aap.models import Courriel, Mandat, RoleMembre
from aap.permissions import charger_acteur, may, roles_sur
from aap.services import depot as deposer
from aap.services.mandat import donner_mandat, reprendre_mandat
from aap.services.organisme import inviter_membre, retirer_membre
from tests.outils_porteur import connecte, dossier_complet, personne, planter
from workflows.dossier import EtatDossier
from workflows.socle import Role


@pytest.fixture
def equipe(session):
    d = planter()
    yann = personne("Yann")
    membre = inviter_membre(d.acteur, d.organisme, yann.courriel, RoleMembre.REDACTEUR)
    return d, dossier_complet(d), membre


def jours(n: int):
    return aujourdhui() + timedelta(days=n)


def test_signer_par_mandat(equipe) -> None:
    d, dossier, membre = equipe
    yann = membre.utilisateur
    with pytest.raises(Interdit):
        deposer.transmettre(charger_acteur(yann), dossier)
    donner_mandat(d.acteur, membre, aujourdhui(), jours(5), "Délibération du bureau")
    acteur = charger_acteur(yann)
    assert acteur.mandats == {d.organisme.id}
    assert Role.PORTEUR_SIGNATAIRE in roles_sur(acteur, dossier)
    assert Role.PORTEUR_SIGNATAIRE not in roles_sur(acteur, d.organisme)
    assert not may(acteur, "organisme.gerer_membres", d.organisme)
    assert not may(acteur, "organisme.fixer_rib", d.organisme)
    depot = deposer.transmettre(acteur, dossier)
    octets = recepisse.produire(donnees_recepisse(depot))
    texte = "".join(p.extract_text() for p in PdfReader(io.BytesIO(octets)).pages)
    assert "par mandat du" in " ".join(texte.split())


def test_hors_des_dates_ou_repris(equipe) -> None:
    d, dossier, membre = equipe
    yann = membre.utilisateur
    mandat = donner_mandat(d.acteur, membre, jours(2), jours(4))
    assert charger_acteur(yann).mandats == frozenset()
    with horloge_fixee(maintenant() + timedelta(days=3)):
        acteur = charger_acteur(yann)
        assert acteur.mandats
        reprendre_mandat(d.acteur, mandat)
        reprendre_mandat(d.acteur, mandat)
        with pytest.raises(PasLeMoment, match="plus signer"):
            deposer.transmettre(acteur, dossier)  # loaded before, taken back since
    assert dossier.etat is EtatDossier.BROUILLON


def test_partir_eteint_le_mandat(equipe) -> None:
    d, _dossier, membre = equipe
    donner_mandat(d.acteur, membre, aujourdhui(), jours(5))
    retirer_membre(d.acteur, membre)
    db.session.flush()
    assert charger_acteur(membre.utilisateur).mandats == frozenset()


@pytest.mark.parametrize(("du", "au"), [(3, 1), (-9, -2), (0, 366)])
def test_dates_refusees(equipe, du: int, au: int) -> None:
    d, _dossier, membre = equipe
    with pytest.raises(Invalide):
        donner_mandat(d.acteur, membre, jours(du), jours(au))


def test_pas_deux_mandats_aux_memes_jours(equipe) -> None:
    d, _dossier, membre = equipe
    donner_mandat(d.acteur, membre, aujourdhui(), jours(5))
    with pytest.raises(PasLeMoment, match="déjà un mandat"):
        donner_mandat(d.acteur, membre, jours(5), jours(9))
    donner_mandat(d.acteur, membre, jours(6), jours(9))


def test_le_mandataire_recoit_la_demande_de_signature(equipe) -> None:
    d, dossier, membre = equipe
    donner_mandat(d.acteur, membre, aujourdhui(), jours(5))
    deposer.demander_signature(d.acteur, dossier)
    recus = {
        c.destinataire for c in db.session.query(Courriel).filter_by(modele="signature_demandee")
    }
    assert recus == {d.signataire.courriel, membre.utilisateur.courriel}


def test_par_les_pages(app, equipe) -> None:
    d, _dossier, membre = equipe
    membre_id, orga, yann = membre.id, d.organisme.id, membre.utilisateur
    client = connecte(app, d.signataire)
    assert client.get(f"/porteur/membres/{membre_id}/mandat").status_code == 200
    faux = {"du": "31/02/2027", "au": "zut", "precision": ""}
    refus = client.post(f"/porteur/membres/{membre_id}/mandat", data=faux)
    assert refus.status_code == 422 and "31/02/2027" in refus.get_data(as_text=True)
    bon = {"du": f"{aujourdhui():%d/%m/%Y}", "au": f"{jours(9):%d/%m/%Y}", "precision": "Congés"}
    assert client.post(f"/porteur/membres/{membre_id}/mandat", data=bon).status_code == 303
    assert client.post(f"/porteur/membres/{membre_id}/mandat", data=bon).status_code == 409
    page = client.get(f"/porteur/organismes/{orga}/membres").get_data(as_text=True)
    assert "Mandat de signer du" in page and "Congés" in page
    mandat_id = db.session.query(Mandat.id).scalar()
    autre = connecte(app, yann)
    assert autre.post(f"/porteur/mandats/{mandat_id}/reprendre").status_code == 403
    assert client.post(f"/porteur/mandats/{mandat_id}/reprendre").status_code == 303
    page = client.get(f"/porteur/organismes/{orga}/membres").get_data(as_text=True)
    assert "Mandat de signer du" not in page
