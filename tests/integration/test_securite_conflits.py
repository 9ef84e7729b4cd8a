"""A member of an organisme who is also an agent: she reads her own dossiers as a porteur does."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import ActeLot, Dossier, Membre, RoleMembre, SensDecision, Utilisateur
from aap.permissions import charger_acteur, may, roles_sur
from aap.requetes.notation import resultats
from aap.requetes.perimetre import dossiers_lisibles
from aap.services import pv
from aap.services import seance as service
from aap.services.decision import decider
from aap.services.gardes_seance import votants
from aap.services.lot import lancer_lot
from aap.services.membre import (
    demander_rattachement,
    inviter_membre,
    quitter_organisme,
    repondre_rattachement,
)
from tests.outils_copil import (
    DecorCopil,
    R,
    deporter,
    habilite,
    planter_copil,
    seance_prete,
)
from tests.outils_porteur import connecte
from workflows.socle import Role


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil(dossiers=2)


def _rejoindre(decor: DecorCopil, qui: Utilisateur, dossier: Dossier) -> None:
    """She asks to join, the signatory accepts."""
    demande = demander_rattachement(charger_acteur(qui), dossier.organisme)
    repondre_rattachement(charger_acteur(decor.porteur), demande, True, RoleMembre.REDACTEUR)
    db.session.flush()


@pytest.mark.parametrize("role", ["coordo", "membre", "instructeur"])
def test_an_agent_who_is_a_member_has_no_agent_role_on_her_organisme(
    decor: DecorCopil, role: str
) -> None:
    qui: Utilisateur = getattr(decor, role)
    sien, autre = decor.dossiers
    _rejoindre(decor, qui, sien)
    acteur = charger_acteur(qui)
    assert roles_sur(acteur, sien) == {Role.PORTEUR_REDACTEUR}
    assert not may(acteur, "dossier.examiner", sien)
    assert may(acteur, "dossier.examiner", autre)
    lisibles = db.session.scalars(db.select(Dossier.id).where(dossiers_lisibles(acteur))).all()
    assert list(lisibles) == [autre.id]


def test_her_pages_of_agent_are_closed_and_those_of_porteur_open(
    app: Flask, decor: DecorCopil
) -> None:
    sien = decor.dossiers[0]
    _rejoindre(decor, decor.coordo, sien)
    client, numero = connecte(app, decor.coordo), sien.id
    assert client.get(f"/instruction/dossiers/{numero}").status_code == 403
    assert client.get(f"/porteur/dossiers/{numero}").status_code == 200


def test_her_scores_do_not_count_and_she_steps_out_of_the_vote(decor: DecorCopil) -> None:
    sien, autre = decor.dossiers
    seance = seance_prete(decor, ouverte=False)
    assert votants(seance, sien) == 2
    _rejoindre(decor, decor.membre, sien)
    _rejoindre(decor, decor.instructeur, sien)
    assert votants(seance, sien) == 1
    assert votants(seance, autre) == 2
    scores = {r.dossier_id: r.score for r in resultats(decor.campagne)}
    assert scores.get(sien.id) is None
    assert scores[autre.id] is not None


def test_an_organisme_cannot_put_an_agent_aside_by_inviting_her(decor: DecorCopil) -> None:
    organisme = decor.dossiers[0].organisme
    signataire = charger_acteur(decor.porteur)
    with pytest.raises(Invalide, match="participe à l’examen"):
        inviter_membre(signataire, organisme, decor.instructeur.courriel)
    assert (
        db.session.scalars(
            db.select(Membre).where(Membre.utilisateur_id == decor.instructeur.id)
        ).all()
        == []
    )


def test_leaving_gives_the_role_back(decor: DecorCopil) -> None:
    sien = decor.dossiers[0]
    _rejoindre(decor, decor.instructeur, sien)
    quitter_organisme(charger_acteur(decor.instructeur), sien.organisme)
    assert may(charger_acteur(decor.instructeur), "dossier.examiner", sien)


SALLES = ("instruction", "copil", "coordination", "finance")


def _pages(app: Flask, **objets: int) -> list[str]:
    """Every reading page of the agents' rooms whose objects are all known here."""
    adresses = []
    with app.test_request_context():
        for regle in app.url_map.iter_rules():
            dedans = regle.endpoint.split(".")[0] in SALLES and "GET" in (regle.methods or ())
            if dedans and regle.arguments <= set(objets):
                valeurs = {nom: objets[nom] for nom in regle.arguments}
                adresses.append(regle.build(valeurs)[1])  # type: ignore[index]
    return sorted(adresses)


@pytest.mark.parametrize("comment", ["deport", "membre"])
def test_nothing_of_her_organisme_is_read_in_any_room(
    app: Flask, decor: DecorCopil, comment: str
) -> None:
    """List, file, session, totals, minutes, publication, waiting list, finances, bulk acts."""
    habilite(decor.coordo, R.FINANCE, decor.contrat, decor.etat)
    habilite(decor.coordo, R.COPIL, decor.contrat)
    sien = decor.dossiers[0]
    sien.intitule, sien.organisme.nom = "Cirque des étoiles", "Les Acrobates réunis"
    lot = lancer_lot(decor.acteur, ActeLot.PRENDRE_EN_INSTRUCTION, {}, {sien.id: 1}, "j" * 32)
    seance = seance_prete(decor, quorum=1)
    for rang, (dossier, sens) in enumerate(
        zip(decor.dossiers, (SensDecision.LISTE_ATTENTE, SensDecision.REJETER), strict=True), 1
    ):
        attente = rang if sens is SensDecision.LISTE_ATTENTE else None
        decider(decor.acteur, seance, dossier, sens, "Faute de crédits.", rang_attente=attente)
    service.clore(decor.acteur, seance)
    pv.arreter_pv(decor.acteur, seance, "Manon Exemple", "Présidente")
    if comment == "deport":
        deporter(decor, decor.coordo, sien)
    else:
        _rejoindre(decor, decor.coordo, sien)
    ligne = sien.financements[0].id
    objets = {"dossier_id": sien.id, "financement_id": ligne, "lot_id": lot.id}
    objets |= {"seance_id": seance.id, "campagne_id": decor.campagne.id}
    adresses = _pages(app, **objets)
    client = connecte(app, decor.coordo)
    lues = {a: client.get(a) for a in [*adresses, "/instruction/?q=cirque"]}
    assert sum(r.status_code == 200 for r in lues.values()) > 15
    declarees = {"/coordination/deports"}  # the link itself is declared there
    fuites = {
        a
        for a, r in lues.items()
        if a not in declarees
        and r.mimetype == "text/html"
        and ("Acrobates" in r.text or "Cirque" in r.text)
    }
    assert fuites == set()
    assert lues[f"/copil/seances/{seance.id}/proces-verbal.pdf"].status_code == 403
    publication = lues[f"/copil/seances/{seance.id}/publication"].text
    assert "Une autre décision sera publiée" in publication
    assert "en liste d’attente" not in publication
    assert "1 dossier ne vous est pas montré" in lues[f"/instruction/lots/{lot.id}"].text.replace(
        "\u00a0", " "
    )
