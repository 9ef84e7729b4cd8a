"""The waiting list outside a session: freed money in rank order, or the end of the wait."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from aap.documents.depuis_seance import lettre_notification
from aap.domaine.erreurs import Invalide, PasLeMoment
from aap.domaine.typographie import composer
from aap.extensions import db
from aap.models import Courriel, Decision, Dossier, Evenement, Financement, SensDecision
from aap.permissions import charger_acteur
from aap.requetes.invariants import INVARIANTS
from aap.requetes.liste_attente import file_attente
from aap.requetes.publication import etat_dossier_porteur, lignes_porteur
from aap.requetes.repechage import proposition_repechage, provenances
from aap.services import publication, pv, vote
from aap.services import seance as service
from aap.services.arbitrage import SaisieArbitrage, arbitrer
from aap.services.decision import decider
from aap.services.liste_attente import rejeter_attente, repecher
from tests.outils_copil import DecorCopil, deporter, lignes, planter_copil, seance_prete
from tests.outils_porteur import compter_requetes, connecte
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

S = SensDecision
MOTIF = "L’association Un a renoncé à son action : ses crédits reviennent à la liste."


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    """The State's money is all given to the first; the third waits first, the second next."""
    return planter_copil(credits=500_000)


def _en_attente(decor: DecorCopil, *, publier: bool = True) -> tuple[Dossier, Dossier, Dossier]:
    """(programmed, waiting at rank 1: State only, waiting at rank 2: State and city)."""
    seance = seance_prete(decor)
    programme, second, premier = decor.dossiers
    arbitrer(decor.acteur, lignes(programme)[0], 500_000, decor.env_etat)
    decider(decor.acteur, seance, programme, S.PROGRAMMER)
    decider(decor.acteur, seance, premier, S.LISTE_ATTENTE, rang_attente=1)
    decider(decor.acteur, seance, second, S.LISTE_ATTENTE, rang_attente=2)
    if publier:
        service.clore(decor.acteur, seance)
        pv.arreter_pv(decor.acteur, seance, "Cora Exemple")
        publication.publier(decor.acteur, seance)
    db.session.commit()
    return programme, premier, second


def _liberer(decor: DecorCopil, programme: Dossier) -> None:
    vote.renoncer(decor.acteur, lignes(programme)[0])
    db.session.commit()


def _saisie(decor: DecorCopil, dossier: Dossier, montant: int) -> list[SaisieArbitrage]:
    return [SaisieArbitrage(lignes(dossier)[0], montant, decor.env_etat)]


def _formulaire(page: str) -> dict[str, str]:
    form = BeautifulSoup(page, "html.parser").find("main").find("form", method="post")
    champs = {
        i["name"]: i.get("value", "")
        for i in form.find_all("input")
        if i.get("name") and i.get("type") != "checkbox"
    }
    for liste in form.find_all("select"):
        choisie = liste.find("option", selected=True) or liste.find("option")
        champs[liste["name"]] = choisie["value"]
    for texte in form.find_all("textarea"):
        champs[texte["name"]] = texte.text.strip()
    return champs


def _texte(client: FlaskClient, adresse: str) -> str:
    reponse = client.get(adresse)
    assert reponse.status_code == 200
    main = BeautifulSoup(reponse.text, "html.parser").find("main")
    return " ".join(main.get_text(" ").split())


def test_the_next_is_the_first_that_free_money_can_serve(decor: DecorCopil) -> None:
    programme, premier, second = _en_attente(decor)
    file = file_attente(decor.acteur, decor.campagne)
    assert [x.ligne.id for x in file.dossiers] == [premier.id, second.id]
    assert [x.attribuable for x in file.dossiers] == [0, 200_000]  # the city still has money
    assert file.prochain is not None and file.prochain.ligne.id == second.id
    assert file.devances(second.id) == ()
    _liberer(decor, programme)
    file = file_attente(decor.acteur, decor.campagne)
    assert [x.attribuable for x in file.dossiers] == [400_000, 600_000]
    assert file.prochain is not None and file.prochain.ligne.id == premier.id
    assert [x.place for x in file.devances(second.id)] == [1]


