"""Lines without vote: told after a dated delay, to those concerned, and never closed by a job."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from importlib import import_module
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from aap.domaine.erreurs import PasLeMoment
from aap.domaine.horloge import PARIS, aujourdhui, horloge_fixee
from aap.extensions import db
from aap.models import ActeFinanceur, Courriel, EtatAnalyse, RoleHabilitation, SensDecision
from aap.permissions import charger_acteur, may
from aap.pieces.controle import controler
from aap.requetes.actes_financeurs import acte_de
from aap.requetes.votes_attendus import DelaiVote, delai_au, delais_vote, votes_attendus
from aap.services import publication, pv
from aap.services import seance as service
from aap.services.acte_financeur import joindre_acte
from aap.services.arbitrage import arbitrer
from aap.services.decision import decider
from aap.services.fichier import declarer_infecte
from aap.services.parametre import fixer_delai_vote
from aap.services.vote import enregistrer_vote
from aap.taches.suites import relancer_suites
from tests import fabriques as f
from tests.outils_copil import DecorCopil, deporter, habilite, lignes, planter_copil, seance_prete
from tests.outils_porteur import connecte, pdf, personne
from workflows.financement import MACHINE, EtatFinancement
from workflows.socle import Role


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    """One dossier, granted by the State and the city, published today."""
    decor = planter_copil(dossiers=2)
    decor.dossiers.pop(0)  # the city does not finance its quartier
    seance = seance_prete(decor)
    etat, ville = lignes(decor.dossiers[0])
    arbitrer(decor.acteur, etat, 400_000, decor.env_etat)
    arbitrer(decor.acteur, ville, 100_000, decor.env_ville)
    decider(decor.acteur, seance, decor.dossiers[0], SensDecision.PROGRAMMER)
    service.clore(decor.acteur, seance)
    pv.arreter_pv(decor.acteur, seance, "Cora Exemple")
    publication.publier(decor.acteur, seance)
    db.session.flush()
    return decor


def dans(jours: int) -> Any:
    jour = aujourdhui() + timedelta(days=jours)
    return horloge_fixee(datetime.combine(jour, time(12), PARIS))


def finance(decor: DecorCopil, prenom: str, financeur: Any) -> Any:
    qui = personne(prenom)
    habilite(qui, RoleHabilitation.FINANCE, decor.contrat, financeur)
    return qui


def test_apres_le_delai_et_pas_avant(decor: DecorCopil, app: Flask) -> None:
    with dans(60):
        assert votes_attendus(decor.acteur) == []
    fatou = finance(decor, "Fatou", decor.ville)
    db.session.commit()
    with dans(61):
        attendus = votes_attendus(decor.acteur)
        assert {(v.ligne.financeur.nom, v.jours) for v in attendus} == {
            ("État", 61),
            ("Ville A", 61),
        }
        siens = votes_attendus(charger_acteur(fatou))
        assert [v.ligne.financeur_id for v in siens] == [decor.ville.id]
        assert votes_attendus(charger_acteur(decor.membre)) == []
        pour_cora = connecte(app, decor.coordo).get("/coordination/votes-attendus").text
        assert "État" in pour_cora and "Ville A" in pour_cora
        client = connecte(app, fatou)
        pour_fatou = client.get("/coordination/votes-attendus").text
        assert "Ville A" in pour_fatou and "État" not in pour_fatou
        assert "attend votre vote" in client.get("/finance/").text
        assert connecte(app, decor.membre).get("/coordination/votes-attendus").status_code == 403


def test_un_vote_sort_de_la_liste_un_autre_montant_aussi(decor: DecorCopil) -> None:
    """What the funder votes may differ from what the committee decided."""
    ville = lignes(decor.dossiers[0])[1]
    fatou = charger_acteur(finance(decor, "Fatou", decor.ville))
    with dans(61):
        enregistrer_vote(fatou, ville, 90_000, "deliberation", "2027-12", aujourdhui())
        assert [v.ligne.financeur_id for v in votes_attendus(decor.acteur)] == [decor.etat.id]
    assert (ville.montant_arbitre, ville.montant_vote) == (100_000, 90_000)


def test_le_courriel_de_la_semaine_ne_clot_rien(decor: DecorCopil) -> None:
    finance(decor, "Fatou", decor.ville)
    with dans(61):
        relancer_suites()
    envoyes = db.session.scalars(
        select(Courriel).where(Courriel.modele.in_(("suites_a_surveiller", "votes_attendus")))
    ).all()
    assert {(c.modele, c.destinataire.split(".")[0]) for c in envoyes} == {
        ("suites_a_surveiller", "cora"),
        ("votes_attendus", "fatou"),
    }
    texte = next(c.texte for c in envoyes if c.modele == "votes_attendus")
    assert "Ville A" in texte and "État," not in texte
    assert {x.etat for x in lignes(decor.dossiers[0])} == {EtatFinancement.ARBITRE}


def test_le_courriel_de_la_semaine_tait_les_deports(decor: DecorCopil) -> None:
    """Whoever is set aside for an organisme hears nothing of its dossier, by mail either."""
    fatou = finance(decor, "Fatou", decor.ville)
    for qui in (fatou, decor.coordo):
        deporter(decor, qui, decor.dossiers[0])
    with dans(61):
        relancer_suites()
    partis = db.session.scalars(
        select(Courriel).where(Courriel.modele.in_(("suites_a_surveiller", "votes_attendus")))
    ).all()
    assert decor.dossiers[0].reference not in " ".join(c.texte for c in partis)


def test_aucune_machine_ne_clot_une_ligne_decidee() -> None:
    """From « arbitré », every way out belongs to somebody: the clock has none of its own."""
    sorties = [t for t in MACHINE.transitions if EtatFinancement.ARBITRE in t.sources]
    assert sorties and not [t.declencheur for t in sorties if t.roles == {Role.SYSTEME}]


def test_le_delai_est_date(session: Any) -> None:
    """What was published before a change keeps its delay."""
    admin = f.acteur(f.agent(RoleHabilitation.ADMINISTRATEUR, f.contrat()))
    fixer_delai_vote(admin, 30, date(2027, 1, 1))
    fixer_delai_vote(admin, 45, date(2027, 6, 1))
    fixer_delai_vote(admin, 40, date(2027, 6, 1))
    versions = delais_vote()
    assert versions[1:] == [DelaiVote(date(2027, 1, 1), 30), DelaiVote(date(2027, 6, 1), 40)]
    assert [delai_au(versions, d) for d in (date(2026, 12, 31), date(2027, 5, 31))] == [60, 30]
    assert delai_au(versions, date(2027, 6, 1)) == 40


def test_l_acte_du_financeur_se_joint_une_fois_pour_toutes_ses_lignes(
    decor: DecorCopil, app: Flask
) -> None:
    """Read by the funder's finances and the coordination, never by a porteur; replaced, kept."""
    ville = lignes(decor.dossiers[0])[1]
    qui = finance(decor, "Fatou", decor.ville)
    autre = finance(decor, "Elio", decor.etat)
    db.session.commit()
    client = connecte(app, qui)
    adresse = f"/finance/lignes/{ville.id}/acte-vote"
    assert "pas votée" in client.get(adresse).text
    with pytest.raises(PasLeMoment):
        joindre_acte(charger_acteur(qui), ville, "acte", controler("a.pdf", pdf(), 20))
    enregistrer_vote(charger_acteur(qui), ville, 90_000, "deliberation", "2027-12", aujourdhui())
    db.session.commit()
    assert client.post(adresse, data={}).status_code == 422
    assert connecte(app, autre).get(adresse).status_code == 403
    for _ in range(2):
        envoi = {"fichier": (BytesIO(pdf()), "deliberation.pdf")}
        assert client.post(adresse, data=envoi).status_code == 303
    ancien, nouveau = db.session.scalars(select(ActeFinanceur).order_by(ActeFinanceur.id)).all()
    assert ancien.retire_le is not None and acte_de(ville) == nouveau
    fichier = f"/fichiers/{nouveau.fichier_id}"
    assert may(charger_acteur(qui), "fichier.lire", nouveau.fichier)
    assert may(decor.acteur, "fichier.lire", nouveau.fichier)
    for etranger in (decor.porteur, autre, decor.membre, decor.instructeur):
        assert not may(charger_acteur(etranger), "fichier.lire", nouveau.fichier)
    assert fichier in client.get(f"/finance/lignes/{ville.id}").text
    tableur = classeur()
    refus = client.post(adresse, data={"fichier": (BytesIO(tableur), "deliberation.xlsx")})
    assert refus.status_code == 422 and "en PDF ou en photo" in refus.text
    nouveau.fichier.analyse = EtatAnalyse.EN_ATTENTE
    declarer_infecte(nouveau.fichier, "Eicar")  # nothing is joined any more, the officer is told
    assert acte_de(ville) is None
    courriel = db.session.scalars(select(Courriel).where(Courriel.modele == "fichier_refuse")).one()
    assert "/finance/" in courriel.texte and courriel.utilisateur_id == qui.id


def classeur() -> bytes:
    tampon = BytesIO()
    with import_module("xlsxwriter").Workbook(tampon) as lu:
        lu.add_worksheet().write_string(0, 0, "Aide")
    return tampon.getvalue()
