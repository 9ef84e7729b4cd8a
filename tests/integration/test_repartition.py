"""Sharing a campaign out: rules, proposal, application, undo, passing on, absences."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from aap.domaine.erreurs import Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import (
    Affectation,
    Courriel,
    Dossier,
    DossierQuartier,
    EtatEvaluation,
    EtatLigneRepartition,
    EtatRepartition,
    Evaluation,
    Evenement,
    LigneRepartition,
    Repartition,
    RoleHabilitation,
    Utilisateur,
)
from aap.requetes.absences import travaux_transmis
from aap.requetes.instruction import Filtres, liste
from aap.requetes.repartition import construire
from aap.services.affectation import affecter
from aap.services.evaluation import NoteSaisie, enregistrer_evaluation
from aap.services.passation import annuler_absence, declarer_absence, passer
from aap.services.regles_affectation import (
    DonneesRegle,
    creer_regle,
    fixer_capacites,
    supprimer_regle,
)
from aap.services.repartition import annuler, appliquer, demander_repartition
from aap.taches.registre import executer, preparer
from tests import fabriques as f
from tests.outils_connexion import se_connecter
from tests.outils_instruction import Decor, acteur, deporter, deposer, planter

R = RoleHabilitation
L = EtatLigneRepartition


@pytest.fixture
def decor(session: object) -> Decor:
    d = planter()
    for rang in range(5):
        autre = f.dossier(d.campagne, d.organisme, d.dossier.etat, f"Action {rang}")
        autre.quartiers = [DossierQuartier(quartier=d.est, part=100)]
        autre.orientation = d.orientation
        f.financement(autre, d.etat if rang % 2 else d.ville)
        deposer(autre, d.porteur)
    db.session.commit()
    return d


def calculer(d: Decor, par_financeur: bool = False) -> Repartition:
    repartition = demander_repartition(acteur(d.coordination), d.campagne, par_financeur)
    db.session.commit()
    cle = {"repartition_id": repartition.id}
    preparer("calculer_repartition", cle)
    executer("calculer_repartition", cle)
    db.session.commit()
    return db.session.get_one(Repartition, repartition.id)


def finir(repartition: Repartition) -> None:
    for _ in range(10):
        executer("traiter_repartition", {"repartition_id": repartition.id})
        db.session.commit()


def lignes(repartition: Repartition) -> list[LigneRepartition]:
    return list(
        db.session.scalars(
            select(LigneRepartition)
            .where(LigneRepartition.repartition_id == repartition.id)
            .order_by(LigneRepartition.id)
        )
    )


def confies() -> int:
    return db.session.scalar(select(func.count()).select_from(Affectation)) or 0


def test_propose_applique_annule(decor: Decor) -> None:
    repartition = calculer(decor)
    assert repartition.etat is EtatRepartition.PROPOSEE and repartition.bilan["prouvee"]
    assert confies() == 0
    proposees = lignes(repartition)
    assert len(proposees) == 6
    assert all(x.raison.startswith("Confié à") for x in proposees)
    assert sorted(n for _, _, n, *_ in repartition.bilan["charges"]) == [3, 3]
    appliquer(acteur(decor.coordination), repartition, attendus=6)
    finir(repartition)
    assert repartition.etat is EtatRepartition.APPLIQUEE and confies() == 6
    envoyes = db.session.scalars(select(Courriel).where(Courriel.modele == "campagne_affectation"))
    assert len(envoyes.all()) == 2
    commence = next(x for x in lignes(repartition) if x.utilisateur_id == decor.instructrice.id)
    enregistrer_evaluation(acteur(decor.instructrice), commence.dossier, {}, "Je commence")
    annuler(acteur(decor.coordination), repartition)
    finir(repartition)
    assert repartition.etat is EtatRepartition.ANNULEE and confies() == 1
    assert "déjà commencé" in commence.message
    with pytest.raises(PasLeMoment):
        appliquer(acteur(decor.coordination), repartition)


def test_une_personne_de_chaque_financeur(decor: Decor) -> None:
    repartition = calculer(decor, par_financeur=True)
    assert len(lignes(repartition)) == 7
    appliquer(acteur(decor.coordination), repartition)
    finir(repartition)
    siens = db.session.scalars(
        select(Affectation).where(Affectation.dossier_id == decor.dossier.id)
    ).all()
    assert {a.utilisateur_id for a in siens} == {decor.instructrice.id, decor.collegue.id}


def test_ce_qui_change_entre_temps_est_refuse_ligne_par_ligne(decor: Decor) -> None:
    repartition = calculer(decor)
    affecter(acteur(decor.coordination), decor.dossier, decor.collegue, decor.ville)
    appliquer(acteur(decor.coordination), repartition)
    finir(repartition)
    refusees = [x for x in lignes(repartition) if x.etat is L.REFUSEE]
    assert [x.dossier_id for x in refusees] == [decor.dossier.id]
    assert "confié à quelqu’un depuis" in refusees[0].message


def test_deports_absences_plafonds_et_regles(decor: Decor) -> None:
    coordination = acteur(decor.coordination)
    deporter(decor.collegue, decor.organisme)
    enonce = construire(coordination, decor.campagne, False)
    assert all(t.conflits == {f"{decor.collegue.id}-{decor.ville.id}"} for t in enonce.travaux)
    jour = aujourdhui()
    absence = declarer_absence(coordination, decor.instructrice, jour, jour + timedelta(days=5))
    repartition = calculer(decor)
    assert repartition.bilan["confies"] == 0
    assert "Absence de" in lignes(repartition)[0].raison
    assert "Déport de" in lignes(repartition)[0].raison
    annuler_absence(coordination, absence)
    cle = f"{decor.instructrice.id}-{decor.etat.id}"
    fixer_capacites(coordination, decor.campagne, {cle: (50, 2), "9-9": (1, 1)})
    assert calculer(decor).bilan["confies"] == 2
    with pytest.raises(Invalide):
        fixer_capacites(coordination, decor.campagne, {cle: (0, None)})


def test_une_regle_designe_et_se_journalise(decor: Decor) -> None:
    coordination = acteur(decor.coordination)
    cle = f"{decor.collegue.id}-{decor.ville.id}"
    with pytest.raises(Invalide):
        creer_regle(coordination, decor.campagne, DonneesRegle(cle))
    with pytest.raises(Invalide):
        creer_regle(coordination, decor.campagne, DonneesRegle("8-8", commune=decor.commune.id))
    regle = creer_regle(
        coordination,
        decor.campagne,
        DonneesRegle(cle, commune=decor.commune.id, sollicite=decor.ville.id, obligatoire=True),
    )
    proposees = lignes(calculer(decor))
    visees = [x for x in proposees if "règle obligatoire" in x.raison]
    assert {x.utilisateur_id for x in visees} == {decor.collegue.id} and len(visees) == 4
    supprimer_regle(coordination, regle)
    actes = db.session.scalars(select(Evenement.acte).where(Evenement.acte.like("%_regle"))).all()
    assert sorted(actes) == ["campagne.creer_regle", "campagne.supprimer_regle"]
    with pytest.raises(Interdit):
        demander_repartition(acteur(decor.instructrice), decor.campagne, False)


def _autre_instructrice(d: Decor) -> Utilisateur:
    return f.agent(R.INSTRUCTEUR, d.contrat, d.etat, "Succède")


def test_passer_un_dossier_garde_le_travail(decor: Decor) -> None:
    coordination, suite = acteur(decor.coordination), _autre_instructrice(decor)
    affectation = affecter(coordination, decor.dossier, decor.instructrice, decor.etat)
    critere = next(c for c in decor.grille.criteres if c.mode.value == "apprecie")
    saisie = {critere.id: NoteSaisie(3, False, "Équipe solide")}
    enregistrer_evaluation(acteur(decor.instructrice), decor.dossier, saisie, "À revoir")
    passer(coordination, [affectation], suite, "Départ")
    assert decor.dossier.instructeur_id == suite.id
    recu = travaux_transmis(acteur(suite), decor.dossier)
    assert [t.auteur for t in recu] == [decor.instructrice.nom_complet]
    assert recu[0].evaluation is not None and recu[0].evaluation.commentaire == "À revoir"
    assert travaux_transmis(acteur(decor.collegue), decor.dossier) == []
    troisieme = f.agent(R.INSTRUCTEUR, decor.contrat, decor.etat, "Troisième")
    nouvelle = db.session.scalars(select(Affectation)).one()
    passer(coordination, [nouvelle], troisieme)
    recu = travaux_transmis(acteur(troisieme), decor.dossier)
    assert {t.auteur for t in recu} == {suite.nom_complet, decor.instructrice.nom_complet}
    assert db.session.scalars(select(Evaluation.etat)).all() == [EtatEvaluation.BROUILLON]


def test_le_remplacant_voit_les_dossiers_le_temps_de_l_absence(decor: Decor) -> None:
    coordination, suite = acteur(decor.coordination), _autre_instructrice(decor)
    affecter(coordination, decor.dossier, decor.instructrice, decor.etat)
    jour, siens = aujourdhui(), Filtres(a_moi=True)
    assert liste(acteur(suite), siens).total == 0
    with pytest.raises(Invalide):
        declarer_absence(coordination, decor.instructrice, jour, jour, decor.collegue)
    absence = declarer_absence(coordination, decor.instructrice, jour, jour, suite)
    assert liste(acteur(suite), siens).total == 1
    assert travaux_transmis(acteur(suite), decor.dossier)[0].titre == "Absence"
    with pytest.raises(PasLeMoment):
        declarer_absence(coordination, decor.instructrice, jour, jour)
    with pytest.raises(Interdit):
        declarer_absence(acteur(decor.collegue), decor.instructrice, jour, jour)
    annuler_absence(acteur(decor.instructrice), absence)
    assert liste(acteur(suite), siens).total == 0


def test_les_pages(decor: Decor, client: FlaskClient) -> None:
    _autre_instructrice(decor)
    se_connecter(client, decor.coordination)
    base = f"/coordination/campagnes/{decor.campagne.id}/repartition"
    cle = f"{decor.instructrice.id}-{decor.etat.id}"
    assert client.get(base).status_code == 200
    regle = {"cle": cle, "commune": str(decor.commune.id), "obligatoire": "y"}
    assert client.post(f"{base}/regles", data=regle).status_code == 303
    assert client.post(f"{base}/regles", data={"cle": cle}).status_code == 422
    temps = {f"part-{cle}": "80", f"plafond-{cle}": "12"}
    assert client.post(f"{base}/capacites", data=temps).status_code == 303
    faux = client.post(f"{base}/capacites", data={f"part-{cle}": "trop", f"plafond-{cle}": ""})
    assert faux.status_code == 422 and 'value="trop"' in faux.text
    assert client.post(base, data={"mode": "jamais"}).status_code == 422
    reponse = client.post(base, data={"mode": "une"})
    assert reponse.status_code == 303
    proposition = reponse.headers["Location"]
    assert "data-suivre" in client.get(proposition).text
    repartition = db.session.scalars(select(Repartition)).one()
    preparer("calculer_repartition", {"repartition_id": repartition.id})
    executer("calculer_repartition", {"repartition_id": repartition.id})
    db.session.commit()
    page = client.get(proposition).text
    assert "le calcul l’a prouvé" in page and "parce que" in page
    assert client.post(f"{proposition}/appliquer", data={"attendus": "5"}).status_code == 409
    assert client.post(f"{proposition}/appliquer", data={"attendus": "6"}).status_code == 303
    finir(repartition)
    assert client.get(f"{proposition}?etat=faite&page=9").status_code == 200
    vaine = client.get(f"/coordination/repartitions/{calculer(decor).id}").text
    assert "Aucun dossier n’attend" in vaine and "Rien à confier" in vaine
    assert "à examiner" not in vaine and "sur 0" not in vaine
    affectation = db.session.scalars(
        select(Affectation).where(Affectation.utilisateur_id == decor.instructrice.id)
    ).first()
    assert affectation is not None
    dossier_id = affectation.dossier_id
    passage = f"/coordination/affectations/{affectation.id}/passer"
    assert client.get(passage).status_code == 200
    suite = db.session.scalars(select(Utilisateur).where(Utilisateur.nom == "Succède")).one()
    envoi = {"successeur": str(suite.id), "tous": "y", "motif": "Départ"}
    assert client.post(passage, data=envoi).status_code == 303
    se_connecter(client, suite)
    assert db.session.scalars(select(Dossier.id)).first()
    dossier_lu = client.get(f"/instruction/dossiers/{dossier_id}")
    assert "Lire le travail transmis" in dossier_lu.text
    transmis = client.get(f"/instruction/dossiers/{dossier_id}/travail-transmis")
    assert transmis.status_code == 200
    jours = {"du": "01/01/2099", "au": "10/01/2099", "utilisateur": str(suite.id)}
    assert client.get("/compte/absences").status_code == 200
    assert client.post("/compte/absences", data={**jours, "remplacant": ""}).status_code == 303
    assert "2099" in client.get("/compte/absences").text
    assert client.post("/compte/absences", data={**jours, "remplacant": ""}).status_code == 422
