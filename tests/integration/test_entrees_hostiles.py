"""What no page of ours sends: a form without its fields never becomes a fault of the server."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from aap.erreurs_http import traduire
from aap.extensions import db
from aap.models import Utilisateur
from tests import fabriques
from tests.outils_connexion import se_connecter
from tests.outils_porteur import dossier_complet, planter


def test_asking_to_join_without_the_message_field(client: FlaskClient, session: object) -> None:
    """The message is optional; a body without it is the same request, not a fault."""
    organisme = fabriques.organisme(signataire=fabriques.utilisateur("Ana"))
    se_connecter(client, fabriques.utilisateur("Bo"))
    adresse = f"/porteur/organismes/{organisme.id}/rejoindre"
    for corps in ({}, {"autre": "x"}):
        assert client.post(adresse, data=corps).status_code == 303


# None of these fits a column: a NUL, a number past 64 bits, half of a character.
INSCRIPTIBLES = ("a\x00b", 2**70, "\ud800")


@pytest.mark.parametrize("valeur", INSCRIPTIBLES, ids=("nul", "nombre", "demi-caractere"))
def test_what_the_database_cannot_hold_is_a_refusal(session: object, valeur: object) -> None:
    """PostgreSQL refuses all three; SQLite, all but the NUL. Never an unexplained fault."""
    try:
        db.session.execute(text("SELECT 1 WHERE CAST(:v AS VARCHAR) = 'x'"), {"v": valeur})
    except Exception as faute:  # each engine and driver has its own
        refus = traduire(faute)
        assert refus is not None and refus.code_http == 422, type(faute)
        assert "Rien n’a été modifié" in refus.message
        db.session.rollback()


NUMEROS = ("0", "999999", str(2**31), str(2**63), "9" * 40, "-1", "abc", "1.5", "²", "%00")
MAISONS = (
    "/porteur/dossiers/{}", "/porteur/organismes/{}", "/porteur/organismes/{}/rejoindre",
    "/instruction/dossiers/{}", "/coordination/campagnes/{}", "/coordination/deports/{}/lever",
    "/copil/seances/{}", "/copil/seances/1/dossiers/{}", "/finance/conventions/{}", "/avis/{}",
    "/fichiers/{}",
)  # fmt: skip


@pytest.mark.parametrize("numero", NUMEROS)
def test_an_unknown_number_is_a_page_not_found(
    client: FlaskClient, session: object, numero: str
) -> None:
    """Whatever stands where a number is awaited: 404 (405 or 403 for an odd verb), never 500."""
    se_connecter(client, fabriques.utilisateur("Bo"))
    for maison in MAISONS:
        adresse = maison.format(numero)
        assert client.get(adresse).status_code in (403, 404, 405), adresse
        assert client.post(adresse).status_code in (403, 404, 405), adresse


HOSTILES = ("a\x00b", "\ud800".encode("utf-8", "surrogatepass"), "9" * 5000, "<b>x</b>", "=1+1")


def test_hostile_texts_in_the_sign_in_and_sign_up_forms(
    app: Flask, client: FlaskClient, session: object
) -> None:
    for valeur in HOSTILES:
        champs = dict.fromkeys(("courriel", "mot_de_passe", "prenom", "nom", "suite"), valeur)
        for adresse in ("/connexion", "/inscription"):
            assert client.post(adresse, data=champs).status_code < 500, (adresse, valeur)
            assert client.post(adresse, json=[1, {"a": None}]).status_code < 500
            assert client.get(adresse, query_string={"suite": valeur}).status_code < 500
    assert db.session.scalars(select(Utilisateur)).all() == []


PROFOND = b"[" * 30_000 + b"]" * 30_000


def test_brackets_without_end_are_unreadable_not_a_fault(client: FlaskClient) -> None:
    """The parser of Python gives up with RecursionError: 400, as for any broken JSON."""
    for adresse in ("/connexion", "/inscription", "/connexion/sur-place"):
        for corps in (PROFOND, b'{"a":' * 30_000):
            reponse = client.post(adresse, data=corps, content_type="application/json")
            assert reponse.status_code in (400, 422), (adresse, reponse.status_code)


def test_a_number_of_five_thousand_digits_among_the_ids(
    client: FlaskClient, session: object
) -> None:
    """Python itself refuses to read it: it is dropped, like any id that is none."""
    decor = planter()
    brouillon = dossier_complet(decor)
    se_connecter(client, decor.signataire)
    cles = (
        "objectif",
        "objectifs",
        "orientation",
        "retirer",
        "ajouter",
        "proposer",
        "lignes-0-source",
    )
    champs = dict.fromkeys(cles, "9" * 5000)
    for rubrique in ("orientation", "quartiers", "besoins", "indicateurs"):
        adresse = f"/porteur/dossiers/{brouillon.id}/rubriques/{rubrique}"
        assert client.post(adresse, data=champs).status_code < 500, rubrique
