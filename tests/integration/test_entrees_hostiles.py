"""What no page of ours sends: a form without its fields never becomes a fault of the server."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests import fabriques
from tests.outils_connexion import se_connecter


def test_asking_to_join_without_the_message_field(client: FlaskClient, session: object) -> None:
    """The message is optional; a body without it is the same request, not a fault."""
    organisme = fabriques.organisme(signataire=fabriques.utilisateur("Ana"))
    se_connecter(client, fabriques.utilisateur("Bo"))
    adresse = f"/porteur/organismes/{organisme.id}/rejoindre"
    for corps in ({}, {"autre": "x"}):
        assert client.post(adresse, data=corps).status_code == 303
