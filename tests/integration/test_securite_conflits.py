"""A member of an organisme who is also an agent: she reads her own dossiers as a porteur does."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import Dossier, Membre, RoleMembre, Utilisateur
from aap.permissions import charger_acteur, may, roles_sur
from aap.requetes.notation import resultats
from aap.requetes.perimetre import dossiers_lisibles
from aap.services.gardes_seance import votants
from aap.services.membre import (
    demander_rattachement,
    inviter_membre,
    quitter_organisme,
    repondre_rattachement,
)
from tests.outils_copil import DecorCopil, planter_copil, seance_prete
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
