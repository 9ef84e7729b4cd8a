"""The revised budget: asked after the decisions, written, given back, answered, followed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from aap.domaine.erreurs import Conflit, Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import Bilan, Courriel, Evenement, IssueRevision, RevisionBudget, RoleMembre
from aap.permissions import SYSTEME
from aap.requetes.invariants import INVARIANTS
from aap.requetes.plan_recalcule import plan_apres_decisions
from aap.requetes.revisions_budget import aides_publiees, budget_en_vigueur, totaux_de
from aap.services import revision_budget as service
from aap.services.bilan import ouvrir_bilan
from aap.services.revision_budget import LigneAjoutee
from tests import fabriques as f
from tests.outils_porteur import connecte
from tests.parcours.test_argent import Monde, creer_monde

DEMAIN = timedelta(days=20)
POURQUOI = "Les aides décidées ne couvrent pas votre budget."


@pytest.fixture
def monde(session: Any) -> Monde:
    return creer_monde()


def demander(m: Monde) -> RevisionBudget:
    return service.demander_budget_revise(m.anne, m.ligne.dossier, POURQUOI, aujourdhui() + DEMAIN)


def equilibrer(m: Monde, revision: RevisionBudget) -> None:
    """Every typed line at zero but one charge, of the aids granted."""
    saisies = {x["cle"]: "0" for x in revision.lignes}
    charge = next(x for x in revision.lignes if x["cote"] == "charge")
    aides = sum(int(x[2]) for x in aides_publiees(revision.dossier))
    saisies[charge["cle"]] = f"{aides // 100},{aides % 100:02d}"
    service.enregistrer_revision(m.sam, revision, saisies, [], "Deux séances de moins.")


def ecarts(code: str) -> list[Any]:
    return list(INVARIANTS[code].controle(iter))


def test_a_whole_life(monde: Monde, session: Any) -> None:
    m, dossier = monde, monde.ligne.dossier
    bilan = ouvrir_bilan(SYSTEME, dossier)
    avant = {x.id: x.prevu for x in bilan.lignes}
    with pytest.raises(Interdit):
        service.demander_budget_revise(m.sam, dossier, POURQUOI, aujourdhui() + DEMAIN)
    with pytest.raises(Invalide):
        service.demander_budget_revise(m.anne, dossier, " ", aujourdhui())
    revision = demander(m)
    with pytest.raises(PasLeMoment, match="déjà demandé"):
        demander(m)
    with pytest.raises(Invalide) as refus:
        service.rendre_revision(m.sam, revision)
    assert {p.champ for p in refus.value.problemes} == {"equilibre", "explication"}
    with pytest.raises(Interdit):
        service.rendre_revision(m.anne, revision)
    page = revision.version
    equilibrer(m, revision)
    with pytest.raises(Conflit):
        service.enregistrer_revision(m.sam, revision, {}, [], "", version=page)
    assert totaux_de(revision).ecart == 0
    service.rendre_revision(m.sam, revision)
    assert revision.a_examiner and ecarts("contenu.budget_revise") == []
    with pytest.raises(PasLeMoment, match="déjà rendu"):
        service.rendre_revision(m.sam, revision)
    with pytest.raises(PasLeMoment):
        service.enregistrer_revision(m.sam, revision, {}, [], "")
    assert {x.id: x.prevu for x in bilan.lignes} == avant
    service.accepter_revision(m.anne, revision)
    with pytest.raises(PasLeMoment):
        service.accepter_revision(m.anne, revision)
    lignes = budget_en_vigueur(dossier)
    charges = sum(x.montant or 0 for x in lignes if x.cote == "charge")
    assert charges == sum(int(x[2]) for x in revision.aides)
    assert sum(x.prevu for x in bilan.lignes if x.cote == "charge") == charges
    plan = plan_apres_decisions(dossier)
    assert plan is not None and plan.revise and plan.reste == 0
    assert plan.sans.viabilite == "viable"
    actes = session.scalars(
        select(Evenement.acte).where(Evenement.entite == "revision_budget").order_by(Evenement.id)
    ).all()
    assert actes == ["revision_budget.demander", "revision_budget.rendre",
                     "revision_budget.accepter"]  # fmt: skip
    modeles = set(session.scalars(select(Courriel.modele)))
    assert {"budget_revise_demande", "budget_revise_rendu", "budget_revise_clos"} <= modeles
    revision.explication = "autre chose"
    session.flush()
    assert len(ecarts("contenu.budget_revise")) == 1


def test_asked_again_reminded_given_up(monde: Monde, session: Any) -> None:
    m = monde
    revision = demander(m)
    equilibrer(m, revision)
    service.rendre_revision(m.sam, revision)
    with pytest.raises(Invalide):  # a year wrongly typed
        service.renvoyer_revision(m.anne, revision, "Gardez le loyer.", date(2150, 1, 1))
    suite = service.renvoyer_revision(
        m.anne, revision, "Gardez le loyer.", aujourdhui() + timedelta(days=2)
    )
    assert revision.issue is IssueRevision.RENVOYEE and suite.rang == 2
    assert [x["montant"] for x in suite.lignes] == [x["montant"] for x in revision.lignes]
    assert (service.rappeler_revisions(), service.rappeler_revisions()) == (1, 0)
    with pytest.raises(Invalide):
        service.annuler_revision(m.anne, suite, "  ")
    service.annuler_revision(m.anne, suite, "Une autre aide est trouvée.")
    assert suite.issue is IssueRevision.ANNULEE
    with pytest.raises(PasLeMoment):
        service.enregistrer_revision(m.sam, suite, {}, [], "")
    plan = plan_apres_decisions(m.ligne.dossier)
    assert plan is not None and not plan.revise
    session.add(Bilan(dossier=m.ligne.dossier, exercice=2031, echeance=aujourdhui(), textes={}))
    assert demander(m).rang == 3


def test_lines_are_added_kept_as_typed_and_dropped(monde: Monde) -> None:
    m = monde
    revision = demander(m)
    nombre = len(revision.lignes)
    ajout = LigneAjoutee("produit", "74etat", "Fondation voisine", "mille")
    service.enregistrer_revision(m.sam, revision, {}, [ajout], "")
    neuve = revision.lignes[-1]
    assert (neuve["saisie"], neuve["montant"], neuve["prevu"]) == ("mille", None, 0)
    assert len({x["cle"] for x in revision.lignes}) == nombre + 1
    with pytest.raises(Invalide) as refus:
        service.rendre_revision(m.sam, revision)
    assert f"lignes-{nombre}-saisie" in {p.champ for p in refus.value.problemes}
    with pytest.raises(Invalide):
        service.enregistrer_revision(m.sam, revision, {}, [LigneAjoutee("x", "y", "z", "1")], "")


def _champs(page: str) -> dict[str, str]:
    form = BeautifulSoup(page, "html.parser").find("main").find("form", method="post")
    champs = {i["name"]: i.get("value", "") for i in form.find_all("input") if i.get("name")}
    return champs | {t["name"]: t.text.strip() for t in form.find_all("textarea")}


def test_the_screens(app: Flask, monde: Monde) -> None:
    m, dossier_id = monde, monde.ligne.dossier_id
    redactrice = f.utilisateur("Rose", "Rédactrice")
    f.membre(m.ligne.dossier.organisme, redactrice, RoleMembre.REDACTEUR)
    etrangere = f.utilisateur("Ève", "Étrangère")
    anne = db.session.get_one(type(redactrice), m.anne.utilisateur_id)
    signe = db.session.get_one(type(redactrice), m.sam.utilisateur_id)
    db.session.commit()
    agent, porteur = connecte(app, anne), connecte(app, signe)
    adresse = f"/instruction/dossiers/{dossier_id}/budget-revise"
    assert connecte(app, etrangere).get(adresse).status_code == 403
    assert porteur.get(adresse).status_code == 403
    page = agent.get(adresse)
    assert page.status_code == 200
    champs = _champs(page.text)
    assert agent.post(adresse, data={**champs, "texte": ""}).status_code == 422
    stale = agent.post(adresse, data={**champs, "texte": POURQUOI, "version": "0"})
    assert stale.status_code == 409 and POURQUOI in stale.text
    assert agent.post(adresse, data={**champs, "texte": POURQUOI}).status_code == 303
    assert "déjà demandé" in agent.get(adresse).text
    assert agent.post(adresse, data={**champs, "texte": POURQUOI}).status_code == 409
    revision = db.session.scalars(select(RevisionBudget)).one()
    ecrire = f"/porteur/budgets-revises/{revision.id}"
    assert "Réviser le budget" in porteur.get(f"/porteur/dossiers/{dossier_id}/suivi").text
    assert connecte(app, etrangere).get(ecrire).status_code == 403
    champs = _champs(porteur.get(ecrire).text)
    refuse = porteur.post(ecrire, data={**champs, "explication": "Moins.", "action": "rendre"})
    assert refuse.status_code == 422 and "dépassent les dépenses" in refuse.text
    assert "Moins." in porteur.get(ecrire).text, "ce qui est tapé est gardé"
    perime = porteur.post(ecrire, data={**champs, "lignes-0-saisie": "77"})
    assert perime.status_code == 409 and 'value="77"' in perime.text
    assert "rendre le budget révisé</button>" not in connecte(app, redactrice).get(ecrire).text
    db.session.expire_all()
    equilibrer(m, revision)
    db.session.commit()
    champs = _champs(porteur.get(ecrire).text)
    assert porteur.post(ecrire, data={**champs, "action": "rendre"}).status_code == 303
    assert porteur.post(ecrire, data={**champs, "action": "rendre"}).status_code == 409
    assert "en cours d’examen" in porteur.get(ecrire).text
    lire = f"/instruction/budgets-revises/{revision.id}"
    champs = _champs(agent.get(lire).text)
    assert agent.post(f"{lire}/corriger", data={"texte": ""}).status_code == 422
    assert agent.post(f"{lire}/retirer", data={"motif": ""}).status_code == 422
    assert agent.post(f"{lire}/accepter", data=champs).status_code == 303
    assert agent.post(f"{lire}/accepter", data=champs).status_code == 409
    assert "Accepter ce budget" not in agent.get(lire).text