def test_a_dossier_is_taken_by_the_screens(app: Flask, decor: DecorCopil) -> None:
    programme, premier, _ = _en_attente(decor)
    _liberer(decor, programme)
    campagne_id, dossier_id = decor.campagne.id, premier.id
    client = connecte(app, decor.coordo)
    texte = _texte(client, f"/copil/campagnes/{campagne_id}/liste-attente")
    assert "Prochain dossier : place 1" in texte.replace("\u00a0", " ")
    assert "Libre" in texte and "5 000" in texte
    adresse = f"/copil/liste-attente/{dossier_id}/programmer"
    champs = _formulaire(client.get(adresse).text)
    assert champs["lignes-0-montant"].replace("\u202f", " ").startswith("4 000")
    court = client.post(adresse, data={**champs, "motif": "trop court"})
    assert court.status_code == 422 and "20 caractères" in court.text
    trop = client.post(
        adresse,
        data={
            **champs,
            "motif": MOTIF,
            "lignes-0-montant": "5 000,01",
            "lignes-0-motif_ecart": "x",
        },
    )
    assert trop.status_code == 409 and "Il reste" in trop.text and "5\u202f000,01" in trop.text
    assert MOTIF in trop.text
    assert client.post(adresse, data={**champs, "motif": MOTIF}).status_code == 303
    encore = client.post(adresse, data={**champs, "motif": MOTIF})
    assert encore.status_code == 409 and "plus, en liste" in encore.text
    db.session.expire_all()
    dossier = db.session.get_one(Dossier, dossier_id)
    etat, ville = lignes(dossier)
    assert dossier.etat is EtatDossier.PROGRAMME
    assert (etat.etat, etat.montant_arbitre) == (EtatFinancement.ARBITRE, 400_000)
    assert ville.etat is EtatFinancement.REFUSE and MOTIF not in ville.motif_refus
    assert lettre_notification(dossier).startswith(b"%PDF")


def test_the_porteur_is_told_and_everything_is_journaled(decor: DecorCopil) -> None:
    programme, premier, _ = _en_attente(decor)
    _liberer(decor, programme)
    decision = repecher(decor.acteur, premier, _saisie(decor, premier, 300_000), MOTIF)
    assert decision.seance is None and decision.publiee_le is not None
    assert decision.montants == {str(lignes(premier)[0].id): 300_000}
    assert etat_dossier_porteur(premier) is EtatDossier.PROGRAMME
    assert lignes_porteur(premier)[0].montant == 300_000
    mail = db.session.scalars(
        select(Courriel).where(Courriel.modele == "decision_programmer").order_by(Courriel.id)
    ).all()[-1]
    assert "crédits se sont libérés" in mail.texte and composer(MOTIF) in mail.texte
    actes = db.session.scalars(
        select(Evenement.acte).where(Evenement.chaine == f"dossier:{premier.id}")
    ).all()
    assert {"dossier.repecher", "decision.enregistrer", "decision.publier"} <= set(actes)
    vote.enregistrer_vote(
        decor.acteur, lignes(premier)[0], 300_000, "arrete", "2027-12", decision.decidee_le.date()
    )
    db.session.commit()
    seance = decor_seance(decor)
    assert pv.rejouer_pv(seance).conforme
    for code in ("dossier.decision", "financement.programme"):
        assert list(INVARIANTS[code].controle(iter)) == []


def decor_seance(decor: DecorCopil) -> Any:
    return db.session.scalars(select(Decision)).first().seance  # type: ignore[union-attr]


def test_passing_over_the_rank_is_said(app: Flask, decor: DecorCopil) -> None:
    programme, premier, second = _en_attente(decor)
    _liberer(decor, programme)
    with pytest.raises(Invalide) as refus:
        repecher(decor.acteur, second, _saisie(decor, second, 100_000), MOTIF)
    assert refus.value.problemes[0].champ == "hors_rang"
    db.session.rollback()
    adresse, premier_id = f"/copil/liste-attente/{second.id}/programmer", premier.id
    client = connecte(app, decor.coordo)
    page = client.get(adresse).text
    assert "n’est pas le prochain" in page
    champs = {**_formulaire(page), "motif": MOTIF}
    refusee = client.post(adresse, data=champs)
    assert refusee.status_code == 422 and 'href="#hors_rang"' in refusee.text
    assert client.post(adresse, data={**champs, "hors_rang": "y"}).status_code == 303
    ligne = db.session.scalars(select(Evenement).where(Evenement.acte == "dossier.repecher")).one()
    assert ligne.donnees["devances"] == [premier_id]


def test_nothing_before_the_rank_is_published(app: Flask, decor: DecorCopil) -> None:
    _, premier, second = _en_attente(decor, publier=False)
    for faire in (
        lambda: repecher(decor.acteur, second, _saisie(decor, second, 0), MOTIF),
        lambda: rejeter_attente(decor.acteur, premier, MOTIF),
    ):
        with pytest.raises(PasLeMoment, match="publiée"):
            faire()
        db.session.rollback()
    texte = _texte(
        connecte(app, decor.coordo), f"/copil/campagnes/{decor.campagne.id}/liste-attente"
    )
    assert "Publiez d’abord" in texte and "Programmer" not in texte


