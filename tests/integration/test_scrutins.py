"""Votes in session: who may, once each, told by the minutes, nothing lost."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from aap.domaine.erreurs import Conflit, Interdit, Invalide, PasLeMoment
from aap.domaine.scrutin import Issue, ModeScrutin, Voix
from aap.extensions import db
from aap.models import Bulletin, Evenement, Scrutin, Seance, SensDecision, Utilisateur
from aap.models import RoleHabilitation as R
from aap.permissions import charger_acteur
from aap.requetes.scrutins import vote_en_cours, votes_du_dossier
from aap.services import scrutin as service
from aap.services.arbitrage import SaisieArbitrage, arbitrer_dossier
from aap.services.decision import decider
from aap.services.pv import arreter_pv, rejouer_pv
from aap.services.scrutin import (
    Comptes,
    annuler_scrutin,
    clore_scrutin,
    noter_voix,
    ouvrir_scrutin,
    voter,
)
from aap.services.seance import clore, convoquer, marquer_presence
from tests import fabriques as f
from tests.outils_copil import DecorCopil, deporter, habilite, lignes, planter_copil, seance_prete
from tests.outils_course import courir, un_seul
from tests.outils_porteur import connecte
from workflows.dossier import EtatDossier

M = ModeScrutin


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil()


def acteur(personne: Utilisateur) -> Any:
    return charger_acteur(personne)


def ouvrir(
    decor: DecorCopil, seance: Seance, mode: ModeScrutin, president: int | None = None
) -> Scrutin:
    return ouvrir_scrutin(
        decor.acteur, seance, decor.dossiers[0], "Programmer ce dossier", mode, president
    )


def troisieme(decor: DecorCopil, seance: Seance) -> Utilisateur:
    """A third member, in the room."""
    membre = f.utilisateur("Tess", "Troisième")
    habilite(membre, R.COPIL, decor.contrat)
    marquer_presence(decor.acteur, convoquer(decor.acteur, seance, membre, "élue"), True)
    return membre


def test_secret_on_sait_qui_jamais_quoi(decor: DecorCopil, session: Any) -> None:
    seance = seance_prete(decor)
    scrutin = ouvrir(decor, seance, M.SECRET)
    voter(acteur(decor.membre), scrutin, Voix.CONTRE)
    with pytest.raises(Conflit):  # the second click, or another voice: counted once
        voter(acteur(decor.membre), scrutin, Voix.POUR)
    assert (scrutin.pour, scrutin.contre) == (0, 1)
    with pytest.raises(PasLeMoment):  # nobody notes a secret voice for another
        noter_voix(decor.acteur, scrutin, {decor.coordo.id: Voix.POUR})
    [vu] = votes_du_dossier(decor.acteur, seance, decor.dossiers[0].id)
    assert vu.votants == 1 and not vu.comptes
    session.commit()
    assert session.scalars(select(Bulletin.voix)).all() == [None]
    assert clore_scrutin(decor.acteur, scrutin) is Issue.REJETE
    traces = session.scalars(select(Evenement).where(Evenement.acte.like("scrutin.%"))).all()
    assert all("'contre': 'contre'" not in str(e.donnees) for e in traces)
    assert traces[-1].donnees["voix"] == {str(decor.membre.id): ""}
    with pytest.raises(PasLeMoment):
        voter(decor.acteur, scrutin, Voix.POUR)


def test_nominatif_la_presidence_departage(decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    scrutin = ouvrir(decor, seance, M.NOMINATIF, decor.membre.id)
    voter(acteur(decor.membre), scrutin, Voix.POUR)
    choix = {decor.membre.id: Voix.CONTRE, decor.coordo.id: Voix.CONTRE}
    assert noter_voix(decor.acteur, scrutin, choix) == 1  # the one already given stays
    assert clore_scrutin(decor.acteur, scrutin) is Issue.ADOPTE
    assert {b.utilisateur_id: b.voix for b in scrutin.bulletins} == {
        decor.membre.id: Voix.POUR,
        decor.coordo.id: Voix.CONTRE,
    }


def test_main_levee_se_compte_sans_depasser(decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    scrutin = ouvrir(decor, seance, M.MAIN_LEVEE)
    with pytest.raises(PasLeMoment):
        voter(acteur(decor.membre), scrutin, Voix.POUR)
    for comptes in (None, Comptes(3, 0, 0), Comptes(-1, 1, 0)):
        with pytest.raises(Invalide):
            clore_scrutin(decor.acteur, scrutin, comptes)
    assert clore_scrutin(decor.acteur, scrutin, Comptes(1, 1, 0)) is Issue.PARTAGE


def test_qui_vote(decor: DecorCopil, session: Any) -> None:
    """Conflict, late comer, member who left, stranger: told, never counted."""
    seance = seance_prete(decor)
    part = troisieme(decor, seance)
    deporter(decor, part, decor.dossiers[0])
    scrutin = ouvrir(decor, seance, M.SECRET)
    assert scrutin.electeurs == sorted([decor.coordo.id, decor.membre.id])
    retard = troisieme(decor, seance)
    for personne in (part, retard, decor.porteur, decor.instructeur):
        with pytest.raises(Interdit):
            voter(acteur(personne), scrutin, Voix.POUR)
    presence = next(p for p in seance.presences if p.utilisateur_id == decor.membre.id)
    marquer_presence(decor.acteur, presence, False)
    with pytest.raises(PasLeMoment, match="présente"):
        voter(acteur(decor.membre), scrutin, Voix.POUR)
    marquer_presence(decor.acteur, presence, True)
    voter(acteur(decor.membre), scrutin, Voix.POUR)
    deporter(decor, decor.membre, decor.dossiers[0])
    with pytest.raises(PasLeMoment, match="un lien avec l’organisme est déclaré"):
        clore_scrutin(decor.acteur, scrutin)
    with pytest.raises(Invalide):
        annuler_scrutin(decor.acteur, scrutin, " ")
    annuler_scrutin(decor.acteur, scrutin, "Un lien déclaré trop tard")
    assert votes_du_dossier(decor.acteur, seance, decor.dossiers[0].id) == []
    assert vote_en_cours(decor.acteur, seance) is None


def test_le_moment(decor: DecorCopil, session: Any) -> None:
    seance = seance_prete(decor, quorum=2)
    ouvrir(decor, seance, M.SECRET)
    with pytest.raises(PasLeMoment, match="déjà ouvert"):
        ouvrir_scrutin(decor.acteur, seance, decor.dossiers[1], "Autre", M.SECRET)
    with pytest.raises(PasLeMoment, match="Un vote est ouvert"):
        decider(decor.acteur, seance, decor.dossiers[0], SensDecision.AJOURNER, "Plus tard, hélas")
    annuler_scrutin(decor.acteur, seance_scrutin(seance), "Erreur")
    with pytest.raises(Invalide):
        ouvrir_scrutin(decor.acteur, seance, decor.dossiers[0], "  ", M.SECRET)
    deporter(decor, decor.membre, decor.dossiers[1])
    with pytest.raises(PasLeMoment, match="quorum"):
        ouvrir_scrutin(decor.acteur, seance, decor.dossiers[1], "Autre", M.SECRET)
    with pytest.raises(Interdit):
        ouvrir_scrutin(acteur(decor.membre), seance, decor.dossiers[0], "Oui ?", M.SECRET)


def seance_scrutin(seance: Seance) -> Scrutin:
    trouve = service.scrutin_ouvert(seance)
    assert trouve is not None
    return trouve


def test_le_pv_rejoue_les_votes(decor: DecorCopil, session: Any) -> None:
    seance = seance_prete(decor)
    scrutin = ouvrir(decor, seance, M.NOMINATIF)
    voter(acteur(decor.membre), scrutin, Voix.POUR)
    clore_scrutin(decor.acteur, scrutin)
    for dossier in decor.dossiers:
        decider(
            decor.acteur, seance, dossier, SensDecision.REJETER, "Hors des priorités du contrat"
        )
    clore(decor.acteur, seance)
    arreter_pv(decor.acteur, seance, "Camille Présidente", "sous-préfète")
    session.commit()
    assert rejouer_pv(seance).conforme
    assert seance.pv_contenu and seance.pv_contenu["faits"]["scrutins"][0]["pour"] == 1
    session.execute(text("UPDATE bulletin SET voix = 'contre'"))
    session.commit()
    session.expire_all()
    rejeu = rejouer_pv(seance)
    assert rejeu.ecarts_journal == () and "vote n°" in rejeu.ecarts_tables[0]


def test_la_base_refuse_deux_votes_ouverts_et_deux_bulletins(
    decor: DecorCopil, session: Any
) -> None:
    seance = seance_prete(decor)
    scrutin = ouvrir(decor, seance, M.SECRET)
    voter(acteur(decor.membre), scrutin, Voix.POUR)
    session.commit()
    for objet in (
        Scrutin(seance_id=seance.id, dossier_id=decor.dossiers[1].id, question="x", mode=M.SECRET),
        Bulletin(scrutin_id=scrutin.id, utilisateur_id=decor.membre.id),
    ):
        session.add(objet)
        with pytest.raises(DBAPIError):
            session.flush()
        session.rollback()


def test_deux_clics_en_meme_temps_comptent_une_voix(
    app: Flask, decor: DecorCopil, session: Any
) -> None:
    seance = seance_prete(decor)
    numero = ouvrir(decor, seance, M.SECRET).id
    session.commit()
    qui = decor.membre.id

    def cliquer() -> None:
        membre = db.session.get_one(Utilisateur, qui)
        voter(charger_acteur(membre), db.session.get_one(Scrutin, numero), Voix.POUR)

    un_seul(courir(app, [cliquer, cliquer, cliquer]))
    session.expire_all()
    assert session.get_one(Scrutin, numero).pour == 1


def test_par_les_pages(app: Flask, decor: DecorCopil, session: Any) -> None:
    seance = seance_prete(decor)
    session.commit()
    dossier = decor.dossiers[0].id
    page = f"/copil/seances/{seance.id}/dossiers/{dossier}"
    tient, membre = connecte(app, decor.coordo), connecte(app, decor.membre)
    assert "Mettre aux voix" in tient.get(page).text
    assert "Mettre aux voix" not in membre.get(page).text
    refus = tient.post(f"{page}/vote", data={"question": "", "mode": "secret"})
    assert refus.status_code == 422 and "Écrivez la question" in refus.text
    ouvert = tient.post(f"{page}/vote", data={"question": "Oui <b>?", "mode": "secret"})
    assert ouvert.status_code == 303
    assert (
        tient.post(f"{page}/vote", data={"question": "Deux", "mode": "secret"}).status_code == 409
    )
    numero = session.scalars(select(Scrutin.id)).one()
    assert "Votre voix est attendue" in membre.get(f"/copil/seances/{seance.id}").text
    assert "Oui &lt;b&gt;?" in membre.get(page).text
    assert membre.post(f"/copil/votes/{numero}/voix", data={"voix": "oui"}).status_code == 422
    for _ in range(2):
        assert membre.post(f"/copil/votes/{numero}/voix", data={"voix": "pour"}).status_code == 303
    assert "Votre voix est enregistrée" in membre.get(page).text
    assert membre.post(f"/copil/votes/{numero}/cloture").status_code == 403
    tient.post(f"/copil/seances/{seance.id}/dossiers/{dossier}/appeler")
    projete = tient.get(f"/copil/seances/{seance.id}/projection").text
    assert "Vote ouvert&nbsp;: 1 sur 2" in projete and "Manquent" in tient.get(page).text
    assert tient.post(f"/copil/votes/{numero}/cloture").status_code == 303
    assert tient.post(f"/copil/votes/{numero}/cloture").status_code == 409
    assert "1 pour, 0 contre" in membre.get(page).text
    assert "Adopté" in tient.get(f"/copil/seances/{seance.id}/projection").text
    # By name, then by hands, through the pages.
    tient.post(f"{page}/vote", data={"question": "Nom", "mode": "nominatif", "president": ""})
    numero += 1
    noms = {f"voix-{decor.coordo.id}": "contre", "voix-99": "pour"}
    assert tient.post(f"/copil/votes/{numero}/releve", data=noms).status_code == 303
    annule = tient.post(f"/copil/votes/{numero}/annulation", data={"motif": "Mauvaise question"})
    assert annule.status_code == 303
    tient.post(f"{page}/vote", data={"question": "Mains", "mode": "main_levee"})
    trop = {"pour": "9", "contre": "0", "abstention": ""}
    refus = tient.post(f"/copil/votes/{numero + 1}/cloture", data=trop)
    assert refus.status_code == 422 and "recomptez" in refus.text and 'value="9"' in refus.text
    fait = tient.post(f"/copil/votes/{numero + 1}/cloture", data={"pour": "1", "contre": "0"})
    assert fait.status_code == 303
    ligne = lignes(decor.dossiers[0])[0]
    saisie = SaisieArbitrage(ligne, 100_000, decor.env_etat)
    arbitrer_dossier(decor.acteur, decor.dossiers[0], [saisie])
    decider(decor.acteur, seance, decor.dossiers[0], SensDecision.PROGRAMMER)
    assert decor.dossiers[0].etat is EtatDossier.PROGRAMME
