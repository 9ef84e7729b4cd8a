"""Rights: given, refused, delegated for a time, withdrawn."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session

from aap.domaine.erreurs import Interdit, Invalide
from aap.domaine.horloge import aujourdhui, horloge_fixee
from aap.models import (
    Contrat,
    Courriel,
    Evenement,
    Financeur,
    Habilitation,
    PerimetreHabilitation,
    Quartier,
    RoleHabilitation,
    Utilisateur,
)
from aap.permissions import SYSTEME, charger_acteur
from aap.services import compte, habilitation
from aap.services.habilitation import Perimetre
from tests import fabriques
from tests.outils_connexion import se_connecter

S = scoped_session[Session]
Role = RoleHabilitation
JOUR = date(2026, 11, 23)
MIDI = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture
def contrat(session: S) -> Contrat:
    return fabriques.contrat()


@pytest.fixture
def financeur(contrat: Contrat) -> Financeur:
    return fabriques.financeur(contrat)


@pytest.fixture
def quartier(contrat: Contrat, session: S) -> Quartier:
    q = Quartier(contrat_id=contrat.id, code="tours", nom="Les Tours", type="qpv")
    session.add(q)
    session.flush()
    return q


@pytest.fixture
def personne(session: S) -> Utilisateur:
    return fabriques.utilisateur("Paul", "Instruit", "paul@exemple.fr")


@pytest.fixture
def admin(session: S) -> Utilisateur:
    u = fabriques.utilisateur("Ada", "Technique", "ada@exemple.fr")
    fabriques.habiliter(u, Role.ADMINISTRATEUR, None)
    return u


def test_habiliter(
    admin: Utilisateur,
    personne: Utilisateur,
    contrat: Contrat,
    financeur: Financeur,
    quartier: Quartier,
    session: S,
) -> None:
    h = habilitation.habiliter(
        fabriques.acteur(admin),
        personne,
        Role.INSTRUCTEUR,
        contrat,
        financeur,
        Perimetre(quartiers=[quartier.id, quartier.id]),
        du=aujourdhui(),
    )
    [active] = charger_acteur(personne).habilitations
    assert active.id == h.id and active.quartiers == {quartier.id} and not active.delegation
    message = session.scalar(select(Courriel))
    assert message.destinataire == "paul@exemple.fr" and "Préfecture d’essai" in message.texte
    ligne = session.scalar(select(Evenement).where(Evenement.acte == "habilitation.donner"))
    assert ligne.entite_id == personne.id and ligne.acteur_id == admin.id


@pytest.mark.parametrize(
    ("role", "avec", "dit"),
    [
        (Role.INSTRUCTEUR, {"contrat"}, "pour un financeur"),
        (Role.INSTRUCTEUR, {"financeur"}, "Choisissez le contrat"),
        (Role.COPIL, {"contrat", "financeur"}, "ne s’exerce pas"),
        (Role.COORDINATEUR, set(), "Choisissez le contrat"),
        (Role.ADMINISTRATEUR, {"contrat"}, "toute la plateforme"),
        (Role.COORDINATEUR, {"contrat", "perimetre"}, "Seule l’instruction"),
        (Role.COPIL, {"contrat", "dates"}, "fin doit venir"),
        (Role.INSTRUCTEUR, {"contrat", "etranger"}, "n’appartient pas"),
        (Role.INSTRUCTEUR, {"contrat", "financeur", "quartier_etranger"}, "n’appartient pas"),
    ],
)
def test_droits_incoherents(
    admin: Utilisateur,
    personne: Utilisateur,
    contrat: Contrat,
    financeur: Financeur,
    quartier: Quartier,
    role: Role,
    avec: set[str],
    dit: str,
) -> None:
    autre = fabriques.contrat("autre")
    etranger = fabriques.financeur(autre)
    perimetre = Perimetre(quartiers=[quartier.id] if "perimetre" in avec else [])
    if "quartier_etranger" in avec:
        perimetre = Perimetre(quartiers=[quartier.id, 999_999])
    with pytest.raises(Invalide) as refus:
        habilitation.habiliter(
            fabriques.acteur(admin),
            personne,
            role,
            contrat if "contrat" in avec else None,
            etranger if "etranger" in avec else financeur if "financeur" in avec else None,
            perimetre,
            du=JOUR,
            au=JOUR - timedelta(days=1) if "dates" in avec else None,
        )
    assert any(dit in p.message for p in refus.value.problemes)


def test_deux_fois_le_meme_droit(
    admin: Utilisateur, personne: Utilisateur, contrat: Contrat
) -> None:
    acteur = fabriques.acteur(admin)
    habilitation.habiliter(
        acteur, personne, Role.COPIL, contrat, du=JOUR, au=JOUR + timedelta(days=9)
    )
    with pytest.raises(Invalide):
        habilitation.habiliter(acteur, personne, Role.COPIL, contrat, du=JOUR + timedelta(days=9))
    habilitation.habiliter(acteur, personne, Role.COPIL, contrat, du=JOUR + timedelta(days=10))


def test_la_base_refuse_aussi(personne: Utilisateur, contrat: Contrat, session: S) -> None:
    """CHECK constraints, for whatever would go around the service."""
    hors = [
        Habilitation(
            utilisateur_id=personne.id, role=Role.INSTRUCTEUR, contrat_id=contrat.id, du=JOUR
        ),
        Habilitation(
            utilisateur_id=personne.id,
            role=Role.COPIL,
            contrat_id=contrat.id,
            du=JOUR,
            au=JOUR - timedelta(days=1),
        ),
        Habilitation(
            utilisateur_id=personne.id,
            role=Role.COPIL,
            contrat_id=contrat.id,
            du=JOUR,
            perimetre=[PerimetreHabilitation()],
        ),
    ]
    session.commit()
    for faute in hors:
        session.add(faute)
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_personne_ne_se_donne_un_droit(admin: Utilisateur, contrat: Contrat) -> None:
    with pytest.raises(Interdit) as refus:
        habilitation.habiliter(fabriques.acteur(admin), admin, Role.COPIL, contrat, du=JOUR)
    assert "vous-même" in refus.value.message


def test_il_reste_un_administrateur(admin: Utilisateur, session: S) -> None:
    acteur = fabriques.acteur(admin)
    droit = session.scalar(select(Habilitation))
    with pytest.raises(Interdit):
        habilitation.retirer_habilitation(acteur, droit)
    with pytest.raises(Interdit):
        compte.desactiver(acteur, admin)


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ADMINISTRATEUR])
def test_les_autres_roles_n_administrent_pas(
    role: Role, personne: Utilisateur, contrat: Contrat, financeur: Financeur
) -> None:
    agent = fabriques.agent(role, contrat, financeur if role is Role.INSTRUCTEUR else None)
    with pytest.raises(Interdit):
        habilitation.habiliter(fabriques.acteur(agent), personne, Role.COPIL, contrat, du=JOUR)
    with pytest.raises(Interdit):
        compte.desactiver(fabriques.acteur(agent), personne)


# --- delegation -----------------------------------------------------------------


@pytest.fixture
def droit(
    personne: Utilisateur, contrat: Contrat, financeur: Financeur, quartier: Quartier
) -> Habilitation:
    return habilitation.habiliter(
        SYSTEME,
        personne,
        Role.INSTRUCTEUR,
        contrat,
        financeur,
        Perimetre(quartiers=[quartier.id]),
        du=date(2026, 1, 1),
        au=date(2027, 12, 31),
    )


@pytest.fixture
def collegue(contrat: Contrat, financeur: Financeur) -> Utilisateur:
    return fabriques.agent(Role.FINANCE, contrat, financeur, "Collègue")


def instruit(utilisateur: Utilisateur) -> bool:
    return charger_acteur(utilisateur).est(Role.INSTRUCTEUR)


def test_delegation_datee(
    personne: Utilisateur,
    collegue: Utilisateur,
    droit: Habilitation,
    quartier: Quartier,
    session: S,
) -> None:
    with horloge_fixee(MIDI):
        habilitation.deleguer(
            fabriques.acteur(personne),
            droit,
            collegue,
            JOUR + timedelta(days=1),
            JOUR + timedelta(days=3),
        )
        assert instruit(personne) and not instruit(collegue)
    for jours, effective in ((1, True), (3, True), (4, False)):
        with horloge_fixee(MIDI + timedelta(days=jours)):
            assert instruit(collegue) is effective, jours
            assert instruit(personne)
    with horloge_fixee(MIDI + timedelta(days=2)):
        [h] = charger_acteur(collegue).avec(Role.INSTRUCTEUR)
        assert h.delegation and h.quartiers == {quartier.id}
    assert session.scalar(select(Courriel).where(Courriel.modele == "compte_delegation"))


def test_delegation_se_reprend(
    personne: Utilisateur, collegue: Utilisateur, droit: Habilitation
) -> None:
    with horloge_fixee(MIDI):
        acteur = fabriques.acteur(personne)
        d = habilitation.deleguer(acteur, droit, collegue, JOUR, JOUR)
        assert instruit(collegue)
        with pytest.raises(Interdit):
            habilitation.retirer_delegation(fabriques.acteur(collegue), d)
        habilitation.retirer_delegation(acteur, d)
        assert not instruit(collegue) and instruit(personne)


def test_delegation_refusee(
    personne: Utilisateur, collegue: Utilisateur, droit: Habilitation, session: S
) -> None:
    with horloge_fixee(MIDI):
        acteur = fabriques.acteur(personne)
        for du, au, vers, dit in (
            (JOUR - timedelta(days=1), JOUR, collegue, "passé"),
            (JOUR, JOUR - timedelta(days=1), collegue, "après le début"),
            (JOUR, JOUR + timedelta(days=400), collegue, "un an"),
            (date(2027, 12, 1), date(2028, 1, 1), collegue, "s’arrête"),
            (JOUR, JOUR, personne, "d’autre que vous"),
        ):
            with pytest.raises(Invalide) as refus:
                habilitation.deleguer(acteur, droit, vers, du, au)
            assert dit in " ".join(p.message for p in refus.value.problemes)
        with pytest.raises(Interdit):
            habilitation.deleguer(fabriques.acteur(collegue), droit, personne, JOUR, JOUR)
        d = habilitation.deleguer(acteur, droit, collegue, JOUR, JOUR)
        with pytest.raises(Interdit) as seconde:
            habilitation.deleguer(fabriques.acteur(collegue), d, personne, JOUR, JOUR)
        assert "seconde fois" in seconde.value.message


def test_retirer_le_droit_emporte_les_delegations(
    admin: Utilisateur,
    personne: Utilisateur,
    collegue: Utilisateur,
    droit: Habilitation,
    session: S,
) -> None:
    with horloge_fixee(MIDI):
        habilitation.deleguer(fabriques.acteur(personne), droit, collegue, JOUR, JOUR)
        habilitation.retirer_habilitation(fabriques.acteur(admin), droit)
        session.expire_all()
        assert not instruit(personne) and not instruit(collegue)


def test_desactiver_emporte_les_delegations(
    admin: Utilisateur,
    personne: Utilisateur,
    collegue: Utilisateur,
    droit: Habilitation,
    session: S,
) -> None:
    with horloge_fixee(MIDI):
        habilitation.deleguer(fabriques.acteur(personne), droit, collegue, JOUR, JOUR)
        compte.desactiver(fabriques.acteur(admin), personne, "Départ")
        session.expire_all()
        assert not instruit(collegue)


def test_deleguer_a_l_ecran(
    client: FlaskClient,
    personne: Utilisateur,
    collegue: Utilisateur,
    droit: Habilitation,
    session: S,
) -> None:
    observateur = fabriques.agent(Role.OBSERVATEUR, droit.contrat, nom="Observe")
    with horloge_fixee(MIDI):
        se_connecter(client, personne)
        chemin = f"/compte/droits/{droit.id}/deleguer"
        assert "Déléguer" in client.get("/compte").text
        page = client.get(chemin).text
        assert collegue.nom_complet in page and observateur.courriel not in page
        envoi = {"utilisateur": str(collegue.id), "du": "2026-11-23", "au": "2026-11-30"}
        hors = client.post(chemin, data={**envoi, "utilisateur": str(observateur.id)})
        assert hors.status_code == 422
        assert client.post(chemin, data={**envoi, "au": "2026-11-01"}).status_code == 422
        assert client.post(chemin, data=envoi).status_code == 303
        page = client.get("/compte").text
        assert "Ce que vous avez délégué" in page and "Reprendre" in page
        d = session.scalar(select(Habilitation).where(Habilitation.delegue_par_id.is_not(None)))
        assert client.post(f"/compte/delegations/{droit.id}/reprendre").status_code == 403
        assert client.post(f"/compte/delegations/{d.id}/reprendre").status_code == 303
        session.expire_all()
        assert not instruit(collegue)