def test_a_late_refusal_has_a_typed_motif(app: Flask, decor: DecorCopil) -> None:
    _, premier, _ = _en_attente(decor)
    dossier_id = premier.id
    client = connecte(app, decor.coordo)
    adresse = f"/copil/liste-attente/{dossier_id}/rejeter"
    champs = _formulaire(client.get(adresse).text)
    assert client.post(adresse, data=champs).status_code == 422
    perimee = client.post(adresse, data={**champs, "motif": MOTIF, "version": "1"})
    assert perimee.status_code == 409 and MOTIF in perimee.text
    assert client.post(adresse, data={**champs, "motif": MOTIF}).status_code == 303
    assert client.post(adresse, data={**champs, "motif": MOTIF}).status_code == 409
    db.session.expire_all()
    dossier = db.session.get_one(Dossier, dossier_id)
    assert dossier.etat is EtatDossier.REJETE
    assert {f.etat for f in dossier.financements} == {EtatFinancement.REFUSE}
    assert etat_dossier_porteur(dossier) is EtatDossier.REJETE
    mail = db.session.scalars(select(Courriel).where(Courriel.modele == "decision_rejeter")).one()
    assert composer(MOTIF) in mail.texte and "liste d’attente" in mail.texte
    assert lettre_notification(dossier).startswith(b"%PDF")


def test_rights_and_conflicts_of_interest(app: Flask, decor: DecorCopil) -> None:
    programme, premier, _ = _en_attente(decor)
    _liberer(decor, programme)
    titre = premier.intitule = "Action cachée"
    deporter(decor, decor.coordo, premier)
    liste = f"/copil/campagnes/{decor.campagne.id}/liste-attente"
    actes = [f"/copil/liste-attente/{premier.id}/{a}" for a in ("programmer", "rejeter")]
    db.session.commit()
    coordo = connecte(app, decor.coordo)
    texte = _texte(coordo, liste)
    assert titre not in texte and "Association 3" not in texte
    membre = connecte(app, decor.membre)
    texte = _texte(membre, liste)
    assert titre in texte and "Rejeter" not in texte
    for client in (coordo, membre, connecte(app, decor.instructeur), connecte(app, decor.porteur)):
        for adresse in actes:
            assert client.get(adresse).status_code == 403
            assert client.post(adresse).status_code == 403
    for qui in (decor.instructeur, decor.observateur, decor.porteur):
        assert connecte(app, qui).get(liste).status_code == 403
    assert coordo.get(f"/copil/liste-attente/{programme.id}/rejeter").status_code == 409


def test_the_base_refuses_a_hidden_decision_without_session(decor: DecorCopil) -> None:
    decision = Decision(
        dossier_id=decor.dossiers[0].id, sens=S.PROGRAMMER, saisie_par_id=decor.coordo.id
    )
    db.session.add(decision)
    with pytest.raises(DBAPIError):
        db.session.flush()
    db.session.rollback()


def test_constant_queries(app: Flask, session: Any) -> None:
    decor = planter_copil(dossiers=30)
    seance = seance_prete(decor)
    acteur = charger_acteur(decor.coordo)

    def lire() -> None:
        db.session.expire_all()
        file_attente(acteur, decor.campagne)

    comptes = []
    for debut, fin in ((0, 3), (3, 30)):
        for n, dossier in enumerate(decor.dossiers[debut:fin], debut + 1):
            decider(decor.acteur, seance, dossier, S.LISTE_ATTENTE, rang_attente=n)
        db.session.commit()
        comptes.append(compter_requetes(lire))
    assert comptes[0] == comptes[1] < 25
    assert db.session.scalar(select(Financement.id).limit(1))


def test_freed_money_is_told_and_proposed_never_given(app: Flask, decor: DecorCopil) -> None:
    """The coordination reads a mail; the page proposes in rank order what the first leaves."""
    programme, premier, second = _en_attente(decor)
    db.session.query(Courriel).delete()
    _liberer(decor, programme)
    courriels = db.session.scalars(select(Courriel)).all()
    assert {c.modele for c in courriels} == {"credits_liberes"} and courriels
    file = file_attente(decor.acteur, decor.campagne)
    proposes = proposition_repechage(decor.campagne, file)
    assert [r.attente.ligne.id for r in proposes] == [premier.id, second.id]
    assert [r.montant for r in proposes] == [400_000, 300_000], "1 000 € de l’État restent"
    assert premier.etat is second.etat is EtatDossier.LISTE_ATTENTE
    (origine,) = provenances(decor.acteur, decor.campagne)
    assert origine.montant == 500_000 and origine.renonce
    texte = _texte(
        connecte(app, decor.coordo), f"/copil/campagnes/{decor.campagne.id}/liste-attente"
    )
    assert "D’où viennent ces crédits" in texte and "Repêchages proposés" in texte
